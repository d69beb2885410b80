"""Sending a journey's call through the gateway, as it is or with something changed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from functions.shared.job import AnyJob
from infra.local import template
from tests.desk import Client, Desk
from tests.journeys import JOURNEYS, Call, Journey
from tests.journeys.given import Given

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


def jobs() -> Iterator[AnyJob]:
    """Every job of every function that the API reaches."""
    for resource in template.load(TEMPLATE)["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            events = resource["Properties"].get("Events", {}).values()
            if any(event["Type"] == "HttpApi" for event in events):
                yield from import_module(resource["Properties"]["Handler"].rpartition(".")[0]).JOBS


JOBS: dict[str, AnyJob] = {job.name: job for job in jobs()}


def journey(job: str, given: Given) -> Journey:
    """The job's own journey, begun. Raises KeyError for a job that has none."""
    return JOURNEYS[job](given)


def call(job: str, given: Given) -> Call:
    """The call of the job's own journey."""
    begun = journey(job, given).call
    assert isinstance(begun, Call)
    return begun


def unlike(begun: Call, **changes: Any) -> Call:
    """The call with something changed."""
    return replace(begun, **changes)


class Caller:
    """Sends calls to the gateway of the local cloud."""

    def __init__(self, desk: Desk, given: Given) -> None:
        self._desk = desk
        self._given = given

    def send(
        self,
        begun: Call,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        cookie: str | None = None,
        method: str | None = None,
    ) -> httpx.Response:
        """What is answered; `cookie` and `content` take the place of the call's own."""
        client = Client(self._desk.url, network=self._given.network)
        cookie = cookie if cookie is not None else self._given.cookies.get(begun.by or "", "")
        for one in (cookie, begun.cookie):
            if one:
                name, _, value = one.partition("=")
                client.cookies[name] = value
        path = begun.job.path.format_map({name: quote(value, safe="") for name, value in begun.values.items()})
        sent = {**begun.headers, **(headers or {})}
        if begun.file is not None and content is None:
            content = begun.file
            sent.setdefault("Content-Type", str(begun.job.file))
        options: dict[str, Any] = {"headers": sent, "key": ... if key is None else key}
        try:
            return client.call(
                method or begun.job.method,
                f"{path}?{begun.query}" if begun.query else path,
                begun.body,
                content=content,
                **options,
            )
        finally:
            client.close()
