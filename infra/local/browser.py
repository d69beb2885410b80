"""Where a Chromium that works is, for the browser tests; `python -m infra.local.browser` gets one if there is none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

# Without windows to care for, a page costs a third of what it costs the whole browser; engine and scripts are the same.
_SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
_NAMES = (*_SHELLS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Fitted to a machine's pixels, as each draws them, letters would be of other widths, and texts of other lines.
_LETTERS = ("--font-render-hinting=none", "--disable-lcd-text", "--enable-font-subpixel-positioning")
_PACKAGES = ("chromium-headless-shell", "poppler-utils")


@cache
def chromium() -> str | None:
    """The path of a Chromium that starts: one on PATH, best a shell, else Playwright's own; None without any."""
    return next((path for path in _candidates() if _starts(path)), None)


def arguments() -> list[str]:
    """What Chromium must be started with here: root has no sandbox, and letters are as wide as on any other machine."""
    return [*_LETTERS, *(["--no-sandbox"] if _is_root() else [])]


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, _NAMES))
    # Asked only then: Playwright takes a second to start.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def _starts(path: str) -> bool:
    command = [path, "--headless", *arguments(), "--disable-gpu", "--dump-dom", "data:text/html,<p>ready"]
    try:
        page = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "ready" in page.stdout


def _install() -> None:
    """Playwright's build, else Debian's packages; whether it worked is seen afterwards."""
    if chromium() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], timeout=600, check=False)
        chromium.cache_clear()
    if _can_install_packages() and not (_has_all() and _has_shell()):
        subprocess.run(["apt-get", "update", "-q"], check=False)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(
            ["apt-get", "install", "-qy", "--no-install-recommends", *_PACKAGES], env=environment, check=False
        )
        chromium.cache_clear()


def _can_install_packages() -> bool:
    """As in a container; elsewhere that is for the machine's owner to do."""
    return _is_root() and shutil.which("apt-get") is not None


def _has_shell() -> bool:
    return any(map(shutil.which, _SHELLS))


def _has_all() -> bool:
    return chromium() is not None and shutil.which("pdfsig") is not None


def main() -> int:
    """Make sure that the tests have a browser and pdfsig; 1, with what to do, when they have not."""
    _install()
    if not _has_all():
        missing = [
            *(["a Chromium that starts"] if chromium() is None else []),
            *(["pdfsig (poppler)"] if shutil.which("pdfsig") is None else []),
        ]
        sys.stderr.write(
            f"The tests need {' and '.join(missing)}, and could not get it.\n"
            "On Debian or Ubuntu: sudo apt-get install chromium-headless-shell poppler-utils\n"
            "On macOS: brew install poppler && .venv/bin/python -m playwright install chromium\n"
            "Elsewhere: put chromium and pdfsig on PATH.\n"
        )
        return 1
    sys.stdout.write(f"Browser: {chromium()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
