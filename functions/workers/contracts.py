"""Draws a contract up when the portal's function asks: sets it, and stores the file with its words."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, on_first_call
from functions.subscriptions.agreement import read_key, text_key
from functions.workers.contract.document import Contract
from functions.workers.contract.render import render
from functions.workers.contract.words import words


def create(cloud: Cloud) -> Handler:
    """The function on a cloud of its own: `{"contract": facts}` in, `{"sha256": of the file}` out."""

    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        contract = Contract.of(event["contract"])
        pdf = render(contract)
        sha256 = hashlib.sha256(pdf).hexdigest()
        for key, body, content_type in (
            (read_key(sha256), pdf, "application/pdf"),
            (text_key(sha256), json.dumps(words(contract), ensure_ascii=False).encode(), "application/json"),
        ):
            cloud.files.put_object(
                Bucket=cloud.settings.contracts,
                Key=key,
                Body=body,
                ContentType=content_type,
                ChecksumAlgorithm="SHA256",
            )
        return {"sha256": sha256}

    return handler


handler = on_first_call(create)
