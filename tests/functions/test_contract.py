"""The contract: for its administrator alone, by a link that works for five minutes, and only if the file is the one."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from functions.subscriptions.agreement import Agreement, agreement_key, overdue, read_key, sealed_key
from tests import kept
from tests.desk import Client, Desk

CAMILLE, LEA, ALEX, NOOR = (
    "camille.durand@example.com",
    "lea.petit@example.com",
    "alex.morgan@example.com",
    "noor.haddad@example.com",
)
TO_SIGN, SIGNED = "camille-awaiting-signature", "camille-active"


class InFiveMinutes(datetime):
    """The store's clock, moved."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(minutes=5)


def contract(client: Client, name: str) -> dict[str, Any]:
    answer = client.get(f"/api/subscriptions/{name}/contract")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def sealed(desk: Desk, client: Client, name: str = SIGNED) -> dict[str, Any]:
    """The sealed contract of a demo subscription, which is sealed when it is first asked for."""
    contract(client, name)
    desk.settle()
    return contract(client, name)


def files(prefix: str) -> list[str]:
    cloud = kept.cloud()
    listed = cloud.files.list_objects_v2(Bucket=cloud.settings.contracts, Prefix=prefix)
    return [one["Key"] for one in listed.get("Contents", [])]


def replace_file(key: str, content: bytes) -> None:
    """What somebody with access to the bucket could do: a newer version of a file."""
    cloud = kept.cloud()
    cloud.files.put_object(Bucket=cloud.settings.contracts, Key=key, Body=content)


@pytest.mark.parametrize("name", ["awaiting-terms", "awaiting-activation", "trial", "trial-ended"])
def test_before_the_activation_there_is_none(desk: Desk, name: str) -> None:
    for path in ("contract", "contract/words"):
        answer = desk.client(CAMILLE).get(f"/api/subscriptions/camille-{name}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_contract_yet")


def test_before_the_signature_it_is_the_file_to_read(desk: Desk) -> None:
    shown = contract(desk.client(CAMILLE), TO_SIGN)
    assert (shown["signed"], shown["sealing"]) == (False, False)
    file = httpx.get(shown["url"])
    assert file.headers["content-disposition"].startswith("inline")
    assert hashlib.sha256(file.content).hexdigest() == shown["sha256"]


def test_signed_it_is_the_sealed_file_to_download(desk: Desk) -> None:
    shown = sealed(desk, desk.client(CAMILLE))
    assert (shown["signed"], shown["sealing"]) == (True, False)
    file = httpx.get(shown["url"])
    number = kept.read_subscription(SIGNED).contract_number
    assert file.headers["content-disposition"] == f'attachment; filename="{number}.pdf"'
    assert file.content.startswith(b"%PDF-")
    assert hashlib.sha256(file.content).hexdigest() == shown["sha256"]


def test_a_sealed_file_that_is_overdue_is_asked_for_again_once_a_minute(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    contract(camille, SIGNED)
    contract(camille, SIGNED)
    desk.settle()
    types = [event["type"] for event in kept.events(SIGNED)]
    # That it came about as contracts do, the demo's history says too.
    came_about = ["subscription_activated", "subscription_signed", "terms_accepted", "user_added"]
    assert sorted(types) == ["contract_sealed", "sealing_overdue", *came_about]
    assert files("sealed/") == [sealed_key(SIGNED)]


def test_a_minute_after_the_signature_it_is_overdue() -> None:
    signed_at = datetime(2026, 11, 24, 14, 0, 5, tzinfo=UTC)
    signing = Agreement(
        "s-1", {"product": "PROFIS"}, "ab", {"signed_at": "2026-11-24T14:00:05.000000Z", "account": CAMILLE}
    )
    assert overdue(signing, signed_at + timedelta(seconds=59)) is None
    late = [overdue(signing, signed_at + timedelta(seconds=seconds)) for seconds in (60, 119, 120)]
    assert late[0] == late[1] != late[2]
    unsigned = Agreement("s-1", {"product": "PROFIS"}, "ab")
    assert overdue(unsigned, signed_at + timedelta(days=1)) is None


def test_the_words_are_those_of_the_file(desk: Desk) -> None:
    answer = desk.client(CAMILLE).get(f"/api/subscriptions/{TO_SIGN}/contract/words").json()
    subscription = kept.read_subscription(TO_SIGN)
    assert answer["language"] == "fr"
    assert answer["consent"] == "J’ai lu le contrat et je le signe."
    assert answer["contract"]["number"] == f"Contrat n°\u00a0{subscription.contract_number}"
    assert answer["contract"]["sections"][0]["table"]["row"][3] == str(subscription.seats)


def test_the_link_works_for_five_minutes_at_most_and_not_for_another_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = contract(desk.client(CAMILLE), TO_SIGN)
    lasts = datetime.fromisoformat(shown["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4, seconds=30) < lasts <= timedelta(minutes=5)
    [seconds] = parse_qs(urlsplit(shown["url"]).query)["X-Amz-Expires"]
    assert int(seconds) == 300
    url = shown["url"]
    assert httpx.get(url).status_code == 200
    assert httpx.get(url.partition("?")[0]).status_code == 403
    assert httpx.get(url.replace(TO_SIGN, SIGNED).replace("read/", "sealed/")).status_code == 403
    assert httpx.get(url.replace("inline", "attachment")).status_code == 403
    monkeypatch.setattr("infra.local.objects.datetime", InFiveMinutes)
    assert httpx.get(url).status_code == 403


def test_moving_the_business_clock_does_not_end_the_link(desk: Desk) -> None:
    shown = contract(desk.client(CAMILLE), TO_SIGN)
    desk.advance("1d")
    assert httpx.get(shown["url"]).status_code == 200


def test_only_the_administrator_gets_it(desk: Desk) -> None:
    for path in ("contract", "contract/words"):
        address = f"/api/subscriptions/{SIGNED}/{path}"
        assert desk.client(LEA).get(address).json()["code"] == "forbidden"
        assert desk.client(NOOR).get(address).json()["code"] == "not_found"
        assert desk.client().get(address).json()["code"] == "not_signed_in"


def test_the_new_administrator_gets_it_and_the_former_one_does_not(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    camille.post(f"/api/subscriptions/{SIGNED}/administrator", {"email": LEA})
    assert sealed(desk, desk.client(LEA))["signed"]
    assert camille.get(f"/api/subscriptions/{SIGNED}/contract").json()["code"] == "not_found"


@pytest.mark.parametrize("content", [b"%PDF-1.7 another contract", b""])
def test_a_file_that_was_replaced_is_never_handed_out(desk: Desk, content: bytes) -> None:
    camille = desk.client(CAMILLE)
    shown = contract(camille, TO_SIGN)
    replace_file(read_key(shown["sha256"]), content)
    answer = camille.get(f"/api/subscriptions/{TO_SIGN}/contract")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    # The link of before names the very version that was checked.
    assert hashlib.sha256(httpx.get(shown["url"]).content).hexdigest() == shown["sha256"]


def test_a_file_to_read_that_is_lost_is_set_again_to_the_same_bytes(desk: Desk) -> None:
    camille, cloud = desk.client(CAMILLE), kept.cloud()
    sha256 = contract(camille, TO_SIGN)["sha256"]
    cloud.files.delete_object(Bucket=cloud.settings.contracts, Key=read_key(sha256))
    shown = contract(camille, TO_SIGN)
    assert hashlib.sha256(httpx.get(shown["url"]).content).hexdigest() == sha256


def test_a_contract_that_would_be_set_otherwise_now_is_not_handed_out(desk: Desk) -> None:
    key = agreement_key(TO_SIGN)
    agreement = Agreement.stored(kept.item(key))
    kept.store().put(replace(agreement, contract={**agreement.contract, "seats": 400}).put())
    answer = desk.client(CAMILLE).get(f"/api/subscriptions/{TO_SIGN}/contract")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


def test_the_bucket_is_locked_versioned_encrypted_and_private(desk: Desk) -> None:
    cloud = kept.cloud()
    bucket = cloud.settings.contracts
    assert cloud.files.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]["ObjectLockEnabled"]
    assert cloud.files.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    [rule] = cloud.files.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(cloud.files.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert sealed(desk, desk.client(ALEX), "alex-active")["signed"]
    held = cloud.files.head_object(Bucket=bucket, Key=sealed_key("alex-active"))
    assert held["ObjectLockMode"] == "COMPLIANCE"
    assert held["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=3652)
