"""The desk on the exact engine: all that it does on moto, over the table's own stream."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra import npm
from infra.local import exact
from infra.local.cloud import ROOT
from tests.desk import Client
from tests.local.test_process import served

USERS = "/api/subscriptions/alex-active-floating/users"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    if lacking := exact.missing():
        pytest.skip(f"the exact engine needs {lacking}")
    log = tmp_path / "log"
    with served(ROOT, log, ENGINE="exact") as (_, url):
        assert "its tables kept by DynamoDB Local" in log.read_text()
        yield url


def test_mails_follow_what_was_written_and_a_reset_brings_the_demo_data_back(url: str) -> None:
    def mailed() -> list[str]:
        return [mail["to"] for mail in httpx.get(f"{url}/_local/mail.json", timeout=60).json()]

    def names(client: Client) -> set[str]:
        return {user["email"] for user in client.get(USERS).json()["items"]}

    alex = Client(url).sign_in("alex.morgan@example.com")
    before = names(alex)
    assert alex.post(USERS, {"email": "new@example.com"}).status_code == 201
    assert names(alex) == before | {"new@example.com"}
    assert "new@example.com" in mailed()

    assert httpx.post(f"{url}/_local/clock", json={"advance": "2d"}, timeout=60).status_code == 200
    assert httpx.post(f"{url}/_local/reset", timeout=60).status_code == 200
    assert mailed() == []
    alex = Client(url).sign_in("alex.morgan@example.com")
    assert names(alex) == before
    assert alex.post(USERS, {"email": "other@example.com"}).status_code == 201
    assert mailed() == ["other@example.com"]


def test_what_is_fetched_must_be_the_file_that_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(exact, "_EMULATOR", exact._EMULATOR._replace(sha512="0" * 128))
    monkeypatch.setattr(npm, "runs", lambda command: True)
    monkeypatch.setattr(npm, "TOOLS", tmp_path / "tools")

    def packed(command: list[str], cwd: Path, **options: object) -> None:
        (cwd / "package.tgz").write_bytes(b"another")

    monkeypatch.setattr("infra.npm.subprocess.run", packed)
    with pytest.raises(npm.NotInstalled, match="is not the file that it was"):
        exact.install()
    assert list((tmp_path / "tools").iterdir()) == []


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(npm.NotInstalled, match=r"needs Java 17\."):
        exact.install()
