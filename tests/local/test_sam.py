"""What `make sam-local` does besides SAM: containers reach the desk's AWS, and have the variables of its functions."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.local import template
from infra.local.sam import Relay, environments, gateway, reachable
from infra.local.server import Server
from tests.desk import Desk

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@pytest.fixture
def served() -> Iterator[int]:
    """A port of the loopback at which each body is answered with itself."""

    def echo(environ, start_response):  # type: ignore[no-untyped-def]
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    server = Server(0).start(echo)
    yield server.port
    server.stop()


def test_a_relay_passes_on_what_both_sides_say(served: int) -> None:
    relay = Relay("127.0.0.1", served)
    relay.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{relay.port}") as client:
        for content in (b"", b"a" * 300_000):
            assert client.post("/", content=content).content == content


def test_a_relay_is_left_by_who_finds_nobody(served: int) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        relay = Relay("127.0.0.1", free.getsockname()[1])
        relay.start()
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{relay.port}", timeout=5)


def test_docker_desktop_reaches_the_machine_by_name() -> None:
    assert reachable("http://127.0.0.1:4321", None) == "http://host.docker.internal:4321"


@pytest.mark.parametrize(
    "configuration", [{"Subnet": "172.17.0.0/16"}, {"Subnet": "10.0.0.0/8", "Gateway": "172.17.0.1"}]
)
def test_the_bridge_has_the_address_that_docker_gave_it(configuration: dict[str, str]) -> None:
    assert gateway(configuration) == "172.17.0.1"


def test_the_desk_tells_what_its_functions_run_with(desk: Desk) -> None:
    told = httpx.get(f"{desk.url}/_local/functions.json").json()
    assert told["endpoint"] == desk.cloud.aws.url
    assert told["environment"].keys() == desk.cloud.stack.functions.keys()
    assert all(own["TABLE"] in desk.cloud.stack.tables() for own in told["environment"].values())


def test_the_template_declares_the_endpoint_that_containers_are_given(desk: Desk) -> None:
    declared = template.load(TEMPLATE)["Globals"]["Function"]["Environment"]["Variables"]
    assert "AWS_ENDPOINT_URL" in declared
    assert not any("AWS_ENDPOINT_URL" in function.environment for function in desk.cloud.stack.functions.values())


def test_containers_have_the_desks_variables_but_no_cloudfront_before_them(desk: Desk) -> None:
    functions = desk.cloud.stack.functions
    made = environments({name: function.environment for name, function in functions.items()}, "http://elsewhere:1")
    for name, function in functions.items():
        assert made[name] == {**function.environment, "AWS_ENDPOINT_URL": "http://elsewhere:1", "ORIGIN_SECRET": ""}
