"""The contract: have it drawn up, and give its administrator a link that works for five minutes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from botocore.exceptions import ClientError
from pydantic import Field

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk, Look
from functions.shared.fields import Aliased, Model, Nothing
from functions.shared.items import Items, Put, Reads, checks
from functions.shared.job import Ask, Job
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, TRY_AGAIN, Code, Refused, conflict
from functions.shared.store import Conflict, Store, retry_lost_races
from functions.shared.texts import Texts
from functions.subscriptions.agreement import (
    SEALING_OVERDUE,
    Agreement,
    agreement_key,
    overdue,
    read_key,
    sealed_key,
    text_key,
)
from functions.subscriptions.amendment import PREFIX, Amendment
from functions.subscriptions.amendment import sealed_key as amendment_file
from functions.subscriptions.subscription import Subscription, administered, partition, state_key

NO_CONTRACT_YET = conflict("no_contract_yet", "contract")
_CONCLUDED_ELSEWHERE = NO_CONTRACT_YET._replace(worded="contract.concluded_elsewhere")
LINK_LIFE = timedelta(minutes=5)


class Link(Model):
    """Where a file is, for five minutes."""

    url: str
    expires_at: str


class ShownAmendment(Aliased, Link):
    """The sealed file of an amendment: that many seats, from that day on."""

    number: str
    begins: Annotated[str, Field(alias="from")]
    seats: int
    sha256: str


class ShownContract(Link):
    """The file as it stands: `signed` once it is sealed, `sealing` between the signature and that.

    Of its `amendments` those that are sealed, the first one first; `amending` while another one is about to be.
    """

    sha256: str
    signed: bool
    sealing: bool
    amendments: list[ShownAmendment]
    amending: bool


class Words(Model):
    """The words of the file that is read, `consent` being what its signer says."""

    language: str
    consent: str
    contract: dict[str, Any]


class Altered(Exception):
    """A file in the store is not the one that was put there."""


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses the contract, if any: it is drawn up at the activation, and a trial leads to none.

    Nor is there one here that was concluded before the desk was.
    """
    if subscription.concluded_elsewhere:
        return _CONCLUDED_ELSEWHERE
    is_drawn_up = subscription.terms_accepted is not None and subscription.status != "awaiting_activation"
    return None if is_drawn_up else NO_CONTRACT_YET


def fetch_contract(desk: Desk, ask: Ask[Nothing]) -> ShownContract:
    """A link to the contract, for the administrator; a sealed file that is overdue is asked for again."""

    def attempt() -> ShownContract:
        # None is ever taken away, and whether one has come since is seen below: nothing is shown before the session is
        # proven.
        amendments = _amendments(desk.cloud.store, ask.path["subscription_id"])
        agreement, items = _agreement(desk, ask)
        if len(amendments) != items[state_key(agreement.subscription)].get("amended", 0):
            raise Conflict
        file = shown(desk.cloud, agreement, amendments)
        if event := overdue(agreement, ask.now):
            _ask_again(desk.cloud.store, event.written(partition(agreement.subscription), ""), items)
        return file

    return retry_lost_races(attempt)


def read_contract(desk: Desk, ask: Ask[Nothing]) -> Words:
    """The words of the contract, to be read in the page."""
    agreement, _ = _agreement(desk, ask)
    words, _ = _stored(desk.cloud, agreement, text_key(agreement.read_sha256))
    return Words(language=agreement.language, consent=consent(agreement), contract=json.loads(words))


def draw_up(cloud: Cloud, facts: Mapping[str, Any]) -> str:
    """Have the contract set and stored by the function that can; returns the SHA-256 of its file.

    The same facts give the same file, so that asking twice does no harm. Raises Refused `try_again`.
    """
    return typeset(cloud, {"contract": facts})


def typeset(cloud: Cloud, document: Mapping[str, Any]) -> str:
    """Have a document set and stored; returns the SHA-256 of its file. Raises Refused `try_again`."""
    answer = cloud.functions.invoke(
        FunctionName=cloud.settings.contract_function, Payload=json.dumps(document).encode()
    )
    if "FunctionError" in answer:
        raise Refused(TRY_AGAIN, retry_after=1)
    sha256: str = json.loads(answer["Payload"].read())["sha256"]
    return sha256


def shown(cloud: Cloud, agreement: Agreement, amendments: Sequence[Amendment] = ()) -> ShownContract:
    """The file as the API shows it, once it is seen to be the one that was stored. Raises Altered."""
    if agreement.sealed:
        key, sha256, disposition = sealed_key(agreement.subscription), agreement.sealed["sha256"], "attachment"
    else:
        key, sha256, disposition = read_key(agreement.read_sha256), agreement.read_sha256, "inline"
    content, version = _stored(cloud, agreement, key)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Altered(agreement.subscription)
    file = link(cloud, key, version, disposition, agreement.contract["number"])
    return ShownContract(
        url=file.url,
        expires_at=file.expires_at,
        sha256=sha256,
        signed=agreement.state == "sealed",
        sealing=agreement.state == "sealing",
        amendments=[_amendment(cloud, one, one.sealed) for one in amendments if one.sealed],
        amending=any(one.state == "sealing" for one in amendments),
    )


def _amendments(store: Store, subscription_id: str) -> list[Amendment]:
    found = store.query(partition(subscription_id), first=PREFIX, last=f"{PREFIX}~")
    return [Amendment.stored(item) for _, item in found]


def _amendment(cloud: Cloud, amendment: Amendment, sealed: Mapping[str, Any]) -> ShownAmendment:
    """Its very version of the file: what somebody put over it would have another."""
    key, says = amendment_file(amendment.subscription, amendment.number), amendment.says
    file = link(cloud, key, sealed["version"], "attachment", f"{says['contract_number']} {amendment.number}")
    return ShownAmendment(
        number=amendment.number,
        begins=says["begins"],
        seats=says["seats"],
        sha256=sealed["sha256"],
        url=file.url,
        expires_at=file.expires_at,
    )


def link(
    cloud: Cloud, key: str, version: str, disposition: str, name: str, kind: Literal["pdf", "zip"] = "pdf"
) -> Link:
    """A link to that version of a file, for a few minutes of real time."""
    expires_at = datetime.now(UTC) + LINK_LIFE
    url = cloud.public_files.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": cloud.settings.contracts,
            "Key": key,
            "VersionId": version,
            "ResponseContentType": f"application/{kind}",
            "ResponseContentDisposition": f'{disposition}; filename="{name}.{kind}"',
        },
        ExpiresIn=int(LINK_LIFE.total_seconds()),
    )
    return Link(url=url, expires_at=clock.rfc3339(expires_at))


def consent(agreement: Agreement) -> str:
    """What the signer says, in the language of the contract."""
    return Texts(agreement.language)("signature.sign.fields.consent.label")


def _ask_again(store: Store, asking: Sequence[Put], items: Items) -> None:
    """Ask once within a minute. Raises Conflict when what was read, the reader's session too, is no longer so."""
    try:
        store.commit([*asking, *checks(items, items, (), asking)])
    except Conflict:
        if store.item(asking[0].key) is None:
            raise


def _agreement(desk: Desk, ask: Ask[Nothing]) -> tuple[Agreement, Items]:
    """The agreement, for its administrator, and all that was read.

    Raises Refused `not_found`, `forbidden`, `no_contract_yet`.
    """
    name = ask.path["subscription_id"]
    key = agreement_key(name)

    def reads(email: str) -> Reads[tuple[Agreement, Items]]:
        whole = administered(name, email, key)

        def state(items: Items) -> tuple[Agreement, Items]:
            subscription = whole.state(items).subscription
            kept = items.get(key)
            if kept is None:
                raise Refused(why_not(subscription) or NO_CONTRACT_YET)
            return Agreement.stored(kept), items

        return Reads(whole.keys, state)

    return desk.reads(ask, reads)[1]


def _stored(cloud: Cloud, agreement: Agreement, key: str) -> tuple[bytes, str]:
    """A file of the agreement and its version. Raises Altered when the sealed one is gone; the others are set again."""
    try:
        return _get(cloud, key)
    except ClientError as error:
        if error.response["Error"].get("Code") != "NoSuchKey":
            raise
    if agreement.sealed or draw_up(cloud, agreement.contract) != agreement.read_sha256:
        raise Altered(agreement.subscription)
    return _get(cloud, key)


def _get(cloud: Cloud, key: str) -> tuple[bytes, str]:
    found = cloud.files.get_object(Bucket=cloud.settings.contracts, Key=key)
    return found["Body"].read(), found["VersionId"]


_CONTRACT = "/api/subscriptions/{subscription_id}/contract"

FETCH = Job(
    name="fetch-contract",
    method="GET",
    path=_CONTRACT,
    body=Nothing,
    answer=ShownContract,
    does=Look(fetch_contract),
    refuses=(NOT_FOUND, FORBIDDEN, NO_CONTRACT_YET),
    tells=(SEALING_OVERDUE,),
    why_not=why_not,
)
READ = Job(
    name="read-contract",
    method="GET",
    path=f"{_CONTRACT}/words",
    body=Nothing,
    answer=Words,
    does=Look(read_contract),
    refuses=(NOT_FOUND, FORBIDDEN, NO_CONTRACT_YET),
)
