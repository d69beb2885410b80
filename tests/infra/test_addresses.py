"""The posts' rules that the desk keeps are those of the library that they were taken from."""

from infra.addresses import KEPT, written


def test_the_rules_are_the_librarys() -> None:
    assert KEPT.read_text("utf-8") == written(), "run `python -m infra.addresses`"
