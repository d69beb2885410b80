"""`python -m infra.local.sam`: the running desk's functions in real Lambda containers, by `sam local start-api`.

Builds them for this machine's processor and starts their API on port 3000, against the AWS of the desk that runs on
PORT. Events, clock and mail stay with the desk.
"""

import asyncio
import ipaddress
import json
import os
import platform
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from infra.cloudformation import sam
from infra.local.aws import ACCESS_KEY, REGION, SECRET_KEY

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build/sam-local"
PORT = 3000
# Docker Desktop's name for the machine that it runs on; elsewhere the bridge has an address here.
_DESKTOP = "host.docker.internal"


def main() -> int:
    """Build and serve until it is told to end; 1 when no desk runs or Docker does not."""
    desk = f"http://localhost:{os.environ.get('PORT') or '8000'}"
    try:
        with urlopen(f"{desk}/_local/functions.json") as answer:  # noqa: S310 — the desk on this machine
            functions = json.load(answer)
    except URLError as error:
        return _failed(f"No desk answers at {desk} ({error.reason}): start it first, with make serve.")
    try:
        endpoint = reachable(functions["endpoint"], _bridge())
    except (OSError, subprocess.CalledProcessError) as error:
        return _failed(f"Docker cannot be asked for its network ({error}).")
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    BUILT.mkdir(parents=True, exist_ok=True)
    variables = BUILT / "variables.json"
    variables.write_text(json.dumps(environments(functions["environment"], endpoint)))
    overrides = ["--parameter-overrides", f"Architecture={architecture}"]
    environment = os.environ | {
        "ARCHITECTURE": architecture,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "SAM_CLI_TELEMETRY": "0",
    }
    build = sam("build", "--build-dir", str(BUILT / "functions"), *overrides)
    start = sam("local", "start-api", "--template", str(BUILT / "functions/template.yaml"), *overrides)
    start += ["--port", str(PORT), "--env-vars", str(variables), "--warm-containers", "LAZY"]
    start += shlex.split(os.environ.get("SAM_LOCAL_ARGS", ""))
    return _run(build, environment) or _run(start, environment)


def environments(of_the_desk: Mapping[str, Mapping[str, str]], endpoint: str) -> dict[str, dict[str, str]]:
    """The functions' variables, of which SAM sets those that the template declares: it resolves no condition itself.

    AWS is where containers reach it, and no CloudFront stands before SAM's API.
    """
    return {name: {**own, "AWS_ENDPOINT_URL": endpoint, "ORIGIN_SECRET": ""} for name, own in of_the_desk.items()}


def reachable(endpoint: str, bridge: str | None) -> str:
    """Where containers reach the desk's AWS, which listens on this machine's loopback alone.

    Docker Desktop passes them on to that; on Linux this process does, from the bridge's address. Raises OSError.
    """
    port = urlsplit(endpoint).port or 80
    if bridge is None:
        return f"http://{_DESKTOP}:{port}"
    relay = Relay(bridge, port)
    relay.start()
    return f"http://{bridge}:{relay.port}"


class Relay:
    """Passes connections from one address of this machine on to a port of its loopback."""

    def __init__(self, address: str, to: int) -> None:
        self._address = address
        self._to = to
        self.port = 0

    def start(self) -> None:
        """Listen, on a free port. Raises OSError."""
        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, self._address, 0))
        self.port = server.sockets[0].getsockname()[1]
        threading.Thread(target=self._loop.run_forever, name="relay", daemon=True).start()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_passed(reader, there_writer), _passed(there_reader, writer))


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while content := await reader.read(65536):
            writer.write(content)
            await writer.drain()
    writer.close()


def _bridge() -> str | None:
    """The address that Docker's bridge has on this machine; None where Docker runs in a machine of its own."""
    if platform.system() != "Linux":
        return None
    command = ["docker", "network", "inspect", "bridge"]
    [network] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return gateway(network["IPAM"]["Config"][0])


def gateway(configuration: Mapping[str, Any]) -> str:
    """What Docker says of it, or else the first address of the subnet, which it then takes."""
    named: str | None = configuration.get("Gateway")
    return named or str(next(ipaddress.ip_network(configuration["Subnet"]).hosts()))


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    """Run it to its end, which it makes itself at Ctrl-C: its containers are to be removed."""
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
        with suppress(KeyboardInterrupt):
            return process.wait()
        return process.wait()


def _failed(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
