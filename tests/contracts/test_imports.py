"""What the portal's function must never load: setting and sealing run in functions of their own."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("functions.subscriptions.app", "typst pyhanko cryptography functions.shared.characters"),
        ("functions.onboarding.app", "typst pyhanko cryptography functions.shared.characters"),
        ("functions.workers.typesetting", "pyhanko cryptography"),
        ("functions.verification.app", "typst pypdfium2 pyhanko.sign aiohttp"),
    ],
)
def test_a_function_loads_only_what_it_needs(module: str, kept_out: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"], capture_output=True, check=True
    ).stdout.decode()
    assert not set(kept_out.split()) & set(loaded.split())
