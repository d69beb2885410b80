"""The worker of e-mails: one for each event and recipient, in the recipient's language, whoever hands it over."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from typing import Any

import pytest

from functions.shared import clock, log, outbox
from functions.workers import notifications
from tests import kept
from tests.desk import Desk
from tests.functions.everywhere import Caller, call
from tests.journeys.given import Given


@pytest.fixture
def given(cloud: Desk) -> Given:
    """People of the test's own."""
    return Given(kept.cloud())


@pytest.fixture
def record(cloud: Desk, given: Given) -> Iterator[dict[str, Any]]:
    """A record of the stream that nobody else works on."""
    with cloud.cloud.nothing_delivered():
        yield _record(cloud, given)


def _record(cloud: Desk, given: Given) -> dict[str, Any]:
    stream = cloud.cloud.aws.stream(cloud.cloud.stack.tables()[0])
    start = stream.end()
    recipient = given.person("reader", language="fr")
    said = {"product": "<b>PROFIS</b> & Co", "contract_number": "G-2026-900001", "subscription": "s"}
    given.event("s", "user_added", "admin@example.com", 0, email=recipient, language="en", **said)
    return [each for each in stream.records(start, 100) if "event_id" in each["dynamodb"]["NewImage"]][-1]


def test_a_record_handed_over_twice_is_one_mail(cloud: Desk, given: Given, record: dict[str, Any]) -> None:
    worker = notifications.create(given.cloud)
    for _ in range(2):
        assert worker({"Records": [record, record]}, None) == {"batchItemFailures": []}
    assert len(_mails(cloud, given)) == 1


def test_a_record_handed_to_many_at_once_is_one_mail(
    cloud: Desk, given: Given, record: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "_LOOK_EVERY_SECONDS", 0.01)
    worker = notifications.create(given.cloud)
    _ = given.cloud.mail, given.cloud.store
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: worker({"Records": [record]}, None), range(4)))
    # One that lost the race to the claim reports it, and is handed the record again.
    assert sum(not answer["batchItemFailures"] for answer in answers) >= 1
    assert len(_mails(cloud, given)) == 1


def test_what_cannot_be_handed_over_is_logged_as_failed_until_it_is(
    given: Given, record: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = notifications.create(given.cloud)
    with monkeypatch.context() as broken:
        broken.setattr(notifications, "send", _fails)
        assert worker({"Records": [record]}, None)["batchItemFailures"]
        assert [entry["state"] for entry in _logged(given)] == ["failed"]
    assert worker({"Records": [record]}, None) == {"batchItemFailures": []}
    [entry] = _logged(given)
    assert entry["state"] in ("sent", "delivered")
    assert entry["subject"] == "Vous pouvez désormais utiliser <b>PROFIS</b> & Co (G-2026-900001)"


def _fails(*sent: object) -> None:
    raise TimeoutError


def _logged(given: Given) -> list[Any]:
    return [item for key, item in given.of_person(given.address("reader")).items() if key.sk.startswith("MAIL#")]


def test_it_is_in_the_recipients_language_and_escaped(cloud: Desk, given: Given, record: dict[str, Any]) -> None:
    notifications.create(given.cloud)({"Records": [record]}, None)
    [mail] = _mails(cloud, given)
    assert "Vous pouvez désormais utiliser" in mail.subject
    assert "<b>PROFIS</b> & Co" in mail.text
    assert "<b>PROFIS" not in mail.html
    assert "&lt;b&gt;PROFIS&lt;/b&gt; &amp; Co" in mail.html
    assert 'lang="fr"' in mail.html


@pytest.mark.parametrize("name", ["the-set", ""])
def test_ses_is_told_where_to_say_what_becomes_of_it(
    given: Given, record: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert given.cloud.settings.configuration_set
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(given.cloud.mail, "send_email", lambda **options: sent.append(options))
    monkeypatch.setattr(given.cloud, "settings", replace(given.cloud.settings, configuration_set=name))
    notifications.create(given.cloud)({"Records": [record]}, None)
    [options] = sent
    assert options.get("ConfigurationSetName", "") == name


def test_what_fails_by_itself_is_set_aside_and_logged_without_names(
    given: Given, record: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    broken = json.loads(json.dumps(record))
    del broken["dynamodb"]["NewImage"]["data"]["M"]["product"]
    broken["dynamodb"]["NewImage"]["event_id"] = {"S": "bad"}
    answer = notifications.create(given.cloud)({"Records": [broken, record]}, None)
    assert answer == {"batchItemFailures": []}
    aside = [mark for mark in outbox.overdue(given.store, "notifications", clock.now()) if mark.id == "bad"]
    assert [(mark.tries, mark.cause) for mark in aside] == [(1, "KeyError")]
    given.store.remove(aside[0].key)
    logged = capsys.readouterr().out
    assert "event failed" in logged
    assert "@" not in logged


def test_the_mails_line_says_what_set_it_off(cloud: Desk, given: Given, capsys: pytest.CaptureFixture[str]) -> None:
    begun = call("add-user", given)
    capsys.readouterr()
    response = Caller(cloud, given).send(begun)
    cloud.settle()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    [answered] = [line for line in lines if line.get("message") == "answered"]
    [sent] = [line for line in lines if line.get("message") == "mail sent"]
    assert answered["request_id"] == answered["correlation_id"] == response.headers["X-Request-Id"]
    assert sent["correlation_id"] == answered["correlation_id"]
    keys = given.cloud.keys
    assert (answered["person"], sent["person"]) == (
        log.person(keys, str(begun.by)),
        log.person(keys, str((begun.body or {})["email"])),
    )
    assert answered["Jobs"] == 1
    assert [line["MailsSent"] for line in lines if "MailsSent" in line] == [[1.0]]
    assert sent["function"] != answered["function"]


def _mails(cloud: Desk, given: Given) -> list[Any]:
    return [mail for mail in cloud.cloud.mails() if mail.to == given.address("reader")]
