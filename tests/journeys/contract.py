"""How terms are accepted, subscriptions activated, and contracts read and signed, and why they are not."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.shared import clock, links, one_time_codes
from functions.shared.terms import CURRENT
from functions.subscriptions import activation, invitation, signature, terms
from functions.subscriptions.agreement import Agreement, agreement_key, drawn_up
from functions.subscriptions.fetch_contract import FETCH, READ, consent, draw_up
from functions.subscriptions.signature import code_key
from functions.subscriptions.subscription import partition
from infra.local.certificate import issue_test_chain
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import Given

_SEED = "0" * 32
_LINK_SEED = "1" * 64


def accept_terms(given: Given) -> Journey:
    admin = given.person(language="fr")
    subscription = given.subscription(admin, status="awaiting_terms")
    return Journey(
        _accept(admin, subscription),
        rivals=(_accept(admin, subscription), _accept_by_link(given, subscription, language="fr")),
    )


def open_invitation(given: Given) -> Journey:
    subscription = given.subscription(given.person(), status="awaiting_terms")
    return Journey(Call(invitation.OPEN, body=_link(given, subscription)))


def accept_invitation(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(admin, status="awaiting_terms")
    accept = _accept_by_link(given, subscription)
    return Journey(accept, rivals=(_accept(admin, subscription), accept))


def renew_invitation(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(admin, status="awaiting_terms")
    renew = Call(invitation.RENEW, body=_link(given, subscription, days_ago=8))
    return Journey(renew, rivals=(_accept(admin, subscription), renew))


def activate(given: Given) -> Journey:
    admin = given.person()
    subscription = _accepted(given, admin)
    return Journey(_activate(admin, subscription), rivals=(_activate(admin, subscription),))


def draw_up_contract(given: Given) -> Journey:
    admin = given.person()
    kept = given.kept(_accepted(given, admin))
    return Journey(Work("ContractFunction", {"contract": drawn_up(kept, "Durand", "Example SAS, Paris")}))


def fetch_contract(given: Given) -> Journey:
    admin = given.person()
    return Journey(_of(FETCH, admin, _to_sign(given, admin)))


def fetch_an_overdue_contract(given: Given) -> Journey:
    admin = given.person()
    signed_at = clock.rfc3339(clock.now() - timedelta(hours=1, seconds=30))
    subscription = _to_sign(given, admin, signature={"account": admin, "signed_at": signed_at})
    given.join(subscription, given.person("colleague"))
    return Journey(_of(FETCH, admin, subscription))


def read_contract(given: Given) -> Journey:
    admin = given.person()
    return Journey(_of(READ, admin, _to_sign(given, admin)))


def send_signature_code(given: Given) -> Journey:
    admin = given.person(language="fr")
    subscription = _to_sign(given, admin)
    return Journey(
        _of(signature.SEND_CODE, admin, subscription), rivals=(_of(signature.SEND_CODE, admin, subscription),)
    )


def sign(given: Given) -> Journey:
    admin = given.person()
    subscription = _to_sign(given, admin)
    right = _sign(given, admin, subscription)
    return Journey(
        right,
        rivals=(
            _sign(given, admin, subscription, name="Somebody Else"),
            _sign(given, admin, subscription, code=_other_code(given, subscription)),
        ),
    )


def seal(given: Given) -> Journey:
    """By two runs at once: a stream may hand a record on twice."""
    subscription = _signed(given)
    happened = signature.SUBSCRIPTION_SIGNED.event(clock.now(), given.address("admin"))
    put = happened.put(partition(subscription), "")
    given.write(*happened.written(partition(subscription), ""))
    text = {name: said for name, said in put.attributes.items() if isinstance(said, str)}
    image = {name: {"S": said} for name, said in {"PK": put.key.pk, "SK": put.key.sk, **text}.items()}
    change = {"SequenceNumber": "1", "ApproximateCreationDateTime": time.time(), "NewImage": image}
    work = Work("SealingFunction", {"Records": [{"dynamodb": change}]})
    return Journey(work, rivals=(work,))


def terms_changed(given: Given) -> Call:
    admin = given.person()
    return _accept(admin, given.subscription(admin, status="awaiting_terms"), terms_version="2019-01")


def terms_changed_by_link(given: Given) -> Call:
    subscription = given.subscription(given.person(), status="awaiting_terms")
    return _accept_by_link(given, subscription, terms_version="2019-01")


def terms_already_accepted(given: Given) -> Call:
    admin = given.person()
    return _accept(admin, _accepted(given, admin))


def terms_already_accepted_by_link(given: Given) -> Call:
    return _accept_by_link(given, _accepted(given, given.person()))


def link_unknown(given: Given) -> dict[str, str]:
    subscription = given.subscription(given.person(), status="awaiting_terms")
    return {"subscription_id": subscription, "token": "A" * 43}


def link_too_old(given: Given) -> dict[str, str]:
    return _link(given, given.subscription(given.person(), status="awaiting_terms"), days_ago=8)


def _of(job: Any, by: str, subscription: str, **body: Any) -> Call:
    return Call(job, by, {"subscription_id": subscription}, body or None)


def _accept(by: str, subscription: str, **changes: Any) -> Call:
    return _of(terms.ACCEPT, by, subscription, **{"accepted": True, "terms_version": CURRENT} | changes)


def _activate(by: str, subscription: str) -> Call:
    return _of(activation.ACTIVATE, by, subscription)


def _accept_by_link(given: Given, subscription: str, **changes: Any) -> Call:
    body = {"accepted": True, "terms_version": CURRENT, "language": "en"}
    return Call(invitation.ACCEPT, body=_link(given, subscription) | body | changes)


def _link(given: Given, subscription: str, days_ago: int = 0) -> dict[str, str]:
    """What the link of an e-mail sent that long ago carries."""
    sent_at = clock.now() - timedelta(days=days_ago)
    write, _ = invitation.invite(given.kept(subscription), _LINK_SEED + subscription, given.cloud.keys, sent_at)
    if given.store.item(write.key) is None:
        given.write(write)
    return {"subscription_id": subscription, "token": links.token(_LINK_SEED + subscription, given.cloud.keys)}


def _accepted(given: Given, admin: str, **fields: Any) -> str:
    """A subscription whose terms are accepted."""
    usual: dict[str, Any] = {
        "status": "awaiting_activation",
        "terms_accepted": given.acceptance(admin),
        "unit_price": 499_00,
    }
    return given.subscription(admin, **usual | fields)


def _to_sign(given: Given, admin: str, **agreement: Any) -> str:
    """A subscription whose contract waits to be signed, with a code on its way, unless it is signed."""
    subscription = _accepted(given, admin, status="active" if agreement else "awaiting_signature")
    facts = drawn_up(given.kept(subscription), "Durand", "Example SAS, Paris")
    read = draw_up(given.cloud, facts)
    key = code_key(subscription)
    given.write(
        Agreement(subscription, facts, read, **agreement).put_new(),
        one_time_codes.issue({}, key, _SEED, clock.now(), {"email": admin}),
    )
    return subscription


def _signed(given: Given) -> str:
    """A subscription whose contract is signed, with the seal to seal it."""
    admin, cloud = given.person(), given.cloud
    subscription = _to_sign(given, admin, signature={"account": admin})
    agreement = Agreement.stored(given.of_subscription(subscription)[agreement_key(subscription)])
    accepted = given.kept(subscription).terms_accepted or {}
    evidence = {
        "contract_number": given.kept(subscription).contract_number,
        "signer": "Camille Durand",
        "account": admin,
        "signed_at": clock.rfc3339(clock.now()),
        "ip": "192.0.2.1",
        "code_sent_to": admin,
        "read_sha256": agreement.read_sha256,
        "consent": consent(agreement),
        "terms_version": accepted["version"],
        "terms_accepted_at": accepted["at"],
        "terms_sha256": accepted["sha256"],
    }
    given.write(replace(agreement, signature=evidence).put())
    public_key = cloud.kms.get_public_key(KeyId=cloud.settings.sealing_key)["PublicKey"]
    chain = issue_test_chain(public_key, cloud.settings.supplier.partition(",")[0])
    cloud.files.put_object(Bucket=cloud.settings.contracts, Key="seals/local.pem", Body=chain)
    return subscription


def _sign(given: Given, by: str, subscription: str, **changes: Any) -> Call:
    """A right signature but for the changes."""
    facts = drawn_up(given.kept(subscription), "Durand", "Example SAS, Paris")
    body = {
        "name": "Camille Durand",
        "code": one_time_codes.code(code_key(subscription), _SEED, given.cloud.keys),
        "consent": True,
        "sha256": draw_up(given.cloud, facts),
    }
    return _of(signature.SIGN, by, subscription, **body | changes)


def _other_code(given: Given, subscription: str) -> str:
    return f"{(int(one_time_codes.code(code_key(subscription), _SEED, given.cloud.keys)) + 1) % 1_000_000:06}"


def _in_status(job: Any, status: str, **body: Any) -> Refuse:
    """A call of the job about a subscription that stands so."""

    def refuse(given: Given) -> Call:
        admin = given.person()
        return _of(job, admin, given.subscription(admin, status=status), **body)

    return refuse


def _other_document(given: Given) -> Call:
    admin = given.person()
    return _sign(given, admin, _to_sign(given, admin), sha256="0" * 64)


def _wrong_code(given: Given) -> Call:
    admin = given.person()
    subscription = _to_sign(given, admin)
    return _sign(given, admin, subscription, code=_other_code(given, subscription))


def _too_many_codes(given: Given) -> Call:
    admin = given.person()
    subscription = _to_sign(given, admin)
    given.use_up(signature.CODES, subscription)
    return _of(signature.SEND_CODE, admin, subscription)


def _too_many_links(given: Given) -> Call:
    subscription = given.subscription(given.person(), status="awaiting_terms")
    given.use_up(invitation.RENEWALS, subscription)
    return Call(invitation.RENEW, body=_link(given, subscription))


_SIGNED = {"name": "Camille Durand", "code": "123456", "consent": True, "sha256": "0" * 64}
_ACCEPTED = {"accepted": True, "terms_version": CURRENT}
_BY_LINK = {**_ACCEPTED, "language": "en"}

JOURNEYS: dict[str, Begin] = {
    "accept-terms": accept_terms,
    "open-invitation": open_invitation,
    "accept-invitation": accept_invitation,
    "renew-invitation": renew_invitation,
    "activate": activate,
    "activate: the contract is drawn up": draw_up_contract,
    "fetch-contract": fetch_contract,
    "fetch-contract: overdue": fetch_an_overdue_contract,
    "read-contract": read_contract,
    "send-signature-code": send_signature_code,
    "sign": sign,
}
MEETINGS: dict[str, Begin] = {"sign: the contract is sealed": seal}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("accept-terms", "terms_changed"): terms_changed,
    ("accept-terms", "terms_already_accepted"): terms_already_accepted,
    ("accept-terms", "is_trial"): _in_status(terms.ACCEPT, "trial", **_ACCEPTED),
    ("open-invitation", "not_found"): lambda given: Call(invitation.OPEN, body=link_unknown(given)),
    ("open-invitation", "link_expired"): lambda given: Call(invitation.OPEN, body=link_too_old(given)),
    ("accept-invitation", "not_found"): lambda given: Call(invitation.ACCEPT, body=link_unknown(given) | _BY_LINK),
    ("accept-invitation", "link_expired"): lambda given: Call(invitation.ACCEPT, body=link_too_old(given) | _BY_LINK),
    ("accept-invitation", "terms_changed"): terms_changed_by_link,
    ("accept-invitation", "terms_already_accepted"): terms_already_accepted_by_link,
    ("accept-invitation", "is_trial"): lambda given: _accept_by_link(
        given, given.subscription(given.person(), status="trial")
    ),
    ("renew-invitation", "not_found"): lambda given: Call(invitation.RENEW, body=link_unknown(given)),
    ("renew-invitation", "terms_already_accepted"): lambda given: Call(
        invitation.RENEW, body=_link(given, _accepted(given, given.person()))
    ),
    ("renew-invitation", "is_trial"): lambda given: Call(
        invitation.RENEW, body=_link(given, given.subscription(given.person(), status="trial"))
    ),
    ("activate", "terms_not_accepted"): _in_status(activation.ACTIVATE, "awaiting_terms"),
    ("activate", "already_activated"): _in_status(activation.ACTIVATE, "active"),
    ("activate", "is_trial"): _in_status(activation.ACTIVATE, "trial"),
    ("fetch-contract", "no_contract_yet"): _in_status(FETCH, "awaiting_activation"),
    ("read-contract", "no_contract_yet"): _in_status(READ, "awaiting_terms"),
    ("send-signature-code", "terms_not_accepted"): _in_status(signature.SEND_CODE, "awaiting_terms"),
    ("send-signature-code", "not_activated"): _in_status(signature.SEND_CODE, "awaiting_activation"),
    ("send-signature-code", "already_signed"): _in_status(signature.SEND_CODE, "active"),
    ("send-signature-code", "is_trial"): _in_status(signature.SEND_CODE, "trial"),
    ("send-signature-code", "used_up"): _too_many_codes,
    ("renew-invitation", "used_up"): _too_many_links,
    ("sign", "terms_not_accepted"): _in_status(signature.SIGN, "awaiting_terms", **_SIGNED),
    ("sign", "not_activated"): _in_status(signature.SIGN, "awaiting_activation", **_SIGNED),
    ("sign", "already_signed"): _in_status(signature.SIGN, "active", **_SIGNED),
    ("sign", "is_trial"): _in_status(signature.SIGN, "trial", **_SIGNED),
    ("sign", "document_changed"): _other_document,
    ("sign", "wrong_code"): _wrong_code,
}
