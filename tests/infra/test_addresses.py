"""The posts' rules that the desk keeps are those of the library that they were taken from."""

from functions.subscriptions.addresses import FILE
from infra.addresses import written


def test_the_rules_are_the_librarys() -> None:
    assert FILE.read_text("utf-8") == written(), "run `python -m infra.addresses`"
