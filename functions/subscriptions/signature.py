"""The signature: bound to the file that was read, to its signer, who proves it with a code, and to the time."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from functions.shared import clock, codes
from functions.shared.desk import Change, Desk
from functions.shared.events import Event
from functions.shared.fields import Agreed, Code, Line, RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import Reader
from functions.shared.store import Items, Key
from functions.subscriptions import administration
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.agreement import Agreement, agreement_key
from functions.subscriptions.fetch_contract import consent
from functions.subscriptions.portal import ShownSubscription
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.subscription import Subscription, partition


class Sign(RequestModel):
    """Who signs which document; the code shows that it is they."""

    name: Line
    code: Code
    consent: Agreed
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SentCode(BaseModel):
    """Where the code went, and until when it works."""

    email: str
    valid_until: str


@dataclass(frozen=True)
class Signing:
    """What is sent to sign with, and from where."""

    body: Sign
    ip: str


def code_key(subscription_id: str) -> Key:
    """Where the code for a subscription's signature is kept."""
    return Key(partition(subscription_id), "SIGNATURE_CODE")


def decide_send_code(subscription: Subscription, items: Items, reader: Reader, seed: str, now: datetime) -> Change:
    """A new code, which replaces the one before.

    Raises Refused `too_many_tries` when too many were asked for, or the reason why there is nothing to sign.
    """
    subscriptions.refuse_unless(subscriptions.why_not_sign, subscription, clock.day(now))
    key = code_key(subscription.id)
    write = codes.issue(items, key, seed, now, {"email": reader.email})
    data = {
        "email": reader.email,
        "product": subscription.product,
        "subscription": subscription.id,
        "contract_number": subscription.contract_number,
        "language": reader.language,
        "code": codes.enclosed(key, seed),
    }
    return Change(
        Answer(202, {"email": reader.email, "valid_until": clock.rfc3339(now + codes.LIFE)}),
        (write,),
        ((partition(subscription.id), Event("signature_code_sent", now, reader.email, data)),),
    )


def decide_sign(
    subscription: Subscription, items: Items, reader: Reader, signing: Signing, secret: bytes, now: datetime
) -> Change:
    """Active from now on, with the evidence kept; the sealed file follows from the event.

    Raises Refused `document_changed` for another document than the subscription's, `wrong_code`, or the reason why
    there is nothing to sign.
    """
    subscriptions.refuse_unless(subscriptions.why_not_sign, subscription, clock.day(now))
    agreement = Agreement.stored(items[agreement_key(subscription.id)])
    if signing.body.sha256 != agreement.read_sha256:
        raise Refused("document_changed")
    key = code_key(subscription.id)
    sent_to = codes.about(items, key).get("email")
    spent = codes.spend(items, key, signing.body.code, now, secret)
    accepted = subscription.terms_accepted or {}
    evidence = {
        "contract_number": subscription.contract_number,
        "signer": signing.body.name,
        "account": reader.email,
        "signed_at": clock.rfc3339(now),
        "ip": signing.ip,
        "code_sent_to": sent_to,
        "read_sha256": agreement.read_sha256,
        "consent": consent(agreement),
        "terms_version": accepted["version"],
        "terms_accepted_at": accepted["at"],
        "terms_sha256": accepted["sha256"],
    }
    signed = replace(subscription, status="active")
    data = {
        "signer": signing.body.name,
        "email": reader.email,
        "product": subscription.product,
        "subscription": subscription.id,
        "contract_number": subscription.contract_number,
        "language": agreement.language,
        "contract": agreement.contract,
        "signature": evidence,
    }
    return Change(
        Answer(200, subscriptions.shown(signed, "administrator", clock.day(now))),
        (signed.put(), replace(agreement, signature=evidence).put(), spent, *deadlines(signed, clock.day(now))),
        ((partition(subscription.id), Event("subscription_signed", now, reader.email, data)),),
    )


def send_code(desk: Desk, request: Request) -> Answer:
    """Send the administrator a code to sign with."""
    subscription_id = request.values["subscription_id"]
    seed = codes.new_seed()

    def decide(subscription: Subscription, items: Items, reader: Reader, now: datetime) -> Change:
        return decide_send_code(subscription, items, reader, seed, now)

    return administration.change(desk, request, decide, code_key(subscription_id))


def sign(desk: Desk, request: Request) -> Answer:
    """Sign the contract."""
    subscription_id = request.values["subscription_id"]
    signing = Signing(request.body, request.source_ip)

    def decide(subscription: Subscription, items: Items, reader: Reader, now: datetime) -> Change:
        return decide_sign(subscription, items, reader, signing, desk.cloud.key, now)

    return administration.change(desk, request, decide, agreement_key(subscription_id), code_key(subscription_id))


_SIGNATURE = "/api/subscriptions/{subscription_id}/signature"
_WHY_NOT = ("not_found", "forbidden", "terms_not_accepted", "not_activated", "already_signed", "is_trial")

SEND_CODE = Job(
    name="send-signature-code",
    method="POST",
    path=f"{_SIGNATURE}/code",
    run=send_code,
    answer=SentCode,
    status=202,
    codes=(*_WHY_NOT, "too_many_tries"),
)
SIGN = Job(
    name="sign",
    method="POST",
    path=_SIGNATURE,
    run=sign,
    body=Sign,
    answer=ShownSubscription,
    codes=(*_WHY_NOT, "document_changed", "wrong_code"),
)
SIGN_FORM = Form(SIGN, "signature.sign", about="subscription", action="sign")
