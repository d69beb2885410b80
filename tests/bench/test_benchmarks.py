"""The benchmarks still measure what the desk does: each run small, in a process of its own as they are meant to be."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bench import start
from bench.load import Answer, Load
from bench.table import Row
from infra.local import exact

ROOT = Path(__file__).parents[2]


def python(*arguments: str) -> str:
    """What it prints that runs as from a shell: a local cloud has set the environment of this process for itself."""
    command = [sys.executable, *arguments]
    environment = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_what_is_written_by_hand_asks_the_same_of_dynamodb_as_the_desk() -> None:
    called = "from bench.warm import handlers\nwith handlers() as requests: names = [*requests]\nprint(names)"

    assert python("-c", called).strip() == "['the desk', 'by hand', 'FastAPI with Mangum']"


def test_each_function_of_the_api_starts_cold_from_what_lambda_unpacks(tmp_path: Path) -> None:
    built = tmp_path / "built" / "OneFunction"
    built.mkdir(parents=True)
    (built / "one.py").write_text("import json, os; print(json.dumps([__file__, os.stat(__file__).st_mtime]))")

    folder = start.unpack(built, tmp_path)

    assert set(start.handlers()) == {"SubscriptionsFunction", "OnboardingFunction", "VerificationFunction"}
    assert zipfile.ZipFile(tmp_path / "OneFunction.zip").namelist() == ["one.py"]
    assert json.loads(python("-c", f"import sys; sys.path.insert(0, {str(folder)!r}); import one")) == [
        str(folder / "one.py"),
        start.PACKED,
    ]
    assert start.cpu_seconds(folder, "import one") > 0
    with pytest.raises(RuntimeError, match="failed in"):
        start.cpu_seconds(folder, "import another")


def test_more_than_may_be_is_said_so() -> None:
    assert Row("errors", 1, 0).is_too_much
    assert not Row("ratio", 1.6, 1.6).is_too_much
    assert not Row("for contrast", 9).is_too_much


def test_under_load_429_alone_is_no_error() -> None:
    answers = [Answer("add-user", at, 0.1, said) for at, said in enumerate(("201", "429", "503", "ReadTimeoutError"))]

    assert Load(2, 4.0, answers, []).errors == ["add-user: 503", "add-user: ReadTimeoutError"]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("module", "arguments", "lines"),
    [("growth", ("2", "3"), 1 + 2 * 6), ("load", ("3", "5", "0.5"), 6)],
)
def test_it_runs_on_the_exact_engine(module: str, arguments: tuple[str, ...], lines: int) -> None:
    if lacking := exact.missing():
        pytest.skip(f"the exact engine needs {lacking}")

    assert len(python("-m", f"bench.{module}", *arguments).splitlines()) == lines
