"""Seals contracts that were signed, and their amendments: one stored file for each, whatever is repeated or crashes.

Nothing is claimed beforehand, since only the first file stored under a name stays there: a run that comes too late, or
after a crash, checks the file that is there and marks that.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

from functions.contracts.chains import chains
from functions.contracts.document import Amendment as Ordered
from functions.contracts.document import Contract, Evidence, OrderEvidence
from functions.contracts.seal import Signer, kms_signature, seal, seal_amendment
from functions.contracts.verify import Chain, verify
from functions.shared import clock, log, metrics
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.events import Event
from functions.shared.items import Item, Key
from functions.shared.metrics import Measured
from functions.subscriptions import agreement, amendment
from functions.subscriptions.agreement import Agreement, agreement_key, read_key
from functions.subscriptions.amendment import Amendment, amendment_key
from functions.workers import powertools, stream
from functions.workers.stream import Passing


class NoCertificate(Passing):
    """Nothing is sealed before there is one (infra/README.md)."""


class NoTimestamp(Passing):
    """The timestamp service gives none."""


class NotWhole(Exception):
    """A sealed file does not stand up to our own verification, or is of another signature."""


type Record = Agreement | Amendment

_TYPES = ("subscription_signed", "sealing_overdue", "seats_added", "seats_reduced", "reduction_dropped")


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def work(key: Key, event_id: str, event: Event) -> None:
        subscription_id = key.pk.removeprefix("SUBSCRIPTION#")
        if number := event.data.get("amendment"):
            at = amendment_key(subscription_id, number)
            seal_once(cloud, at, _stored(Amendment, cloud.store.item(at)), event_id)
        else:
            at = agreement_key(subscription_id)
            seal_once(cloud, at, _stored(Agreement, cloud.store.item(at)), event_id)

    return stream.create(cloud, "sealing", _TYPES, work)


def _stored[Kept: (Agreement, Amendment)](kind: type[Kept], item: Item | None) -> Kept | None:
    return kind.stored(item) if item else None


def seal_once(cloud: Cloud, key: Key, record: Record | None, event_id: str) -> None:
    """Seal a contract or an amendment unless it is sealed. Raises NotWhole rather than mark a doubtful file."""
    if record is None or record.state != "sealing":
        return
    known = chains(cloud.files, cloud.settings.contracts)
    if not known:
        raise NoCertificate
    name = _file(record)
    pdf = _sealed(cloud, record, known)
    _checked(pdf, record, known)
    _store_first(cloud, name, pdf)
    stored = cloud.files.get_object(Bucket=cloud.settings.contracts, Key=name)
    content = stored["Body"].read()
    sealed_at = _checked(content, record, known)
    sha256, now = hashlib.sha256(content).hexdigest(), clock.now()
    if isinstance(record, Agreement):
        mark, event = agreement.sealed(record, sha256, sealed_at, now)
    else:
        mark, event = amendment.sealed(record, sha256, stored["VersionId"], sealed_at, now)
    cloud.store.commit([mark, *event.written(key.pk, event_id)])
    log.line("contract sealed", Measured(metrics.CONTRACTS_SEALED), subscription=record.subscription)


def _file(record: Record) -> str:
    if isinstance(record, Agreement):
        return agreement.sealed_key(record.subscription)
    return amendment.sealed_key(record.subscription, record.number)


def _evidence(record: Record) -> Mapping[str, Any]:
    """What is known of who signed or ordered."""
    return (record.signature if isinstance(record, Agreement) else record.evidence) or {}


def _sealed(cloud: Cloud, record: Record, known: list[Chain]) -> bytes:
    settings = cloud.settings
    signer = Signer(
        tuple(known[-1]),
        kms_signature(cloud.kms, settings.sealing_key),
        HTTPTimeStamper(settings.timestamp_service) if settings.timestamp_service else None,
    )
    evidence = {**_evidence(record), "sealed_at": clock.rfc3339(clock.now())}
    try:
        if isinstance(record, Amendment):
            return seal_amendment(Ordered.of(record.says), OrderEvidence.of(evidence), signer)
        read = cloud.files.get_object(Bucket=settings.contracts, Key=read_key(record.read_sha256))["Body"].read()
        return seal(Contract.of(record.contract), Evidence.of(evidence), read, signer)
    except TimestampRequestError as error:
        raise NoTimestamp from error


def _store_first(cloud: Cloud, name: str, pdf: bytes) -> None:
    """Store the file unless there is one of that name; nobody can change or remove it for as long as it is kept."""
    try:
        cloud.files.put_object(
            Bucket=cloud.settings.contracts,
            Key=name,
            Body=pdf,
            ContentType="application/pdf",
            ChecksumAlgorithm="SHA256",
            IfNoneMatch="*",
            ObjectLockMode="COMPLIANCE",
            ObjectLockRetainUntilDate=clock.now() + timedelta(days=cloud.settings.contract_lock_days),
        )
    except ClientError as error:
        if error.response["Error"].get("Code") != "PreconditionFailed":
            raise


def _checked(pdf: bytes, record: Record, known: list[Chain]) -> datetime:
    """When a file was sealed that says what it must. Raises NotWhole."""
    evidence = verify(pdf, known).evidence
    signature = _evidence(record)
    if evidence is None or {name: evidence.facts().get(name) for name in signature} != signature:
        raise NotWhole
    return evidence.sealed_at


handler = enter(create, "store", "files", "kms", write=powertools.write)
