"""Addresses: what posts ask for in each country, by the rules that `python -m infra.addresses` keeps here in a file."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_suffix(".json")


class Rules(NamedTuple):
    """A country's: which of `city` and `postcode` it needs, and on which lines it writes them.

    `type` is what a postcode is called (postal, zip, pin, eircode), None where there are none; `pattern` is what one
    looks like, `example` is one, where that is known.
    """

    needs: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    type: str | None = None
    pattern: str | None = None
    example: str | None = None

    def is_postcode(self, text: str) -> bool:
        """Whether it looks like one of that country, as far as is known."""
        return self.pattern is None or bool(re.fullmatch(self.pattern, text))


@cache
def by_country() -> Mapping[str, Rules]:
    """The rules by the country's code: of ISO 3166-1, or one that posts use beside it, such as Kosovo's XK."""
    table: Mapping[str, Mapping[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return {
        code: Rules(
            tuple(rules["needs"]),
            tuple(map(tuple, rules["lines"])),
            rules.get("type"),
            rules.get("pattern"),
            rules.get("example"),
        )
        for code, rules in table.items()
    }


def normal_postcode(written: str, country: str) -> str | None:
    """A postcode as its country's post has it, whatever country stands before it; None if it is none."""
    rules, text = by_country()[country], " ".join(written.upper().split())
    bare = re.sub(r"^[A-Z]{1,3} ?- ?", "", text)
    set_apart = (text, bare)
    together = (text.replace(" ", ""), bare.replace(" ", ""))
    forms = (*set_apart, *together) if " " in (rules.example or " ") else (*together, *set_apart)
    return next(filter(rules.is_postcode, forms), None)


@cache
def overseas() -> Mapping[str, Rules]:
    """The territories whose postcodes are of France's series 97 and 98."""
    begins = re.compile(r"9(?:\[78|7|8)")
    alike = {code: rules for code, rules in by_country().items() if begins.match(rules.pattern or "")}
    return {code: rules for code, rules in alike.items() if re.fullmatch(r"9[78]\d{3}", rules.example or "")}
