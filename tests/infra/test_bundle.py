"""Bundles: made by uv alone, by many at once, the same bytes every time, with bytecode that Lambda runs as it is."""

import hashlib
import marshal
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import archive, bundle
from infra.local.template import load

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(
    name
    for name, resource in load(ROOT / "template.yaml")["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
)
# Of every file of a function, unpacked (Lambda quotas).
UNPACKED = 250
# MiB that a cold start may have to fetch, packed: up to a tenth over what each took when it was last set.
BUDGET = {
    "ContractFunction": 78,
    "SealingFunction": 93,
    "UploadsFunction": 35,
    "VerificationFunction": 29,
}
BUDGET_OF_THE_OTHERS = 15
# All of their packages are another's too: what that one proves of them need not be proved again.
WITHIN_ANOTHER = {"ContractFunction", "DueFunction", "MailEventsFunction", "VerificationFunction"}

ENVIRONMENT = """
import pathlib, sys
folder = pathlib.Path(sys.argv[1], "bin")
folder.mkdir(exist_ok=True)
for name, script in {
    "python": "sleep 0.3; echo once >>.tools/installed; chmod +x .tools/bin/uv",
    "uv": "echo uv 1",
}.items():
    (folder / name).write_text(f"#!/bin/sh\\n{script}\\n")
(folder / "python").chmod(0o755)
"""

WITHOUT = """
import sys
sys.modules |= dict.fromkeys(sys.argv[1:])
from facturx.facturx import FACTURX_LEVEL2xsd
from functions.contracts.invoice import PROFILE, invoice_xml
from functions.shared.fields import normal_email
from tests.contracts.test_invoice import invoice
normal_email("jo@example.com")
invoice_xml(invoice("software in France"))
print(FACTURX_LEVEL2xsd[PROFILE].partition("/")[0])
"""


def digests(folder: Path) -> dict[str, tuple[int, str]]:
    """All that an archive has of each file."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode & 0o100,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_bytecode_is_never_checked_against_its_source_and_names_no_folder_of_the_builder(tmp_path: Path) -> None:
    for name in ("one", "other"):
        folder = tmp_path / name / "package"
        folder.mkdir(parents=True)
        (folder / "module.py").write_text(
            "NAMES = {'a', 'b'} | frozenset({'c', 'd'})\n\ndef f(): return 'x' in {'y', 'z'}\n"
        )
        os.utime(folder / "module.py", (0, 10**9 if name == "one" else 2 * 10**9))
        bundle.compile_bytecode(folder.parent)

    [compiled] = (tmp_path / "one").rglob("*.pyc")
    content = compiled.read_bytes()
    # PEP 552: the second word says «by hash, unchecked».
    assert int.from_bytes(content[4:8], "little") == 0b01
    assert marshal.loads(content[16:]).co_filename == "/var/task/package/module.py"  # noqa: S302
    assert digests(tmp_path / "one") == digests(tmp_path / "other")


def test_archives_hold_the_same_bytes_whatever_the_order_and_dates_of_the_files(tmp_path: Path) -> None:
    built = tmp_path / "build"
    for number, names in enumerate((("b.py", "a.py", "c/d.py"), ("c/d.py", "a.py", "b.py"))):
        for name in names:
            file = built / f"F{number}" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(name)
            os.utime(file, (number, number * 10**9))
    (built / "template.yaml").write_text("Resources:\n  F0:\n    CodeUri: F0\n  F1:\n    CodeUri: F1\n")

    one, other = archive.pack_all(built)

    assert one.read_bytes() == other.read_bytes()
    assert zipfile.ZipFile(one).namelist() == ["a.py", "b.py", "c/d.py"]
    assert (built / "template.yaml").read_text().count(".zip") == 2


def test_a_fresh_clone_builds_with_uv_alone(tmp_path: Path) -> None:
    wanted = [f"build-{name}" for name in FUNCTIONS]
    plan = subprocess.run(
        ["make", "--dry-run", *wanted, f"ARTIFACTS_DIR={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert plan.count("infra.bundle") == len(wanted)
    assert ".venv" not in plan
    without_packages = [sys.executable, "-S", "-c", "import infra.bundle"]
    assert subprocess.run(without_packages, cwd=ROOT, check=False).returncode == 0


def test_many_builds_at_once_install_uv_once(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "uv.py").write_text((ROOT / "infra/uv.py").read_text())
    # In the place of the module that makes an environment: one whose Python installs slowly, and tells.
    (tmp_path / "venv.py").write_text(ENVIRONMENT)
    racers = [
        subprocess.Popen(
            [sys.executable, "-S", "infra/uv.py"],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]

    answers = {racer.communicate(timeout=60)[0] for racer in racers}

    assert [racer.returncode for racer in racers] == [0] * 8
    assert answers == {str(tmp_path / ".tools/bin/uv")}
    assert (tmp_path / ".tools/installed").read_text() == "once\n"


def test_what_is_left_out_of_packages_is_missed_by_none_of_ours() -> None:
    """An invoice's data is made and checked, and an address, where those modules cannot be loaded."""
    modules = [name.replace("/", ".") for name in bundle.UNUSED if "*" not in name and name not in ("bin", ".lock")]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"{bundle.SCHEMAS[0]}\n"), done.stderr


@pytest.mark.proof
@pytest.mark.parametrize("name", FUNCTIONS)
def test_two_builds_are_the_same_and_within_their_budget(name: str, tmp_path: Path) -> None:
    bundle.bundle(name, tmp_path / "one")
    if name not in WITHIN_ANOTHER:
        bundle.bundle(name, tmp_path / "elsewhere/other")
        assert digests(tmp_path / "one") == digests(tmp_path / "elsewhere/other")

    archive.pack(tmp_path / "one", tmp_path / "one.zip")
    assert (tmp_path / "one.zip").stat().st_size / 2**20 < BUDGET.get(name, BUDGET_OF_THE_OTHERS)
    assert sum(path.stat().st_size for path in (tmp_path / "one").rglob("*") if path.is_file()) / 2**20 < UNPACKED
    assert not [path for path in (tmp_path / "one").rglob("*.pyc") if str(tmp_path).encode() in path.read_bytes()]
