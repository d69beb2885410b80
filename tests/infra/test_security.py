"""The table of security requirements: each of them once, each test that it names there."""

import ast
import re
from collections import Counter

from infra.local.cloud import ROOT

TABLE = (ROOT / "infra/SECURITY.md").read_text("utf-8")
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has, where they are not its first ones: which.
SECTIONS: dict[str, int | tuple[int, ...]] = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
}  # fmt: skip


def test_every_requirement_is_there_once() -> None:
    rows = re.findall(r"^\| ([\d., ]+) \|", TABLE, re.MULTILINE)
    told = Counter(number for row in rows for number in row.split(", "))
    asked = {
        f"{section}.{number}"
        for section, which in SECTIONS.items()
        for number in (range(1, which + 1) if isinstance(which, int) else which)
    }
    assert told == Counter(asked)


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)
    assert len(named) > 100
    missing = [f"{file}::{name}" for file, name in named if name not in _functions(file)]
    assert missing == []


def test_what_is_met_without_a_test_says_how() -> None:
    rows = re.findall(r"^\| [\d., ]+ \|(.*)\|(.*)\|(.*)\|$", TABLE, re.MULTILINE)
    assert all(asked.strip() and how.strip() for asked, how, _ in rows)


def _functions(file: str) -> set[str]:
    path = ROOT / file
    if not path.exists():
        return set()
    return {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
