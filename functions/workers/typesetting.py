"""Sets a document when the portal's function asks: a contract, stored with its words, or an order's confirmation."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.contracts.document import Contract
from functions.contracts.render import render, render_confirmation
from functions.contracts.words import words
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.subscriptions.agreement import read_key, text_key
from functions.workers import powertools


def create(cloud: Cloud) -> Handler:
    """The function on a cloud of its own: `{"sha256": of the file}` out.

    In goes `{"contract": facts}`, or `{"order": wording, "at": time, "key": where it is stored}`.
    """

    def store(key: str, body: bytes, content_type: str) -> None:
        cloud.files.put_object(
            Bucket=cloud.settings.contracts,
            Key=key,
            Body=body,
            ContentType=content_type,
            ChecksumAlgorithm="SHA256",
        )

    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        if "order" in event:
            pdf = render_confirmation(event["order"], datetime.fromisoformat(event["at"]))
            store(event["key"], pdf, "application/pdf")
            return {"sha256": hashlib.sha256(pdf).hexdigest()}
        contract = Contract.of(event["contract"])
        pdf = render(contract)
        sha256 = hashlib.sha256(pdf).hexdigest()
        store(read_key(sha256), pdf, "application/pdf")
        store(text_key(sha256), json.dumps(words(contract), ensure_ascii=False).encode(), "application/json")
        return {"sha256": sha256}

    return handler


handler = enter(create, "files", write=powertools.write)
