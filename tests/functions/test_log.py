"""The log: lines that say what they are about, and nothing of another request; what they measure; and nobody's name."""

import gc
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from functions.shared import entry, log, metrics
from functions.shared.keys import Keys
from functions.shared.log import Line
from functions.shared.metrics import Measured
from functions.workers import powertools

WRITERS = pytest.mark.parametrize("write", [log.write, powertools.write], ids=["lean", "powertools"])

NEEDED = "TABLE USER_POOL USER_POOL_CLIENT SECRET SENDER SITE_URL CONTRACTS SUPPLIER PAPERS"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was written since."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@WRITERS
def test_a_line_says_what_it_is_about(write: Callable[[Line], None], capsys: pytest.CaptureFixture[str]) -> None:
    with log.about(write, service="desk", request_id="r-1"):
        log.add(person="p-1")
        log.line("answered", level="WARNING", status=200, code=None)
    [said] = lines(capsys)
    assert said.pop("timestamp").endswith(("Z", "+00:00"))
    assert said == {
        "level": "WARNING",
        "message": "answered",
        "service": "desk",
        "request_id": "r-1",
        "person": "p-1",
        "status": 200,
    }


@WRITERS
def test_what_is_over_is_in_no_later_line(write: Callable[[Line], None], capsys: pytest.CaptureFixture[str]) -> None:
    with log.about(write, function="Due"):
        with log.about(request_id="r-1"):
            log.add(person="p-1")
        log.line("next")
    log.add(person="p-2")
    log.line("last")
    written = lines(capsys)
    assert [line.get("function") for line in written] == ["Due", None]
    assert not any({"request_id", "person"} & line.keys() for line in written)


@WRITERS
def test_requests_at_once_do_not_mix(write: Callable[[Line], None], capsys: pytest.CaptureFixture[str]) -> None:
    together = threading.Barrier(8)

    def answer(number: int) -> None:
        with log.about(write, request_id=f"r-{number}"):
            together.wait()
            log.add(person=f"p-{number}")
            together.wait()
            log.line("answered", Measured(metrics.REFUSALS), number=number, code=f"c-{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answer, range(8)))
    written = lines(capsys)
    said = [line for line in written if "number" in line]
    assert sorted(line["number"] for line in said) == list(range(8))
    assert all(line["request_id"] == f"r-{line['number']}" for line in said)
    assert all(line["person"] == f"p-{line['number']}" for line in said)
    assert sorted(line["code"] for line in written if "_aws" in line) == [f"c-{number}" for number in range(8)]


@WRITERS
def test_what_is_measured_is_read_by_cloudwatch(
    write: Callable[[Line], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with log.about(write, service="desk"):
        seconds = Measured(metrics.SECONDS_TO_MAIL, 2.5)
        log.line("answered", Measured(metrics.JOBS), seconds, outcome="done")
    found = {}
    for said in lines(capsys):
        for directive in said.get("_aws", {}).get("CloudWatchMetrics", []):
            [metric], [by] = directive["Metrics"], directive["Dimensions"]
            dimensions = {name: said[name] for name in by}
            value = said[metric["Name"]]
            found[metric["Name"]] = (directive["Namespace"], metric["Unit"], dimensions, value)
            assert said["_aws"]["Timestamp"] > 1_700_000_000_000
    # Powertools writes a list of values.
    plain = {name: (*rest, value[0] if isinstance(value, list) else value) for name, (*rest, value) in found.items()}
    assert plain == {
        "Jobs": ("Guichet", "Count", {"service": "desk", "outcome": "done"}, 1),
        "SecondsToMail": ("Guichet", "Seconds", {"service": "desk"}, 2.5),
    }


def test_a_metric_without_its_dimension_is_an_error() -> None:
    with pytest.raises(KeyError, match="outcome"):
        log.line("answered", Measured(metrics.JOBS))


def test_a_person_is_told_by_nobody_who_lacks_the_key() -> None:
    key, other = Keys(b"one"), Keys(b"other")
    assert log.person(key, "a@example.com") == log.person(key, "a@example.com")
    assert len({log.person(key, "a@example.com"), log.person(key, "b@example.com")}) == 2
    assert log.person(other, "a@example.com") != log.person(key, "a@example.com")


def test_what_failed_is_awss_own_code() -> None:
    assert log.cause(ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetItem")) == "AccessDenied"
    assert log.cause(ClientError({}, "GetItem")) == "ClientError"
    assert log.cause(ConnectionClosedError(endpoint_url="http://desk")) == "ConnectionClosedError"
    assert log.cause(ValueError("a@example.com")) == "ValueError"


def test_in_lambda_it_is_made_at_import_and_elsewhere_at_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Made:
        def __init__(self, settings: Any) -> None:
            self.settings = settings

        @property
        def store(self) -> None:
            made.append("store")

    def create(cloud: Any) -> entry.Handler:
        made.append("handler")
        return lambda event, context: {}

    monkeypatch.setattr(entry, "Cloud", Made)
    for name in NEEDED.split():
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    handler = entry.enter(create, "store")
    assert not made
    assert [handler({}, None), handler({}, None)] == [{}, {}]
    assert made == ["store", "handler"]
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "desk")
    entry.enter(create, "store")
    assert made == ["store", "handler"] * 2
    gc.unfreeze()


def test_in_lambda_garbage_is_looked_for_only_once_all_is_made() -> None:
    look = "import gc, sys; print(gc.isenabled(), gc.get_freeze_count() > 0, file=sys.stderr)"
    code = f"import functions; {look}; import functions.subscriptions.app; {look}"
    environment = dict.fromkeys([*NEEDED.split(), "AWS_LAMBDA_FUNCTION_NAME", "AWS_DEFAULT_REGION"], "x")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, text=True, check=True)
    assert ran.stderr.split() == ["False", "False", "True", "True"]
