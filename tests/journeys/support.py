"""How support looks at what a customer sees, and sends an e-mail again; what may come in between."""

import secrets
from datetime import timedelta
from typing import Any

from functions.shared import clock, links, mail_log, one_time_codes
from functions.shared.events import Event, Holds, Mail
from functions.shared.items import Key, Put
from functions.shared.mail_log import Logged
from functions.subscriptions import transfer
from functions.subscriptions.subscription import partition
from functions.support import look_up as looking
from functions.support import send_again as sending
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import Given

_SEALED = Mail("signature.mails.sealed", holds=Holds(recipient=("administrator",)))


def look_up_a_contract(given: Given) -> Journey:
    robin, admin, colleague = supporter(given), given.person(), given.person("colleague")
    subscription = given.subscription(admin, colleague)
    given.subscription(admin, status="awaiting_terms")
    mailed(given, admin, subscription)
    number = given.kept(subscription).contract_number
    return Journey(
        Call(looking.LOOK_UP, robin, body={"contract_number": number.lower().replace("-", " ")}),
        rivals=(Call(transfer.TRANSFER, admin, {"subscription_id": subscription}, {"email": colleague}),),
        in_steps=True,
    )


def look_up_somebody_without_any(given: Given) -> Journey:
    robin, somebody = supporter(given), given.person("somebody", account_status="pending")
    # Whoever signs out once it is noted is answered nothing.
    return Journey(Call(looking.LOOK_UP, robin, body={"email": somebody.upper()}), in_steps=True)


def send_again(given: Given) -> Journey:
    robin, admin, colleague = supporter(given), given.person(), given.person("colleague")
    subscription = given.subscription(admin, colleague)
    again = Call(sending.SEND, robin, {"mail": mailed(given, admin, subscription)})
    return Journey(
        again,
        rivals=(again, Call(transfer.TRANSFER, admin, {"subscription_id": subscription}, {"email": colleague})),
    )


def told_of_a_delivery(given: Given) -> Journey:
    """SES tells of an e-mail of the log, more than once and in any order."""
    admin = given.person()
    mail = mailed(given, admin, given.subscription(admin))
    return Journey(_told("Delivery", admin, mail), rivals=(_told("Send", admin, mail), _told("Bounce", admin, mail)))


def no_longer_useful(given: Given) -> Call:
    robin, admin = supporter(given), given.person()
    other = given.subscription(given.person("other"))
    return Call(sending.SEND, robin, {"mail": mailed(given, admin, other)})


def used_up(given: Given) -> Call:
    robin, admin = supporter(given), given.person()
    given.use_up(sending.AGAIN, admin)
    return Call(sending.SEND, robin, {"mail": mailed(given, admin, given.subscription(admin))})


def too_many_tries(given: Given) -> Call:
    robin = supporter(given)
    given.use_up(looking.LOOKS_A_DAY, robin)
    return Call(looking.LOOK_UP, robin, body={"email": given.person()})


def supporter(given: Given) -> str:
    """A member of support."""
    return given.person("robin", roles=["support"], language="fr", company="Guichet")


def mailed(
    given: Given,
    to: str,
    subscription: str | None = None,
    of_type: str = "contract_sealed",
    mail: Mail = _SEALED,
    **data: Any,
) -> str:
    """An e-mail has left for somebody, about a subscription or not; returns what it is known by."""
    now, cause = clock.now(), secrets.token_hex(4)
    about = given.kept(subscription).facts() if subscription else {}
    event = Event(of_type, now, to, {**about, "email": to, "language": "en", "sha256": "0" * 64, **data})
    where = partition(subscription) if subscription else f"USER#{to}"
    put = event.put(where, cause)
    event_id = event.id(where, cause)
    name = mail_log.mail_id(now, event_id, to, mail.texts)
    entry = mail_log.begun(mail_log.key(to, name), None, Logged(put.key, mail, "What it is about", now))
    assert entry
    sent = {**entry.attributes, "state": "sent"}
    # What is written over another item comes to no worker by the stream: it is all done already.
    given.write(Put(put.key, {"type": "none"}))
    given.write(
        Put(put.key, put.attributes),
        Put(entry.key, sent),
        Put(mail_log.sent_key(event_id, to, mail.texts), {"sent_at": "then"}),
    )
    return name


def with_code(given: Given, email: str) -> tuple[Key, dict[str, Any]]:
    """A code was sent to somebody: where it is kept, and what its event says of it."""
    key = given.code_key(email, "password")
    given.ask_for_code(email, "password")
    seed = given.of_person(email)[key]["seed"]
    return key, {"code": one_time_codes.enclosed(key, seed)}


def with_link(given: Given, subscription: str, purpose: str, hours: int = 24) -> tuple[Key, dict[str, Any]]:
    """A link was sent to an administrator: where it is kept, and what its event says of it."""
    kept, seed = given.kept(subscription), given.cloud.keys.seed(secrets.token_hex(32))
    until = clock.now() + timedelta(hours=hours)
    token = links.token(seed, given.cloud.keys)
    given.write(links.made(token, links.Link(purpose, f"{kept.id} {kept.administrator}", until)))
    return links.key(token), {"link": seed}


def _told(kind: str, to: str, mail: str) -> Work:
    detail: dict[str, Any] = {"eventType": kind, "mail": {"destination": [to], "tags": {"mail": [mail]}}}
    if kind == "Bounce":
        detail["bounce"] = {"bounceType": "Permanent"}
    return Work("MailEventsFunction", {"source": "aws.ses", "detail": detail})


JOURNEYS: dict[str, Begin] = {
    "look-up": look_up_a_contract,
    "look-up: somebody without any": look_up_somebody_without_any,
    "send-mail-again": send_again,
    "mail-events: a delivery": told_of_a_delivery,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("look-up", "too_many_tries"): too_many_tries,
    ("send-mail-again", "no_longer_useful"): no_longer_useful,
    ("send-mail-again", "used_up"): used_up,
}
