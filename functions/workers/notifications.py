"""What events call for beside the seal: what goes before their e-mails, and these, each claimed, sent and noted."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from functions.onboarding import app as onboarding
from functions.onboarding import change_address, close_account
from functions.onboarding.account import worded
from functions.onboarding.invitations import accept_invitations
from functions.onboarding.reserved import UNDOABLE
from functions.shared import clock, links, log, metrics, one_time_codes
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.events import Event, Mail, Told
from functions.shared.items import Key, Put
from functions.shared.metrics import Measured
from functions.shared.session import account_key
from functions.shared.store import retry_lost_races
from functions.shared.texts import Texts, language_for
from functions.subscriptions import app as subscriptions
from functions.subscriptions import cancellation, invitation
from functions.subscriptions.add_user import USER_ADDED
from functions.subscriptions.invitation_mail import INVITATION_TAG, SUBSCRIPTION_TAG
from functions.subscriptions.invite_again import INVITED_AGAIN
from functions.workers import powertools, stream
from functions.workers.closing import clear
from functions.workers.destruction import destroy_all, destroy_decided
from functions.workers.long_orders import complete_order
from functions.workers.mail import compose, send
from functions.workers.requests import answer_request

# Longer than an e-mail can take to send: a claim this old belongs to a run that died. Well within the function's time
# (template.yaml), so that a run that finds one can wait for its end.
LEASE = timedelta(seconds=30)
_LOOK_EVERY_SECONDS = 1
# When an e-mail is late enough for its link to be looked at, and how long a link of each purpose is good.
_LATE = timedelta(hours=1)
_LIVES = {
    cancellation.LINK_PURPOSE: cancellation.LINK_LIFE,
    invitation.PURPOSE: invitation.LIFE,
    change_address.LINK_PURPOSE: UNDOABLE,
}
# What tells somebody that they are a user.
_INVITE = frozenset({USER_ADDED.name, INVITED_AGAIN.name})

# What an event calls for beside its e-mails, safe to repeat.
FIRST: Mapping[str, Callable[[Cloud, Event], None]] = {
    "account_closing": close_account.go_on,
    "account_erased": clear,
    "address_changed": change_address.go_on,
    "address_restored": change_address.go_on,
    "registered": lambda cloud, event: accept_invitations(cloud.store, event.data["email"]),
    "cancellation_link_wanted": answer_request,
    "order_placed": complete_order,
    "paper_accepted": destroy_decided,
    "paper_asked_again": destroy_decided,
    "paper_refused": destroy_decided,
    "account_expired": destroy_all,
}

# What can happen, as whoever tells it says.
TELLS: Mapping[str, Told] = {
    told.name: told
    for told in (
        *subscriptions.TELLS,
        *onboarding.TELLS,
        *(told for job in (*subscriptions.JOBS, *onboarding.JOBS) for told in job.tells),
    )
}


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def work(key: Key, event_id: str, event: Event) -> None:
        failures: list[Exception] = []
        for part in _parts(cloud, event_id, event):
            try:
                part()
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]

    return stream.create(
        cloud, "notifications", [name for name, told in TELLS.items() if "notifications" in told.owed], work
    )


def _parts(cloud: Cloud, event_id: str, event: Event) -> Iterator[Callable[[], None]]:
    """What an event calls for: none of it waits for the others, so that no e-mail is late because a store is down."""
    if first := FIRST.get(event.type):
        yield partial(first, cloud, event)
    for called_for in TELLS[event.type].mails:
        recipient = called_for.recipient(event, cloud.settings.accounts)
        yield partial(send_once, cloud, event_id, event, called_for, recipient)


def send_once(cloud: Cloud, event_id: str, event: Event, called_for: Mail, recipient: str) -> None:
    """Send one e-mail of an event unless it is sent; waits while another run may be sending it."""
    name = called_for.texts
    key = Key(f"MAIL#{event_id}", f"{recipient}#{name}")
    while True:
        items = retry_lost_races(lambda: cloud.store.snapshot([key, account_key(recipient)], settled=False))
        known, now = items.get(key, {}), clock.now()
        if "sent_at" in known:
            return
        if known.get("claimed_until", "") <= clock.rfc3339(now):
            break
        time.sleep(_LOOK_EVERY_SECONDS)
    claim = _unless_claimed_since(key, {"claimed_until": clock.rfc3339(now + LEASE)}, known)
    cloud.store.put(claim)
    account = items.get(account_key(recipient), {})
    language = language_for("", account.get("language", event.data.get("language")))
    texts = Texts(language)
    if called_for.without_account and not account:
        name = called_for.without_account
    # For a link, behind its #: no server and no Referer gets to see it.
    facts = {**worded(event.facts, texts), "address": quote(recipient, safe="@")}
    if "code" in facts:
        facts["long_code"] = one_time_codes.long_one(facts["code"], cloud.keys)
        facts["code"] = one_time_codes.disclosed(facts["code"], cloud.keys)
    if "link" in facts:
        facts["token"] = links.token(facts["link"], cloud.keys)
        if now - event.at > _LATE:
            _prolong(cloud, links.key(facts["token"]), now)
    person = log.person(cloud.keys, recipient)
    try:
        send(cloud, recipient, compose(name, texts, facts, cloud.settings), _tags(event_id, event))
    except Exception:
        log.line("mail failed", Measured(metrics.MAILS_FAILED), level="WARNING", mail=name, person=person)
        cloud.store.put(_unless_claimed_since(key, {"claimed_until": ""}, claim.attributes))
        raise
    sent_at = clock.now()
    seconds = Measured(metrics.SECONDS_TO_MAIL, round((sent_at - event.at).total_seconds(), 3))
    log.line("mail sent", Measured(metrics.MAILS_SENT), seconds, mail=name, person=person)
    cloud.store.put(Put(key, {"sent_at": clock.rfc3339(sent_at)}))


def _tags(event_id: str, event: Event) -> Mapping[str, str]:
    """By what SES says whose invitation it tells of."""
    if event.type not in _INVITE:
        return {}
    return {SUBSCRIPTION_TAG: event.data["subscription"], INVITATION_TAG: event_id}


def _prolong(cloud: Cloud, key: Key, now: datetime) -> None:
    """A link whose e-mail comes too late for it is good for as long as if that had come at once."""
    item = cloud.store.item(key)
    if item and links.is_over(item, now):
        cloud.store.put(links.prolonged(key, item, now + _LIVES[item["purpose"]]))


def _unless_claimed_since(key: Key, claim: Mapping[str, Any], known: Mapping[str, Any]) -> Put:
    if not known:
        return Put(key, claim, "attribute_not_exists(PK)")
    return Put(key, claim, "claimed_until = :known", {":known": known["claimed_until"]})


handler = enter(create, "store", "mail", write=powertools.write)
