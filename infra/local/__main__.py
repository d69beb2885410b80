"""`python -m infra.local`: serves the desk on PORT (8000) until it is told to end."""

import os
import signal
import sys
import time
from threading import Event

from infra.local.cloud import LocalCloud
from infra.local.site import BuildFailed


def main() -> int:
    """Serve; 1 when the port is taken or the site cannot be built."""
    started = time.perf_counter()
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        port = int(os.environ.get("PORT") or 8000)
        cloud = LocalCloud(port)
    except ValueError:
        return _failed(f"PORT={os.environ['PORT']} is no port number.")
    except OverflowError:
        return _failed(f"PORT={port} is no port number.")
    except OSError as error:
        return _failed(f"Port {port} is not free ({error.strerror}). Take another: PORT={port + 1} make serve")
    try:
        cloud.start()
    except BuildFailed:
        return _failed("The site could not be built; the build says why above.")
    _say(_welcome(cloud, time.perf_counter() - started))
    ended.wait()
    _say("\nEnding …")
    cloud.stop()
    return 0


def _welcome(cloud: LocalCloud, seconds: float) -> str:
    people = cloud.people()
    width = max(len(person["email"]) for person in people)
    return "\n".join(
        [
            f"The desk is ready ({seconds:.1f} s).",
            "",
            f"  Site      {cloud.url}/        {cloud.url}/fr/",
            f"  Mailbox   {cloud.url}/_local/mail",
            f'  Clock     {cloud.url}/_local/clock        curl -d \'{{"advance": "30d"}}\' {cloud.url}/_local/clock',
            f"  Reset     curl -X POST {cloud.url}/_local/reset",
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
