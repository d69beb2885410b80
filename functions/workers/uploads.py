"""Uploads: each file that lands is inspected, then its rendering kept for the staff, or it is rejected with its reason.

The account says which files it waits for; a rendering is kept before the account says that it is; whatever lands or is
kept otherwise is destroyed, and every original with it. So a run that dies at any point leaves nothing that the next
one does not finish. A document of several files is bound by whichever run finds that all of them are here.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from functions.onboarding.account import (
    PAPER_RECEIVED,
    PAPER_REJECTED,
    Account,
    Document,
    Upload,
    queued,
    rejected,
    sha256_of,
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
from functions.workers.destruction import destroy, sets_kept
from functions.workers.inspection import PDF, Rejected, Rendering, inspected
from functions.workers.rendering import bound
from functions.workers.stream import is_set_aside, sweep


@dataclass(frozen=True)
class Landing:
    """A file that has landed, as its key names it."""

    key: str
    version: str
    account_id: str
    kind: Kind
    set: str
    upload: str

    @classmethod
    def of(cls, key: str, version: str) -> "Landing | None":
        """None for a key that is none of ours."""
        match key.removeprefix(QUARANTINE).split("/"):
            case [account_id, kind, set, upload] if kind in KINDS:
                return cls(key, version, account_id, kind, set, upload)
        return None

    @property
    def mark(self) -> Mark:
        """That it is still to be taken in."""
        subject = f"{self.key}?{self.version}"
        return Mark("uploads", clock.now(), hashlib.sha256(subject.encode()).hexdigest()[:32], subject, "upload")

    @property
    def kept_under(self) -> str:
        """Where the renderings of its set are kept."""
        return kept_under(self.account_id, self.kind, self.set)

    def waiting(self, account: Account, now: datetime) -> Document | None:
        """The document whose part it is, if the account waits for it."""
        document = account.document(self.kind)
        is_over = account.on(clock.day(now)).account_status == "expired"
        is_announced = any((one.set, one.id) == (self.set, self.upload) for one in document.uploads)
        return document if is_announced and not is_over else None

    def announced(self, document: Document) -> Upload:
        """What was announced of it."""
        return next(one for one in document.uploads if one.id == self.upload)


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
    document = _awaited(cloud, landing)
    if document and landing.announced(document).file is None:
        document = _inspect(cloud, landing, document)
    if document and document.is_here(lambda upload: upload.file):
        _take_in(cloud, landing, document)
    _destroy_what_is_left(cloud, landing)
    destroy(cloud, landing.key)


def _awaited(cloud: Cloud, landing: Landing) -> Document | None:
    """The document whose file has landed, which is shown as landed; None when the account does not wait for it."""
    waiting: list[Document] = []

    def decide(account: Account, now: datetime) -> Iterable[Write] | None:
        waiting.clear()
        if (document := landing.waiting(account, now)) is None:
            return None
        waiting.append(document)
        upload = landing.announced(document)
        if upload.landed:
            return None
        landed = document.with_upload(replace(upload, landed=True))
        if landed.is_here(lambda one: one.landed):
            landed = replace(landed, status="uploaded", reason=None, rejected_part=None)
        waiting[:] = [landed]
        return _writes(account, account.with_document(landing.kind, landed))

    change(cloud.store, landing.account_id, decide)
    return waiting[0] if waiting else None


def _inspect(cloud: Cloud, landing: Landing, document: Document) -> Document | None:
    """The document with its part's rendering kept; None when it is rejected, gone or no longer waited for."""
    if (content := _content(cloud, landing)) is None:
        return None
    try:
        rendering = inspected(content, as_pages=document.of > 1)
    except Rejected as verdict:
        log.line("paper rejected", code=verdict.code)
        _reject(cloud, landing, verdict.code)
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    file = f"{landing.kept_under}{landing.upload}/{sha256}"
    _keep(cloud, file, rendering)
    kept = replace(landing.announced(document), file=file, sha256=sha256, content_type=rendering.content_type)
    return _note(cloud, landing, kept)


def _note(cloud: Cloud, landing: Landing, kept: Upload) -> Document | None:
    """The document with what is kept of the part, as the account has it from now on."""
    noted: list[Document] = []

    def decide(account: Account, now: datetime) -> Iterable[Write] | None:
        noted.clear()
        if (document := landing.waiting(account, now)) is None:
            return None
        # Of two files that one form has brought the first is it.
        is_noted = landing.announced(document).file is not None
        noted.append(document if is_noted else document.with_upload(kept))
        return None if is_noted else _writes(account, account.with_document(landing.kind, noted[0]))

    change(cloud.store, landing.account_id, decide)
    return noted[0] if noted else None


def _reject(cloud: Cloud, landing: Landing, code: str) -> None:
    def decide(account: Account, now: datetime) -> Iterable[Write] | None:
        document = landing.waiting(account, now)
        if document is None or landing.announced(document).file:
            return None
        changed = rejected(account, landing.kind, landing.announced(document).part, code, now)
        stands = changed.document(landing.kind)
        where, event = account.happened(
            PAPER_REJECTED, now, DESK, kind=landing.kind, check=code, part=stands.rejected_part, of=stands.of
        )
        return [*_writes(account, changed), *event.written(where, landing.upload)]

    change(cloud.store, landing.account_id, decide)


def _take_in(cloud: Cloud, landing: Landing, document: Document) -> None:
    """All parts are here: one rendering of them is what the staff look at."""
    [first, *others] = document.uploads
    file, content_type = first.file, first.content_type
    if others:
        parts = [_kept(cloud, upload.file or "") for upload in document.uploads]
        if None in parts:
            # Another run has bound them, and destroyed the parts.
            return
        name = hashlib.sha256(sha256_of(document).encode()).hexdigest()
        file, content_type = landing.kept_under + name, PDF
        _keep(cloud, file, Rendering(bound(part for part in parts if part is not None), content_type))

    def decide(account: Account, now: datetime) -> Iterable[Write] | None:
        waiting = landing.waiting(account, now)
        if waiting is None or waiting.uploads != document.uploads:
            return None
        changed = taken_in(account, landing.kind, file or "", content_type or "", now)
        sha256 = changed.document(landing.kind).sha256
        where, event = account.happened(PAPER_RECEIVED, now, account.email, kind=landing.kind, sha256=sha256)
        return [*_writes(account, changed), *event.written(where, landing.set)]

    change(cloud.store, landing.account_id, decide)


def _destroy_what_is_left(cloud: Cloud, landing: Landing) -> None:
    """Destroy what is kept of sets that are waited for no more, and the parts of one that is bound.

    What is there is listed before the account is read: a set is announced before anything of it is kept, so whatever
    was listed and is not of the account's sets by now never will be again.
    """
    sets = sets_kept(cloud, kept_under(landing.account_id, landing.kind))
    account = found(cloud.store, landing.account_id)
    document = account.document(landing.kind) if account else Document()
    for prefix in sets:
        if document.file and document.file.startswith(prefix):
            destroy(cloud, prefix, but=document.file)
        elif document.set is None or not prefix.endswith(f"/{document.set}/"):
            destroy(cloud, prefix)


def _writes(before: Account, after: Account) -> Iterable[Write]:
    return after.put(), *queued(before, after)


def _keep(cloud: Cloud, key: str, rendering: Rendering) -> None:
    cloud.files.put_object(
        Bucket=cloud.settings.papers,
        Key=key,
        Body=rendering.content,
        ContentType=rendering.content_type,
        ServerSideEncryption="AES256",
    )


def _content(cloud: Cloud, landing: Landing) -> bytes | None:
    """What has landed, in the version that this is about; None when another run has dealt with it."""
    with _unless_gone():
        stored = cloud.files.get_object(Bucket=cloud.settings.papers, Key=landing.key, VersionId=landing.version)
        # The form takes no more than was announced; whatever came another way is not read to its end.
        return stored["Body"].read(MAX_BYTES + 1)
    return None


def _kept(cloud: Cloud, file: str) -> bytes | None:
    """The rendering of a part; None when another run has dealt with it."""
    with _unless_gone():
        return cloud.files.get_object(Bucket=cloud.settings.papers, Key=file)["Body"].read()
    return None


@contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"].get("Code") not in ("NoSuchKey", "NoSuchVersion"):
            raise


handler = enter(create, "store", "files", write=powertools.write)
