"""What events call for beside the seal: what goes before their e-mails, and these, each claimed, sent and noted."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from functions.onboarding import change_address, close_account
from functions.onboarding.account import worded
from functions.onboarding.invitations import accept_invitations
from functions.onboarding.reserved import UNDOABLE
from functions.shared import clock, links, log, mail_log, metrics, one_time_codes
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.events import Event, Mail, occurred
from functions.shared.items import Key, Put
from functions.shared.mail_log import Fate, Logged
from functions.shared.metrics import Measured
from functions.shared.session import account_key
from functions.shared.store import retry_lost_races
from functions.shared.texts import Texts, language_for
from functions.subscriptions import cancellation, invitation
from functions.subscriptions.add_user import USER_ADDED
from functions.subscriptions.invitation_mail import INVITATION_TAG, SUBSCRIPTION_TAG
from functions.subscriptions.invite_again import INVITED_AGAIN
from functions.support.send_again import MAIL_WANTED_AGAIN
from functions.workers import powertools, stream
from functions.workers.closing import clear
from functions.workers.destruction import destroy_all, destroy_conversation, destroy_decided
from functions.workers.happenings import TELLS
from functions.workers.invoicing import bill_order, bill_renewal, credit_withdrawal, file_of, store_file
from functions.workers.long_orders import complete_order
from functions.workers.mail import compose, masked_subject, send
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
FIRST: Mapping[str, tuple[Callable[[Cloud, Event], None], ...]] = {
    "account_closing": (close_account.go_on,),
    "account_erased": (clear,),
    "address_changed": (change_address.go_on,),
    "address_restored": (change_address.go_on,),
    "registered": (lambda cloud, event: accept_invitations(cloud.store, event.data["email"]),),
    "cancellation_link_wanted": (answer_request,),
    "order_placed": (complete_order, bill_order),
    "seats_added": (bill_order,),
    "renewed": (bill_renewal,),
    "withdrawn": (credit_withdrawal,),
    "invoice_issued": (store_file,),
    "credit_note_issued": (store_file,),
    "paper_accepted": (destroy_decided,),
    "paper_asked_again": (destroy_decided,),
    "paper_refused": (destroy_decided,),
    "account_completed": (destroy_conversation,),
    "account_expired": (destroy_all,),
}
# What is sent with the e-mails of an event.
_ATTACHED: Mapping[str, Callable[[Cloud, Event], tuple[str, bytes]]] = {
    "invoice_issued": file_of,
    "credit_note_issued": file_of,
}


class Called(NamedTuple):
    """What calls for an e-mail: the event that it is about, the one `by` which it is called for, and when."""

    about: Key
    by: str
    at: datetime


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def work(key: Key, event_id: str, event: Event) -> None:
        failures: list[Exception] = []
        for part in _parts(cloud, Called(key, event_id, event.at), event):
            try:
                part()
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]

    return stream.create(
        cloud, "notifications", [name for name, told in TELLS.items() if "notifications" in told.owed], work
    )


def _parts(cloud: Cloud, called: Called, event: Event) -> Iterator[Callable[[], None]]:
    """What an event calls for: none of it waits for the others, so that no e-mail is late because a store is down."""
    for first in FIRST.get(event.type, ()):
        yield partial(first, cloud, event)
    if event.type == MAIL_WANTED_AGAIN.name:
        yield partial(_send_again, cloud, called.by, event)
    for called_for in TELLS[event.type].mails:
        if recipient := called_for.recipient(event, cloud.settings.accounts):
            yield partial(send_once, cloud, called, event, called_for, recipient)


def _send_again(cloud: Cloud, called_by: str, wanted: Event) -> None:
    """Send an e-mail of an event before, as that says it, unless nothing is kept of it by now."""
    about = Key(*wanted.data["about"])
    if item := cloud.store.item(about):
        event = occurred(item)
        called_for = next(mail for mail in TELLS[event.type].mails if mail.texts == wanted.data["texts"])
        send_once(cloud, Called(about, called_by, wanted.at), event, called_for, wanted.data["email"])


def send_once(cloud: Cloud, called: Called, event: Event, called_for: Mail, recipient: str) -> None:
    """Send one e-mail of an event unless it is sent; waits while another run may be sending it."""
    name = called_for.texts
    key = mail_log.sent_key(called.by, recipient, name)
    mail_id = mail_log.mail_id(called.at, called.by, recipient, name)
    logged = mail_log.key(recipient, mail_id)
    while True:
        kept = [key, account_key(recipient), logged]
        items = retry_lost_races(partial(cloud.store.snapshot, kept, settled=False))
        known, now = items.get(key, {}), clock.now()
        if "sent_at" in known:
            return
        if known.get("claimed_until", "") <= clock.rfc3339(now):
            break
        time.sleep(_LOOK_EVERY_SECONDS)
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
    claim = _unless_claimed_since(key, {"claimed_until": clock.rfc3339(now + LEASE)}, known)
    entry = Logged(called.about, called_for, masked_subject(name, texts, facts), now)
    begun = mail_log.begun(logged, items.get(logged), entry) if mail_log.is_logged(called_for) else None
    cloud.store.commit([claim, *([begun] if begun else [])])
    if "token" in facts and now - called.at > _LATE:
        _prolong(cloud, links.key(facts["token"]), now)
    person = log.person(cloud.keys, recipient)
    try:
        attached = [_ATTACHED[event.type](cloud, event)] if event.type in _ATTACHED else []
        mail = compose(name, texts, facts, cloud.settings)
        send(cloud, recipient, mail, _tags(called, event, mail_id), attached)
    except Exception:
        log.line("mail failed", Measured(metrics.MAILS_FAILED), level="WARNING", mail=name, person=person)
        _settle(cloud, _unless_claimed_since(key, {"claimed_until": ""}, claim.attributes), logged, "failed", now)
        raise
    sent_at = clock.now()
    seconds = Measured(metrics.SECONDS_TO_MAIL, round((sent_at - called.at).total_seconds(), 3))
    log.line("mail sent", Measured(metrics.MAILS_SENT), seconds, mail=name, person=person)
    sent = Put(key, {"sent_at": clock.rfc3339(sent_at)})
    retry_lost_races(lambda: _settle(cloud, sent, logged, "sent", sent_at))


def _settle(cloud: Cloud, mark: Put, logged: Key, fate: Fate, when: datetime) -> None:
    """What became of an e-mail, where it is claimed and in its log. Raises Conflict when either was written since."""
    noted = mail_log.noted(logged, cloud.store.item(logged), fate, when)
    cloud.store.commit([mark, *([noted] if noted else [])])


def _tags(called: Called, event: Event, mail_id: str) -> Mapping[str, str]:
    """By what SES says which e-mail it tells of, and whose invitation."""
    if event.type not in _INVITE:
        return {mail_log.TAG: mail_id}
    return {mail_log.TAG: mail_id, SUBSCRIPTION_TAG: event.data["subscription"], INVITATION_TAG: called.by}


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
