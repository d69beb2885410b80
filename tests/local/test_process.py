"""`make serve` as a process: ports, signals, and code that is edited while it runs."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.local.cloud import ROOT
from infra.local.site import SOURCES
from tests.desk import Desk


def environment(port: int) -> dict[str, str]:
    # The cloud of this very process has set its own addresses; the other makes its own.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_"))}
    return own | {"PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(root: Path, log: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The desk of a project folder, in a process of its own; yields it once it is ready."""
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=root,
            env=environment(port) | more,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 90
        while "Ctrl-C ends it." not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield process, url
    finally:
        process.kill()
        process.wait()


def copied(root: Path, *more: str) -> None:
    """Copy what a desk is served from, and more of the project."""
    for name in (*SOURCES, "infra", "template.yaml", *more):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, root / name)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, to edit; its site counts as built."""
    root = tmp_path / "project"
    copied(root, "build")
    stamp = root / "build/site.stamp"
    stamp.write_text(stamp.read_text().replace(f"{ROOT}/", f"{root}/"))
    return root


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("cloud")
def test_a_signal_ends_it_at_once_and_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with served(ROOT, log) as (process, url):
        assert httpx.get(f"{url}/api/health").status_code == 200
        process.send_signal(number)
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/api/health")
    assert "Traceback" not in log.read_text()


def test_a_port_in_use_gives_one_clear_line(cloud: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.local"],
        cwd=ROOT,
        env=environment(cloud.cloud.port),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert f"Port {cloud.cloud.port} is not free" in line


@pytest.mark.parametrize("port", ["abc", "99999", "-1"])
def test_a_port_that_is_none_gives_one_clear_line(port: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.local"],
        cwd=ROOT,
        env=environment(0) | {"PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, f"PORT={port} is no port number.\n")


@pytest.mark.proof
@pytest.mark.usefixtures("cloud")
def test_what_is_edited_shows_at_the_next_request(project: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    health = project / "functions/subscriptions/check_health.py"
    guide = project / "docs/en/contact.md"
    right = health.read_text()
    assert '"ok"' in right
    with served(project, log) as (_, url):
        assert httpx.get(f"{url}/api/health").json() == {"status": "ok"}
        assert "The site has changed" not in log.read_text()
        moved = httpx.post(f"{url}/_local/clock", json={"advance": "1h"}, timeout=60).json()["now"]

        health.write_text(right.replace('"ok"', '"edited"'))
        time.sleep(0.3)
        assert httpx.get(f"{url}/api/health").json() == {"status": "edited"}
        assert httpx.get(f"{url}/_local/clock").json()["now"] > moved, "the clock keeps its time"

        health.write_text("this is no Python")
        time.sleep(0.3)
        broken = httpx.get(f"{url}/api/health")
        assert (broken.status_code, broken.json()["code"]) == (500, "internal_error")
        assert "SyntaxError" in log.read_text()

        health.write_text(right)
        time.sleep(0.3)
        assert httpx.get(f"{url}/api/health").json() == {"status": "ok"}

        guide.write_text(guide.read_text() + "\n\nA sentence that was not there before.\n")
        time.sleep(0.3)
        assert "A sentence that was not there before." in httpx.get(f"{url}/contact/", timeout=90).text

        (project / "docs/fr/contact.md").rename(tmp_path / "contact.md")
        time.sleep(0.3)
        failed = httpx.get(f"{url}/contact/", timeout=90)
        assert failed.status_code == 500
        assert "contact" in failed.text
        assert failed.headers["Content-Type"].startswith("text/plain")
        (tmp_path / "contact.md").rename(project / "docs/fr/contact.md")
        time.sleep(0.3)
        assert httpx.get(f"{url}/contact/", timeout=90).status_code == 200
        assert json.loads((project / "build/headers.json").read_text())
