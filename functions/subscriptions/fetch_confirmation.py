"""Fetch the confirmation of an order as a PDF: set by the function that sets contracts, always the same."""

import hashlib
import json

from botocore.exceptions import ClientError

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk, Look
from functions.shared.fields import Nothing
from functions.shared.job import Ask, Job
from functions.shared.refusal import NOT_FOUND
from functions.subscriptions.fetch_contract import Link, link, typeset
from functions.subscriptions.order_words import confirmation
from functions.subscriptions.orders import ONE, reads


def fetch_confirmation(desk: Desk, ask: Ask[Nothing]) -> Link:
    """A link to the confirmation of one of the reader's orders."""
    asked, order = desk.reads(ask, lambda email: reads(ask, email))
    wording = confirmation(order, ask.settings.supplier, asked.language)
    content = json.dumps(wording, ensure_ascii=False, sort_keys=True)
    key = f"orders/{hashlib.sha256(content.encode()).hexdigest()}.pdf"
    version = _version(desk.cloud, key)
    if version is None:
        typeset(desk.cloud, {"order": wording, "at": clock.rfc3339(order.placed_at), "key": key})
        version = _version(desk.cloud, key)
    assert version is not None  # noqa: S101 — it was stored just now, and the store reads its own writes
    return link(desk.cloud, key, version, "attachment", order.id)


def _version(cloud: Cloud, key: str) -> str | None:
    try:
        return cloud.files.head_object(Bucket=cloud.settings.contracts, Key=key)["VersionId"]
    except ClientError as error:
        if error.response["Error"].get("Code") not in ("404", "NoSuchKey"):
            raise
    return None


FETCH = Job(
    name="fetch-confirmation",
    method="GET",
    path=f"{ONE}/confirmation",
    body=Nothing,
    answer=Link,
    does=Look(fetch_confirmation),
    refuses=(NOT_FOUND,),
)
