"""No test ends without having asserted something: its lines that assert are watched while it runs."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import TypeIs

import pytest

_HERE = f"{Path(__file__).parent}/"
_TOOL = 4
_ASSERTING_CALLS = ("expect", "raises")


class _Seen:
    """Whether a line that asserts was reached."""

    an_assertion = False


def pytest_sessionstart() -> None:
    """Watch what begins, and of the tests' own code each line: one that asserts nothing is looked at once."""
    monitoring = sys.monitoring
    monitoring.use_tool_id(_TOOL, "asserted")
    monitoring.register_callback(_TOOL, monitoring.events.PY_START, _begins)
    monitoring.register_callback(_TOOL, monitoring.events.LINE, _reaches)
    monitoring.set_events(_TOOL, monitoring.events.PY_START)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail the test that has done no more than run."""
    _Seen.an_assertion = False
    yield
    if not _Seen.an_assertion:
        pytest.fail("Nothing was asserted.", pytrace=False)


def _begins(code: CodeType, _offset: int) -> object:
    if code.co_filename.startswith(_HERE) and code.co_name != "<module>":
        sys.monitoring.set_local_events(_TOOL, code, sys.monitoring.events.LINE)
    return sys.monitoring.DISABLE


def _reaches(code: CodeType, line: int) -> object:
    if line not in _asserting(code.co_filename):
        return sys.monitoring.DISABLE
    _Seen.an_assertion = True
    return None


@cache
def _asserting(file: str) -> frozenset[int]:
    """The lines of the file that belong to an assertion."""
    nodes = filter(_asserts, ast.walk(ast.parse(Path(file).read_text("utf-8"))))
    return frozenset(line for node in nodes for line in range(node.lineno, (node.end_lineno or 0) + 1))


def _asserts(node: ast.AST) -> TypeIs[ast.Assert | ast.Call]:
    match node:
        case ast.Assert():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _ASSERTING_CALLS
    return False
