"""Seals contracts that were signed: one stored file for each, whatever is repeated or crashes on the way.

Nothing is claimed beforehand, since only the first file stored under a name stays there: a run that comes too late, or
after a crash, checks the file that is there and marks that.
"""

import hashlib
from datetime import timedelta

from botocore.exceptions import ClientError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

from functions.contracts.chains import chains
from functions.contracts.document import Contract, Evidence
from functions.contracts.seal import Signer, kms_signature, seal
from functions.contracts.verify import Chain, verify
from functions.shared import clock, log, metrics
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.events import Event
from functions.shared.items import Key
from functions.shared.metrics import Measured
from functions.subscriptions.agreement import Agreement, agreement_key, read_key, sealed, sealed_key
from functions.workers import powertools, stream
from functions.workers.stream import Passing


class NoCertificate(Passing):
    """Nothing is sealed before there is one (infra/README.md)."""


class NoTimestamp(Passing):
    """The timestamp service gives none."""


class NotWhole(Exception):
    """A sealed file does not stand up to our own verification, or is of another signature."""


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def work(key: Key, event_id: str, event: Event) -> None:
        seal_once(cloud, key.pk.removeprefix("SUBSCRIPTION#"), event_id)

    return stream.create(cloud, "sealing", ("subscription_signed", "sealing_overdue"), work)


def seal_once(cloud: Cloud, subscription_id: str, event_id: str) -> None:
    """Seal the contract of a subscription unless it is sealed. Raises NotWhole rather than mark a doubtful file."""
    key = agreement_key(subscription_id)
    kept = cloud.store.item(key)
    agreement = Agreement.stored(kept) if kept else None
    if agreement is None or agreement.state != "sealing":
        return
    known = chains(cloud.files, cloud.settings.contracts)
    if not known:
        raise NoCertificate
    name = sealed_key(subscription_id)
    pdf = _sealed(cloud, agreement, known)
    _checked(pdf, agreement, known)
    _store_first(cloud, name, pdf)
    stored = cloud.files.get_object(Bucket=cloud.settings.contracts, Key=name)["Body"].read()
    evidence = _checked(stored, agreement, known)
    mark, event = sealed(agreement, hashlib.sha256(stored).hexdigest(), evidence.sealed_at, clock.now())
    cloud.store.commit([mark, *event.written(key.pk, event_id)])
    log.line("contract sealed", Measured(metrics.CONTRACTS_SEALED), subscription=subscription_id)


def _sealed(cloud: Cloud, agreement: Agreement, known: list[Chain]) -> bytes:
    settings = cloud.settings
    read = cloud.files.get_object(Bucket=settings.contracts, Key=read_key(agreement.read_sha256))["Body"].read()
    signer = Signer(
        tuple(known[-1]),
        kms_signature(cloud.kms, settings.sealing_key),
        HTTPTimeStamper(settings.timestamp_service) if settings.timestamp_service else None,
    )
    evidence = Evidence.of({**(agreement.signature or {}), "sealed_at": clock.rfc3339(clock.now())})
    try:
        return seal(Contract.of(agreement.contract), evidence, read, signer)
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


def _checked(pdf: bytes, agreement: Agreement, known: list[Chain]) -> Evidence:
    evidence = verify(pdf, known).evidence
    signature = agreement.signature or {}
    if evidence is None or {name: evidence.facts()[name] for name in signature} != signature:
        raise NotWhole
    return evidence


handler = enter(create, "store", "files", "kms", write=powertools.write)
