"""`python -m infra.local`: serves the desk on PORT (8000), tables in ENGINE (moto), until it is told to end."""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.aws import Tables
    from infra.local.cloud import LocalCloud


class _Ended(BaseException):
    """Someone wants this process to end; not an Exception, so that nothing on the way takes it for a failure."""


def main() -> int:
    """Serve; 1 when the port is taken or the site cannot be built."""
    started = time.perf_counter()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    try:
        return _serve(started)
    except _Ended:
        return 0


def _serve(started: float) -> int:
    # Imported with the signals already in hand: it takes a second, in which Ctrl-C may come.
    from infra.local.aws import MotoTables
    from infra.local.cloud import LocalCloud
    from infra.local.exact import DynamoDBLocal
    from infra.local.site import BuildFailed
    from infra.npm import NotInstalled

    engines: Mapping[str, Callable[[], Tables]] = {"moto": MotoTables, "exact": DynamoDBLocal}
    engine = os.environ.get("ENGINE") or "moto"
    if engine not in engines:
        return _failed(f"ENGINE={engine} is none: there are {' and '.join(engines)}.")
    wanted = os.environ.get("PORT") or "8000"
    try:
        port = int(wanted)
        cloud = LocalCloud(port, tables=engines[engine]())
    except (ValueError, OverflowError):
        return _failed(f"PORT={wanted} is no port number.")
    except OSError as error:
        return _failed(f"Port {port} is not free ({error.strerror}). Take another: PORT={port + 1} make serve")
    try:
        cloud.start()
        _say(_welcome(cloud, time.perf_counter() - started))
        while True:
            signal.pause()
    except NotInstalled as reason:
        return _failed(str(reason))
    except BuildFailed:
        return _failed("The site could not be built; the build says why above.")
    except _Ended:
        _say("\nEnding …")
        cloud.stop()
        return 0


def _end(number: int, frame: FrameType | None) -> None:
    # Make and the terminal may both send the signal: once is enough, and a second must not disturb the ending.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise _Ended


def _welcome(cloud: "LocalCloud", seconds: float) -> str:
    from functions.shared.texts import LANGUAGES, Texts

    people = cloud.people()
    width = max(len(person["email"]) for person in people)
    return "\n".join(
        [
            f"The desk is ready ({seconds:.1f} s), its tables kept by {cloud.aws.tables.name}.",
            "",
            f"  Site      {'        '.join(cloud.url + Texts(language).root for language in LANGUAGES)}",
            f"  Mailbox   {cloud.url}/_local/mail",
            f'  Clock     {cloud.url}/_local/clock        curl -d \'{{"advance": "30d"}}\' {cloud.url}/_local/clock',
            f"  Reset     curl -X POST {cloud.url}/_local/reset",
            f"  Codes     {cloud.url}/_local/codes.json        (second factors of staff and support, once each)",
            f"  Password  {people[0]['password']}        (everybody's)",
            "",
            *(f"  {person['email']:{width}}  {person['says']}" for person in people),
            "",
            "Ctrl-C ends it.",
        ]
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _failed(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
