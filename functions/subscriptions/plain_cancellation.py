"""Cancellation in a browser without scripts: a link is asked for, then pasted, as no server sees what is behind a #."""

import re
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path
from typing import Any, get_args

from functions.shared.plain_forms import PlainForm, Shown, template
from functions.shared.texts import Texts
from functions.subscriptions.cancellation import ASK_FOR_LINK, CANCEL_BY_LINK, OPEN_LINK, Reason
from functions.subscriptions.catalogue import edition_name

_TOKEN = re.compile(r"token=([^\s&#]+)")
_FIELDS = "cancellation.by_link.fields"
_REQUESTED = ("contract_number", "email", "name", "wished_date")
_NOTIFIED = ("token", "reason", "comment", "name", "wished_date")


def _asks_link(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in _REQUESTED if name in fields}


def _asks_summary(fields: Mapping[str, str]) -> dict[str, str]:
    """The token, of the whole link or by itself."""
    pasted = fields.get("link", "")
    found = _TOKEN.search(pasted)
    token = found[1] if found else pasted.strip()
    return {"token": token} if token else {}


def _asks_cancellation(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in _NOTIFIED if name in fields}


def _shows_request(asked: Mapping[str, str], _: Mapping[str, Any], texts: Texts) -> Shown:
    said = [texts("plain.request.done", email=asked["email"]), texts("plain.request.next")]
    return Shown(texts("cancellation.request.done_title"), said)


def _shows_summary(asked: Mapping[str, str], answer: Mapping[str, Any], texts: Texts) -> Shown:
    """What would be cancelled, what follows from it, and the notification with the reader's answers."""
    facts = _facts(answer, texts)
    effects = [texts.filled(effect, facts) for effect in texts.entry("plain.summary.effects")]
    choices = "\n".join(
        f'<div class="choice"><input class="choice__input" type="radio" id="reason-{reason}" name="reason"'
        f' value="{reason}" required><label class="choice__label" for="reason-{reason}">'
        f"{escape(texts(f'{_FIELDS}.reason.choices.{reason}'))}</label></div>"
        for reason in get_args(Reason.__value__)
    )
    parts = {
        "language": texts.language,
        "token": asked["token"],
        "reason": texts(f"{_FIELDS}.reason.label"),
        "comment": texts(f"{_FIELDS}.comment.label"),
        **{name: texts(f"{_FIELDS}.{name}.label") for name in ("name", "wished_date")},
        "wished_hint": texts(f"{_FIELDS}.wished_date.hint"),
        "given_name": answer.get("name", ""),
        "given_date": answer.get("wished_date", ""),
        "optional": texts("forms.optional"),
        "confirm": texts("cancellation.by_link.confirm"),
    }
    form = template(Path(__file__).with_suffix(".html"), parts, choices=choices)
    return Shown(texts("cancellation.by_link.check_title"), [texts("plain.summary.about", **facts), *effects], form)


def _shows_acknowledgement(_: Mapping[str, str], answer: Mapping[str, Any], texts: Texts) -> Shown:
    facts = _facts(answer, texts) | {"reference": answer["reference"]}
    said = [texts.filled(paragraph, facts) for paragraph in texts.entry("plain.done")]
    return Shown(texts("cancellation.by_link.done_title"), list(filter(None, said)))


def _facts(answer: Mapping[str, Any], texts: Texts) -> dict[str, object]:
    wished, name = answer.get("wished_date"), answer.get("name")
    return {
        "named": texts("cancellation.named", name=name) if name else "",
        "wished": texts("cancellation.wished", wished_date=date.fromisoformat(wished)) if wished else "",
        "contract_number": answer["contract_number"],
        "product": answer["product"],
        "edition": edition_name(answer["edition"], texts.language),
        "end": date.fromisoformat(answer["usable_until"]),
    }


FORMS = {
    "cancellation-request": PlainForm(ASK_FOR_LINK, "cancellation.request", _asks_link, _shows_request),
    "cancellation-summary": PlainForm(OPEN_LINK, "plain.link", _asks_summary, _shows_summary),
    "cancellation": PlainForm(
        CANCEL_BY_LINK, "cancellation.by_link", _asks_cancellation, _shows_acknowledgement, once=True
    ),
}
