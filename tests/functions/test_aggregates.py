"""The aggregates and what is decided about them: pure, so that no rule can reach a service."""

import subprocess
import sys

PURE = ("agreement", "billing", "catalogue", "order", "order_words", "reference", "renewal", "subscription", "trial")


def test_none_of_them_loads_a_client() -> None:
    modules = ", ".join(f"functions.subscriptions.{name}" for name in PURE)
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print(*sys.modules)"], capture_output=True, check=True
    ).stdout.decode()
    assert "functions.subscriptions.trial" in loaded.split()
    assert not {"boto3", "botocore"} & set(loaded.split())
