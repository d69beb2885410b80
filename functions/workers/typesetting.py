"""Sets a document when a function asks: a contract, stored with its words, an order's confirmation, invoices."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.contracts.document import Contract
from functions.contracts.invoice import render_invoice
from functions.contracts.render import render, render_confirmation
from functions.contracts.words import words
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.subscriptions.agreement import read_key, text_key
from functions.subscriptions.invoice import Invoice, file_key
from functions.workers import powertools


def create(cloud: Cloud) -> Handler:
    """The function on a cloud of its own: `{"sha256": of the file}` out.

    In goes `{"contract": facts}`, or `{"order": wording, "at": time, "key": where it is stored}`.

    Or `{"invoices": [facts]}`: those are stored that are not there, and the hash is the last one's. Or `{"archive":
    [where each file is], "key": where they are stored packed}`.
    """

    def store(key: str, body: bytes, content_type: str, **only: Any) -> str:
        sha256 = hashlib.sha256(body).hexdigest()
        cloud.files.put_object(
            Bucket=cloud.settings.contracts,
            Key=key,
            Body=body,
            ContentType=content_type,
            ChecksumAlgorithm="SHA256",
            Metadata={"sha256": sha256},
            **only,
        )
        return sha256

    def store_first(key: str, body: bytes) -> str:
        """The first file of an invoice stays, whatever its wordings become."""
        try:
            return store(key, body, "application/pdf", IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"].get("Code") != "PreconditionFailed":
                raise
        return _stored(cloud, key) or ""

    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        if "order" in event:
            pdf = render_confirmation(event["order"], datetime.fromisoformat(event["at"]))
            return {"sha256": store(event["key"], pdf, "application/pdf")}
        if "invoices" in event:
            sha256 = ""
            for invoice in map(Invoice.stored, event["invoices"]):
                key = file_key(invoice.number)
                sha256 = _stored(cloud, key) or store_first(key, render_invoice(invoice))
            return {"sha256": sha256}
        if "archive" in event:
            return {"sha256": store(event["key"], _packed(cloud, event["archive"]), "application/zip")}
        contract = Contract.of(event["contract"])
        pdf = render(contract)
        sha256 = hashlib.sha256(pdf).hexdigest()
        store(read_key(sha256), pdf, "application/pdf")
        store(text_key(sha256), json.dumps(words(contract), ensure_ascii=False).encode(), "application/json")
        return {"sha256": sha256}

    return handler


def _stored(cloud: Cloud, key: str) -> str | None:
    """The SHA-256 of a file, if it is there."""
    try:
        return cloud.files.head_object(Bucket=cloud.settings.contracts, Key=key)["Metadata"]["sha256"]
    except ClientError as error:
        if error.response["Error"].get("Code") not in ("404", "NoSuchKey"):
            raise
    return None


def _packed(cloud: Cloud, keys: Sequence[str]) -> bytes:
    """The files as a ZIP; the same ones give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for key in keys:
            content = cloud.files.get_object(Bucket=cloud.settings.contracts, Key=key)["Body"].read()
            archive.writestr(zipfile.ZipInfo(key.rpartition("/")[2]), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


handler = enter(create, "files", write=powertools.write)
