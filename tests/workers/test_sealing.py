"""The sealing worker: one sealed file for a signature, whatever is repeated or breaks on the way."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import load_pem_x509_certificates

from functions.contracts import render
from functions.contracts.verify import verify
from functions.contracts.words import words
from functions.shared import outbox
from functions.shared.clock import rfc3339
from functions.shared.cloud import Cloud
from functions.shared.items import Item
from functions.shared.settings import Settings
from functions.shared.store import Conflict
from functions.subscriptions.agreement import Agreement, agreement_key, read_key, sealed_key
from functions.subscriptions.subscription import partition
from functions.verification import app as verification
from functions.workers import sealing, typesetting
from infra.firm import company
from infra.local.api import EDGE, from_cloudfront
from infra.local.certificate import issue_test_chain
from infra.local.resources import Stack
from tests.contracts.examples import aws, contract, evidence

SUBSCRIPTION = "s-1"
TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@dataclass
class Signed:
    """A cloud in which one contract was drawn up and signed, and the stream's record of that."""

    cloud: Cloud
    record: dict[str, Any]
    chain: bytes

    def run(self) -> dict[str, Any]:
        """The worker on its record; returns the failures that it reports."""
        return sealing.create(self.cloud)({"Records": [self.record]}, None)

    def agreement(self) -> Agreement:
        key = agreement_key(SUBSCRIPTION)
        item = self.cloud.store.item(key)
        assert item
        return Agreement.stored(item)

    def happened(self) -> list[Item]:
        return [item for _, item in self.cloud.store.query(partition(SUBSCRIPTION), first="EVENT#", last="EVENT#~")]

    def set_aside(self) -> list[str | None]:
        """Why what is left to a sweep could not be done."""
        return [mark.cause for mark in outbox.overdue(self.cloud.store, "sealing", datetime.now(UTC))]

    def versions(self) -> list[Any]:
        """What the store has ever had under the sealed file's name."""
        listed = self.cloud.files.list_object_versions(
            Bucket=self.cloud.settings.contracts, Prefix=sealed_key(SUBSCRIPTION)
        )
        return [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]

    def stored(self) -> bytes:
        return self.cloud.files.get_object(Bucket=self.cloud.settings.contracts, Key=sealed_key(SUBSCRIPTION))[
            "Body"
        ].read()


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with aws() as found:
        yield dict(found)


@pytest.fixture
def signed(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Signed:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    name = "t" + hashlib.sha256(request.node.name.encode()).hexdigest()[:12]
    stack = Stack(TEMPLATE, name, company("example.com") | {"Stage": "prod", "SiteUrl": "https://desk.example.com"})
    cloud = Cloud(Settings.from_environment(stack.environment()))
    public_key = cloud.kms.get_public_key(KeyId=cloud.settings.sealing_key)["PublicKey"]
    chain = issue_test_chain(public_key, "Guichet Software SAS")
    cloud.files.put_object(Bucket=cloud.settings.contracts, Key="seals/2026.pem", Body=chain)

    drawn_up = contract("fr")
    sha256 = typesetting.create(cloud)({"contract": drawn_up.facts()}, None)["sha256"]
    signature = evidence(drawn_up, b"", read_sha256=sha256).facts()
    del signature["sealed_at"]
    cloud.store.commit([Agreement(SUBSCRIPTION, drawn_up.facts(), sha256, signature).put_new()])
    at = signature["signed_at"]
    image = {
        "PK": {"S": partition(SUBSCRIPTION)},
        "SK": {"S": f"EVENT#{at}#e1"},
        "event_id": {"S": "e1"},
        "type": {"S": "subscription_signed"},
        "at": {"S": at},
        "by": {"S": signature["account"]},
    }
    return Signed(
        cloud,
        {"dynamodb": {"NewImage": image, "SequenceNumber": "7", "ApproximateCreationDateTime": time.time()}},
        chain,
    )


DONE: dict[str, Any] = {"batchItemFailures": []}
FAILED = {"batchItemFailures": [{"itemIdentifier": "7"}]}


def assert_sealed_once(signed: Signed) -> None:
    """One file, whole, locked, marked by its hash and told of once."""
    (version,) = signed.versions()
    stored = signed.stored()
    verdict = verify(stored, [load_pem_x509_certificates(signed.chain)])
    assert verdict.whole
    assert verdict.evidence is not None
    agreement = signed.agreement()
    sha256 = hashlib.sha256(stored).hexdigest()
    assert agreement.sealed == {"sha256": sha256, "sealed_at": rfc3339(verdict.evidence.sealed_at)}
    assert [(one["type"], one["data"]["sha256"]) for one in signed.happened()] == [("contract_sealed", sha256)]
    kept = signed.cloud.files.head_object(Bucket=signed.cloud.settings.contracts, Key=sealed_key(SUBSCRIPTION))
    assert kept["VersionId"] == version["VersionId"]
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    assert kept["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=3650)


def test_drawing_up_stores_the_file_under_its_hash(signed: Signed) -> None:
    sha256 = signed.agreement().read_sha256
    stored = signed.cloud.files.get_object(Bucket=signed.cloud.settings.contracts, Key=read_key(sha256))["Body"].read()
    assert hashlib.sha256(stored).hexdigest() == sha256
    assert typesetting.create(signed.cloud)({"contract": contract("fr").facts()}, None) == {"sha256": sha256}


def test_a_signature_is_sealed(signed: Signed) -> None:
    assert signed.run() == DONE
    assert_sealed_once(signed)


def test_a_record_seen_twice_is_sealed_once(signed: Signed) -> None:
    assert signed.run() == signed.run() == DONE
    assert_sealed_once(signed)


def test_a_crash_after_storing_is_made_good(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(writes: object) -> None:
        raise Conflict

    with monkeypatch.context() as patched:
        patched.setattr(signed.cloud.store, "commit", crash)
        assert signed.run() == FAILED
    assert signed.agreement().sealed is None
    stored = signed.stored()
    assert signed.run() == DONE
    assert signed.stored() == stored
    assert_sealed_once(signed)


def test_without_the_key_nothing_is_stored(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(signed.cloud.kms, "sign", lambda **_: {"Signature": bytes(384)})
        assert signed.run() == DONE
    assert signed.versions() == []
    assert signed.set_aside() == ["NotWhole"]
    assert signed.run() == DONE
    assert_sealed_once(signed)


def test_a_doubtful_file_in_its_place_is_never_marked(signed: Signed) -> None:
    signed.cloud.files.put_object(
        Bucket=signed.cloud.settings.contracts, Key=sealed_key(SUBSCRIPTION), Body=b"something else"
    )
    # Lambda need not try it again: it fails by itself, which the dead letters are told.
    assert signed.run() == DONE
    assert signed.set_aside() == ["NotWhole"]
    assert signed.agreement().sealed is None
    assert signed.happened() == []


@pytest.mark.parametrize("broken", ["no font", "no proof"])
def test_what_does_not_say_its_names_is_never_sealed(
    signed: Signed, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    agreement = signed.agreement()
    signed.cloud.store.commit([replace(agreement, signature={**(agreement.signature or {}), "signer": "王小明"}).put()])
    with monkeypatch.context() as patched:
        if broken == "no font":
            patched.setattr(render, "families", lambda text: ())
        else:
            patched.setattr(render, "words", lambda contract, evidence: words(contract))
        assert signed.run() == DONE
    assert signed.set_aside() == ["TypstError" if broken == "no font" else "Unreadable"]
    assert signed.versions() == []
    assert signed.agreement().sealed is None


def test_nothing_is_sealed_before_there_is_a_certificate_and_then_it_is(signed: Signed) -> None:
    bucket, name = signed.cloud.settings.contracts, "seals/2026.pem"
    signed.cloud.files.delete_object(Bucket=bucket, Key=name)
    assert signed.run() == FAILED
    signed.record["dynamodb"]["ApproximateCreationDateTime"] -= 60
    assert signed.run() == DONE
    assert signed.set_aside() == ["NoCertificate"]
    signed.cloud.files.put_object(Bucket=bucket, Key=name, Body=signed.chain)
    assert signed.run() == DONE
    assert signed.set_aside() == []
    assert_sealed_once(signed)


def test_two_runs_at_the_same_time_leave_one_file(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    store_first = sealing._store_first

    def overtaken(cloud: Cloud, name: str, pdf: bytes) -> None:
        monkeypatch.setattr(sealing, "_store_first", store_first)
        assert signed.run() == DONE
        store_first(cloud, name, pdf)

    monkeypatch.setattr(sealing, "_store_first", overtaken)
    assert signed.run() == FAILED  # the other run has marked it in the meantime
    assert signed.run() == DONE
    assert_sealed_once(signed)


def test_anyone_can_have_the_sealed_file_verified(signed: Signed) -> None:
    signed.run()
    [secret, _] = signed.cloud.origin_secrets or ("", "")

    def asked(body: bytes, content_type: str = "application/pdf") -> tuple[int, dict[str, Any]]:
        answer = verification.create(signed.cloud)(
            {
                "rawPath": "/api/contracts/verification",
                "headers": {"content-type": content_type, **from_cloudfront("[::1]:46532", secret)},
                "requestContext": {"requestId": "r", "http": {"method": "POST", "path": "/", "sourceIp": EDGE}},
                "body": base64.b64encode(body).decode(),
                "isBase64Encoded": True,
            },
            None,
        )
        return answer["statusCode"], json.loads(answer["body"])

    signature = evidence(contract("fr"), b"").facts()
    sealed_at = (signed.agreement().sealed or {})["sealed_at"]
    assert asked(signed.stored()) == (
        200,
        {
            "ours": True,
            "whole": True,
            "signed_by": signature["signer"],
            "signed_at": signature["signed_at"],
            "sealed_at": sealed_at,
        },
    )
    nothing_known = {"signed_by": None, "signed_at": None, "sealed_at": None}
    assert asked(signed.stored() + b" ") == (200, {"ours": True, "whole": False, **nothing_known})
    assert asked(b"%PDF-1.7") == (200, {"ours": False, "whole": False, **nothing_known})
    assert asked(bytes(10 * 1024 * 1024 + 1))[1]["code"] == "too_large"
    assert asked(signed.stored(), "application/json")[1]["code"] == "unsupported_media_type"
