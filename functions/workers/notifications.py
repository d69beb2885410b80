"""E-mails that events call for: each claimed, sent and marked, so that a record seen twice is one e-mail."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from functions.onboarding.account import worded
from functions.shared import clock, codes, links
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, on_first_call
from functions.shared.events import Event
from functions.shared.session import account_key
from functions.shared.store import Key, Put
from functions.shared.texts import Texts, language_for
from functions.workers.destruction import destroy_all, destroy_decided
from functions.workers.mail import compose, send
from functions.workers.orders import complete_order
from functions.workers.requests import answer_request
from functions.workers.stream import each_event

# Longer than an e-mail can take to send: a claim this old belongs to a run that died. Well within the function's time
# (template.yaml), so that a run that finds one can wait for its end.
LEASE = timedelta(seconds=30)
_LOOK_EVERY_SECONDS = 1

type Recipient = Callable[[Event], str]


def _to_user(event: Event) -> str:
    return str(event.data["email"])


def _to_author(event: Event) -> str:
    return event.by


# What an event calls for before its e-mails, safe to repeat.
FIRST: Mapping[str, Callable[[Cloud, Event], None]] = {
    "cancellation_link_wanted": answer_request,
    "order_placed": complete_order,
    "paper_accepted": destroy_decided,
    "paper_asked_again": destroy_decided,
    "paper_refused": destroy_decided,
    "account_expired": destroy_all,
}

# What is mailed when something happens: the mail's key in the texts, and to whom.
MAILS: Mapping[str, tuple[tuple[str, Recipient], ...]] = {
    "user_added": (("users.mails.added", _to_user),),
    "user_removed": (("users.mails.removed", _to_user),),
    "transferred": (("transfer.mails.gained", _to_user), ("transfer.mails.lost", _to_author)),
    "cancelled": (("cancellation.mails.cancelled", _to_user),),
    "cancellation_undone": (("cancellation.mails.undone", _to_user),),
    "cancellation_link_made": (("cancellation.mails.link", _to_user),),
    "ended": (("cancellation.mails.ended", _to_user),),
    "trial_started": (("trials.mails.started", _to_user),),
    "trial_ending": (("trials.mails.ending", _to_user),),
    "trial_ended": (("trials.mails.ended", _to_user),),
    "edition_chosen": (("trials.mails.chosen", _to_user),),
    "order_placed": (("orders.mails.placed", _to_user),),
    "renewal_noticed": (("renewal.mails.notice", _to_user),),
    "subscription_ordered": (("terms.mails.invited", _to_user),),
    "invitation_renewed": (("terms.mails.invited", _to_user),),
    "signature_code_sent": (("signature.mails.code", _to_user),),
    "contract_sealed": (("signature.mails.sealed", _to_user),),
    "registration_requested": (("registration.mails.code", _to_user),),
    "registration_repeated": (("registration.mails.known", _to_user),),
    "registered": (("registration.mails.registered", _to_user),),
    "password_forgotten": (("password.mails.code", _to_user),),
    "password_changed": (("password.mails.changed", _to_user),),
    "paper_rejected": (("documents.mails.rejected", _to_user),),
    "paper_asked_again": (("reviews.mails.asked_again", _to_user),),
    "paper_refused": (("reviews.mails.refused", _to_user),),
    "account_completed": (("reviews.mails.completed", _to_user),),
    "papers_missing": (("deadlines.mails.reminder", _to_user),),
    "papers_missing_today": (("deadlines.mails.last_day", _to_user),),
    "papers_destroyed": (("deadlines.mails.expired", _to_user),),
    "nothing_destroyed": (("deadlines.mails.expired_empty", _to_user),),
}


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def handler(batch: Mapping[str, Any], context: object) -> dict[str, Any]:
        def mail(key: Key, event_id: str, event: Event) -> None:
            if first := FIRST.get(event.type):
                first(cloud, event)
            for name, recipient in MAILS.get(event.type, ()):
                send_once(cloud, event_id, event, name, recipient(event))

        return each_event(batch, mail)

    return handler


def send_once(cloud: Cloud, event_id: str, event: Event, name: str, recipient: str) -> None:
    """Send one e-mail of an event unless it is sent; waits while another run may be sending it.

    Left to the stream's retries instead, a claim of a run that died would outlast them, and the e-mail would be lost.
    """
    key = Key(f"MAIL#{event_id}", f"{recipient}#{name}")
    while True:
        items = cloud.store.get([key, account_key(recipient)])
        known, now = items.get(key, {}), clock.now()
        if "sent_at" in known:
            return
        if known.get("claimed_until", "") <= clock.rfc3339(now):
            break
        time.sleep(_LOOK_EVERY_SECONDS)
    claim = _unless_claimed_since(key, {"claimed_until": clock.rfc3339(now + LEASE)}, known)
    cloud.store.put(claim)
    account = items.get(account_key(recipient), {})
    language = language_for(account.get("language", event.data.get("language")), "")
    texts = Texts(language)
    facts = worded(event.facts, texts)
    if "code" in facts:
        facts["code"] = codes.disclosed(facts["code"], cloud.key)
    if "link" in facts:
        facts["token"] = links.token(facts["link"], cloud.key)
    try:
        send(cloud, recipient, compose(name, texts, facts, cloud.settings.site_url))
    except Exception:
        cloud.store.put(_unless_claimed_since(key, {"claimed_until": ""}, claim.attributes))
        raise
    cloud.store.put(Put(key, {"sent_at": clock.rfc3339(clock.now())}))


def _unless_claimed_since(key: Key, claim: Mapping[str, Any], known: Mapping[str, Any]) -> Put:
    if not known:
        return Put(key, claim, "attribute_not_exists(PK)")
    return Put(key, claim, "claimed_until = :known", {":known": known["claimed_until"]})


handler = on_first_call(create)
