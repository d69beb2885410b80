"""Forms for browsers without scripts: what one posts is asked of a job as any caller asks it, and answered with a page.

They stand beside the API's contract, at /forms/{language}/{name}, and go through the same dispatcher: the same rules,
limits and check of where a request comes from. Their language is in the path, since such a browser asks for its own,
not for the page's.
"""

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from functions.shared.brand import brand
from functions.shared.entry import Handler
from functions.shared.job import AnyJob
from functions.shared.texts import LANGUAGES, Language, Texts

_PATH = re.compile(rf"/forms/(?P<language>{'|'.join(LANGUAGES)})/(?P<name>[a-z-]+)")
_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
# What the browser says of these is about the form, not about the call that is made of it.
_OWN_HEADERS = ("accept-language", "content-type", "guichet-reader", "idempotency-key")


class Shown(NamedTuple):
    """What a page says: its heading, paragraphs, and after them HTML of ours."""

    title: str
    paragraphs: Sequence[str]
    html: str = ""


class PlainForm(NamedTuple):
    """A form, named after the end of its path, and the job that it asks for.

    `asks` makes the job's body of the form's fields, `shows` the page of that body and of the job's answer; `texts` is
    where its fields are worded. One that is sent `once` gets the first answer again when the same is posted again.
    """

    job: AnyJob
    texts: str
    asks: Callable[[Mapping[str, str]], dict[str, str]]
    shows: Callable[[Mapping[str, str], Mapping[str, Any], Texts], Shown]
    once: bool = False


class PlainForms:
    """The forms before a function's API, which gets all else as it comes."""

    def __init__(self, api: Handler, forms: Mapping[str, PlainForm]) -> None:
        self._api = api
        self._forms = forms

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one request, with a page when it comes from a form."""
        if not (found := _PATH.fullmatch(event["rawPath"])):
            return self._api(event, context)
        language: Language = next(one for one in LANGUAGES if one == found["language"])
        is_posted = event["requestContext"]["http"]["method"] == "POST"
        form = self._forms.get(found["name"]) if is_posted else None
        asked = form.asks(_fields(event)) if form else {}
        answer = self._api(_call(event, form, asked, language), context)
        said, texts = json.loads(answer["body"]), Texts(language)
        is_done = form and answer["statusCode"] < HTTPStatus.BAD_REQUEST
        shown = form.shows(asked, said, texts) if form and is_done else _refused(form, said, texts)
        headers = {"content-type": "text/html; charset=utf-8", "content-language": language}
        return {**answer, "headers": answer["headers"] | headers, "body": _page(shown, texts)}


def _fields(event: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in; nothing of what is no form."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        return {}
    body = event.get("body") or ""
    content = b64decode(body).decode(errors="replace") if event.get("isBase64Encoded") else body
    try:
        pairs = parse_qsl(content, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: value for name, value in pairs if value.strip()}


def _call(
    event: Mapping[str, Any], form: PlainForm | None, asked: Mapping[str, str], language: Language
) -> dict[str, Any]:
    """The call that a script would have made; of what is no form of ours, the same in the page's language."""
    body = json.dumps(asked, sort_keys=True)
    headers = {name: value for name, value in event["headers"].items() if name.lower() not in _OWN_HEADERS}
    headers |= {"accept-language": language, "content-type": "application/json"}
    if form is None:
        return {**event, "headers": headers}
    if form.once:
        headers["idempotency-key"] = hashlib.sha256(body.encode()).hexdigest()
    own = {"rawPath": form.job.path, "queryStringParameters": {}, "isBase64Encoded": False}
    return {**event, **own, "headers": headers, "body": body}


def _refused(form: PlainForm | None, said: Mapping[str, Any], texts: Texts) -> Shown:
    wrong = [
        texts("plain.wrong", field=_label(form, error["field"], texts), message=error["message"])
        for error in said.get("errors", ())
        if form
    ]
    is_dead = form and said["status"] in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    detail = texts("plain.dead") if is_dead else said["detail"]
    return Shown(said["title"], [detail, *wrong, *([texts("plain.back")] if wrong else ())])


def _label(form: PlainForm, field: str, texts: Texts) -> str:
    key = f"{form.texts}.fields.{field}.label"
    return texts(key) if key in texts else field


def _page(shown: Shown, texts: Texts) -> str:
    parts = {
        "language": texts.language,
        "home": texts.root,
        "guide": texts("plain.guide"),
        "title": shown.title,
        "brand": brand().name,
    }
    paragraphs = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in shown.paragraphs)
    html = f"{paragraphs}\n{shown.html}"
    return template(Path(__file__).with_suffix(".html"), parts, content=html)


def template(file: Path, parts: Mapping[str, str], **html: str) -> str:
    """A file of HTML with `$` and a name for each of the parts, which are texts, and of what is HTML already."""
    return _read(file).substitute({name: escape(part) for name, part in parts.items()}, **html)


@cache
def _read(file: Path) -> Template:
    return Template(file.read_text("utf-8"))
