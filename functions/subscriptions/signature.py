"""The signature: bound to the file that was read, to its signer, who proves it with a code, and to the time."""

from dataclasses import replace
from typing import Annotated

from pydantic import StringConstraints

from functions.shared import clock, limits, one_time_codes
from functions.shared.desk import Decision
from functions.shared.events import Mail, Told
from functions.shared.fields import Agreed, DocumentLine, Model, Nothing, OneTimeCode, RequestModel
from functions.shared.form import Form
from functions.shared.items import Key, Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import HOUR, Limit
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, USED_UP, WRONG_CODE, Code, Refused, conflict
from functions.subscriptions.agreement import Agreement, agreement_key
from functions.subscriptions.consumers import consumers
from functions.subscriptions.fetch_contract import consent
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.shown_subscription import ShownSubscription, shown
from functions.subscriptions.subscription import (
    IS_TRIAL,
    TRIALS,
    Administered,
    Subscription,
    administered,
    mark_of,
    partition,
    refuse,
)
from functions.subscriptions.terms import TERMS_NOT_ACCEPTED

NOT_ACTIVATED = conflict("not_activated", "activation")
ALREADY_SIGNED = conflict("already_signed", "signature")
DOCUMENT_CHANGED = conflict("document_changed", "signature")
SIGNATURE_CODE_SENT = Told("signature_code_sent", "signature", mails=(Mail("signature.mails.code"),), publishes=None)
SUBSCRIPTION_SIGNED = Told("subscription_signed", "signature", calls_for=("sealing",), publishes=("signer",))
CODES = Limit("signature code", "a subscription", 10, HOUR)


class Sign(RequestModel):
    """Who signs which document; the code shows that it is they."""

    name: DocumentLine
    code: OneTimeCode
    consent: Agreed
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SentCode(Model):
    """Where the code went, and until when it works."""

    email: str
    valid_until: str


def code_key(subscription_id: str) -> Key:
    """Where the code for a subscription's signature is kept."""
    return Key(partition(subscription_id), "SIGNATURE_CODE")


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses the signature, if any."""
    if subscription.status in TRIALS:
        return IS_TRIAL
    if subscription.status == "awaiting_terms":
        return TERMS_NOT_ACCEPTED
    if subscription.status == "awaiting_activation":
        return NOT_ACTIVATED
    return None if subscription.status == "awaiting_signature" else ALREADY_SIGNED


def reads_to_send(ask: Ask[Nothing], email: str) -> Reads[Administered]:
    """The subscription, and the code that was sent before."""
    name = ask.path["subscription_id"]
    return administered(name, email, code_key(name))


def decide_send_code(state: Administered, ask: SignedIn[Nothing]) -> Change[SentCode]:
    """Send the administrator a code to sign with, which replaces the one before.

    Raises Refused with the reason why there is nothing to sign.
    """
    subscription, reader = state.subscription, ask.reader
    refuse(why_not(subscription.on(ask.today)))
    key = code_key(subscription.id)
    write = one_time_codes.issue(state.items, key, ask.seed, ask.now, {"email": reader.email})
    data = subscription.facts() | {"email": reader.email, "language": reader.language}
    told = SIGNATURE_CODE_SENT.event(ask.now, reader.email, {**data, "code": one_time_codes.enclosed(key, ask.seed)})
    return Change(
        SentCode(email=reader.email, valid_until=clock.rfc3339(ask.now + one_time_codes.LIFE)),
        (write, limits.spent(CODES, subscription.id, ask.now, ask.keys)),
        ((partition(subscription.id), told),),
    )


def reads_to_sign(ask: Ask[Sign], email: str) -> Reads[Administered]:
    """The subscription, its agreement, and the code that was sent."""
    name = ask.path["subscription_id"]
    return administered(name, email, agreement_key(name), code_key(name))


def decide_sign(state: Administered, ask: SignedIn[Sign]) -> Change[ShownSubscription]:
    """Sign the contract: active from now on, with the evidence kept; the sealed file follows from the event.

    Raises Refused `document_changed` for another document than the subscription's, `wrong_code`, or the reason why
    there is nothing to sign.
    """
    subscription, body = state.subscription, ask.body
    refuse(why_not(subscription.on(ask.today)))
    agreement = Agreement.stored(state.items[agreement_key(subscription.id)])
    if body.sha256 != agreement.read_sha256:
        raise Refused(DOCUMENT_CHANGED)
    key = code_key(subscription.id)
    sent_to = one_time_codes.about(state.items, key).get("email")
    spent = one_time_codes.spend(state.items, key, body.code, ask.now, ask.keys)
    # The signer has read the mailbox that is theirs, not the one that they had.
    if sent_to != ask.reader.email:
        raise Refused(WRONG_CODE, spent)
    accepted = subscription.terms_accepted or {}
    evidence = {
        "contract_number": subscription.contract_number,
        "signer": body.name,
        "account": ask.reader.email,
        "signed_at": clock.rfc3339(ask.now),
        "ip": ask.request.source_ip,
        "code_sent_to": sent_to,
        "read_sha256": agreement.read_sha256,
        "consent": consent(agreement),
        "terms_version": accepted["version"],
        "terms_accepted_at": accepted["at"],
        "terms_sha256": accepted["sha256"],
    }
    until = consumers().may_withdraw_until(ask.reader.profile, ask.today)
    signed = replace(
        subscription,
        status="active",
        withdrawable_until=until,
        withdrawable_by=mark_of(subscription.id, ask.reader.email) if until else None,
    )
    data = subscription.facts() | {"email": ask.reader.email, "language": agreement.language}
    told = SUBSCRIPTION_SIGNED.event(
        ask.now,
        ask.reader.email,
        {**data, "signer": body.name, "contract": agreement.contract, "signature": evidence},
    )
    return Change(
        shown(signed, "administrator", ask),
        (signed.put(), replace(agreement, signature=evidence).put(), spent, *deadlines(signed, ask.today)),
        ((partition(subscription.id), told),),
    )


_SIGNATURE = "/api/subscriptions/{subscription_id}/signature"
_WHY_NOT = (NOT_FOUND, FORBIDDEN, TERMS_NOT_ACCEPTED, NOT_ACTIVATED, ALREADY_SIGNED, IS_TRIAL)

SEND_CODE = Job(
    name="send-signature-code",
    method="POST",
    path=f"{_SIGNATURE}/code",
    body=Nothing,
    answer=SentCode,
    status=202,
    does=Decision(reads_to_send, decide_send_code),
    refuses=(*_WHY_NOT, USED_UP),
    limits=(CODES,),
    tells=(SIGNATURE_CODE_SENT,),
)
SIGN = Job(
    name="sign",
    method="POST",
    path=_SIGNATURE,
    body=Sign,
    answer=ShownSubscription,
    does=Decision(reads_to_sign, decide_sign),
    refuses=(*_WHY_NOT, DOCUMENT_CHANGED, WRONG_CODE),
    tells=(SUBSCRIPTION_SIGNED,),
    why_not=why_not,
    done=ALREADY_SIGNED,
    form=Form("signature.sign", about="subscription"),
)
