"""Uploads: each file that lands is inspected, then kept for the staff to look at, or rejected with its reason.

The account says which file it waits for; the file is kept before the account says that it is; whatever lands otherwise
is destroyed. So a run that dies at any point leaves nothing that the next one does not finish.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from functions.onboarding.account import (
    PAPER_RECEIVED,
    PAPER_REJECTED,
    Account,
    Upload,
    queued,
    rejected,
    taken_in,
)
from functions.onboarding.documents import QUARANTINE, kept_under
from functions.onboarding.papers import KINDS, MAX_BYTES, Kind
from functions.shared import clock, log
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.events import DESK
from functions.shared.items import Write
from functions.shared.outbox import Mark
from functions.workers import powertools
from functions.workers.accounts import change, found
from functions.workers.destruction import destroy
from functions.workers.inspection import Rejected, inspected
from functions.workers.stream import is_set_aside, sweep


@dataclass(frozen=True)
class Landing:
    """A file that has landed, as its key names it."""

    key: str
    version: str
    account_id: str
    kind: Kind
    upload: str

    @classmethod
    def of(cls, key: str, version: str) -> "Landing | None":
        """None for a key that is none of ours."""
        match key.removeprefix(QUARANTINE).split("/"):
            case [account_id, kind, upload] if kind in KINDS:
                return cls(key, version, account_id, kind, upload)
        return None

    @property
    def mark(self) -> Mark:
        """That it is still to be taken in."""
        subject = f"{self.key}?{self.version}"
        return Mark("uploads", clock.now(), hashlib.sha256(subject.encode()).hexdigest()[:32], subject, "upload")

    @property
    def kept_under(self) -> str:
        """Where the file is kept once it is inspected."""
        return kept_under(self.account_id, self.kind, self.upload)

    def announced(self, account: Account, now: datetime) -> Upload | None:
        """What was announced of the file, if the account waits for it."""
        upload = account.document(self.kind).upload
        is_over = account.on(clock.day(now)).account_status == "expired"
        return upload if upload and upload.id == self.upload and not is_over else None


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def once_more(mark: Mark) -> None:
        key, _, version = mark.subject.rpartition("?")
        if landing := Landing.of(key, version):
            take_in(cloud, landing)

    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        if "Records" not in event:
            return sweep(cloud, "uploads", once_more, context.get_remaining_time_in_millis)
        for record in event["Records"]:
            stored = record["s3"]["object"]
            if landing := Landing.of(unquote_plus(stored["key"]), stored["versionId"]):
                try:
                    take_in(cloud, landing)
                except Exception as error:
                    # Lambda would try it twice more, within some minutes.
                    if not is_set_aside(cloud, landing.mark, error):
                        raise
        return {}

    return handler


def take_in(cloud: Cloud, landing: Landing) -> None:
    """Inspect one file and keep or reject it. Raises Conflict when others keep changing the account."""
    if (announced := _awaited(cloud, landing)) and (content := _content(cloud, landing)) is not None:
        try:
            kept = inspected(content, announced.content_type)
        except Rejected as verdict:
            log.line("paper rejected", code=verdict.code)
            _reject(cloud, landing, verdict.code)
        else:
            sha256 = hashlib.sha256(content).hexdigest()
            _keep(cloud, landing.kept_under + sha256, announced, kept)
            _take_in(cloud, landing, sha256)
    account = found(cloud.store, landing.account_id)
    file = account.document(landing.kind).file if account else None
    if file is None or not file.startswith(landing.kept_under):
        destroy(cloud, landing.kept_under)
    destroy(cloud, landing.key)


def _awaited(cloud: Cloud, landing: Landing) -> Upload | None:
    """What was announced of the file, which is shown as landed; None when the account does not wait for it."""
    announced: list[Upload] = []

    def decide(account: Account, now: datetime) -> Iterable[Write] | None:
        upload = landing.announced(account, now)
        announced[:] = [upload] if upload else []
        document = account.document(landing.kind)
        if upload is None or document.status == "uploaded":
            return None
        landed = replace(document, status="uploaded", reason=None)
        return _writes(account, account.with_document(landing.kind, landed))

    change(cloud.store, landing.account_id, decide)
    return announced[0] if announced else None


def _reject(cloud: Cloud, landing: Landing, code: str) -> None:
    def decide(account: Account, now: datetime) -> Iterable[Write] | None:
        if landing.announced(account, now) is None:
            return None
        where, event = account.happened(PAPER_REJECTED, now, DESK, kind=landing.kind, check=code)
        changed = rejected(account, landing.kind, code, now)
        return [*_writes(account, changed), *event.written(where, landing.upload)]

    change(cloud.store, landing.account_id, decide)


def _take_in(cloud: Cloud, landing: Landing, sha256: str) -> None:
    def decide(account: Account, now: datetime) -> Iterable[Write] | None:
        if landing.announced(account, now) is None:
            return None
        where, event = account.happened(PAPER_RECEIVED, now, account.email, kind=landing.kind, sha256=sha256)
        changed = taken_in(account, landing.kind, landing.kept_under + sha256, sha256, now)
        return [*_writes(account, changed), *event.written(where, landing.upload)]

    change(cloud.store, landing.account_id, decide)


def _writes(before: Account, after: Account) -> Iterable[Write]:
    return after.put(), *queued(before, after)


def _keep(cloud: Cloud, key: str, announced: Upload, content: bytes) -> None:
    cloud.files.put_object(
        Bucket=cloud.settings.papers,
        Key=key,
        Body=content,
        ContentType=announced.content_type,
        ServerSideEncryption="AES256",
    )


def _content(cloud: Cloud, landing: Landing) -> bytes | None:
    """What has landed, in the version that this is about; None when another run has dealt with it."""
    try:
        stored = cloud.files.get_object(Bucket=cloud.settings.papers, Key=landing.key, VersionId=landing.version)
    except ClientError as error:
        if error.response["Error"].get("Code") in ("NoSuchKey", "NoSuchVersion"):
            return None
        raise
    # The form takes no more than was announced; whatever came another way is not read to its end.
    return stored["Body"].read(MAX_BYTES + 1)


handler = enter(create, "store", "files", write=powertools.write)
