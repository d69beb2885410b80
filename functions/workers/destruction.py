"""Destruction: a paper is gone in every version once it is decided upon, and all of an account's once that is over;
what was written about them is gone with the last.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from functions.onboarding.account import NOTHING_DESTROYED, PAPERS_DESTROYED, Account
from functions.onboarding.documents import KEPT, QUARANTINE, set_of
from functions.onboarding.messages import destroy_messages
from functions.onboarding.papers import Kind
from functions.shared import clock, log, metrics
from functions.shared.cloud import Cloud
from functions.shared.events import DESK, Event
from functions.shared.items import Write
from functions.shared.metrics import Measured
from functions.workers.accounts import change
from functions.workers.stream import Passing

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


class NotDestroyed(Passing):
    """The store has kept a version back."""


def destroy_decided(cloud: Cloud, event: Event) -> None:
    """Destroy the file that a decision was about, and note it where the customer can see it."""
    kind: Kind = event.data["kind"]
    file = str(event.data["file"])
    # With whatever else the same set of files has brought.
    destroy(cloud, set_of(file))

    def note(account: Account, now: datetime) -> Iterable[Write] | None:
        document = account.document(kind)
        if document.file != file:
            return None
        gone = replace(document, file=None, destroyed_at=clock.rfc3339(now))
        return [account.with_document(kind, gone).put()]

    # A repeat finds it noted.
    if change(cloud.store, event.data["account"], note):
        decision = event.type.removeprefix("paper_")
        log.line("paper decided", Measured(metrics.PAPERS_DECIDED), decision=decision)


def destroy_conversation(cloud: Cloud, event: Event) -> None:
    """Destroy what was written about papers that are all accepted."""
    destroy_messages(cloud.store, str(event.data["account"]))


def destroy_all(cloud: Cloud, event: Event) -> None:
    """Destroy everything that an account has sent or was written about it, and say what papers that were."""
    account_id = str(event.data["account"])
    destroy_messages(cloud.store, account_id)
    for prefix in (QUARANTINE, KEPT):
        destroy(cloud, f"{prefix}{account_id}/")

    def note(account: Account, now: datetime) -> Iterable[Write] | None:
        if account.destroyed_at is not None:
            return None
        at = clock.rfc3339(now)
        kinds = [kind for kind, document in account.documents.items() if document.file]
        gone = {kind: replace(account.document(kind), file=None, destroyed_at=at) for kind in kinds}
        noted = replace(account, documents={**account.documents, **gone}, destroyed_at=at)
        what = PAPERS_DESTROYED if kinds else NOTHING_DESTROYED
        where, happened = account.happened(what, now, DESK, kinds=kinds, deadline=account.deadline)
        return [noted.put(), *happened.written(where, what.name)]

    change(cloud.store, account_id, note)


def sets_kept(cloud: Cloud, prefix: str) -> list[str]:
    """Where something is kept under a prefix: how the keys begin, up to the next slash."""
    pages = cloud.files.get_paginator("list_object_versions").paginate(
        Bucket=cloud.settings.papers, Prefix=prefix, Delimiter="/"
    )
    return [found["Prefix"] for page in pages for found in page.get("CommonPrefixes", ())]


def destroy(cloud: Cloud, prefix: str, *, but: str | None = None) -> None:
    """Remove every version of every object whose key begins so, all but one of them.

    Raises NotDestroyed when one is still there.
    """
    bucket = cloud.settings.papers
    for page in cloud.files.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        versions: list[ObjectIdentifierTypeDef] = [
            {"Key": version["Key"], "VersionId": version["VersionId"]}
            for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            if version["Key"] != but
        ]
        if not versions:
            continue
        answer = cloud.files.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        if answer.get("Errors"):
            raise NotDestroyed(prefix)
