"""Whose desk it is and what it looks like, on pages, in e-mails and in documents alike: brand.toml, read."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_suffix(".toml")


class Brand(NamedTuple):
    """The desk's name, the company behind it, the mark's paths by the colours that fill them; colours are #rrggbb."""

    name: str
    company: Mapping[str, str]
    mark: Mapping[str, str]
    light: Mapping[str, str]
    dark: Mapping[str, str]

    @property
    def drawn_mark(self) -> str:
        """The mark as an SVG image, in the colours of the light scheme."""
        paths = (f"<path fill='{self.light[f'mark_{part}']}' d='{path}'/>" for part, path in self.mark.items())
        return f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>{''.join(paths)}</svg>"


def read(file: Path) -> Brand:
    """The brand that a file describes. Raises KeyError for a part that it lacks."""
    # Imported late: few calls need it, and each cold start would pay for it.
    import tomllib

    kept = tomllib.loads(file.read_text("utf-8"))
    return Brand(kept["name"], kept["company"], kept["mark"], kept["light"], kept["dark"])


@cache
def brand() -> Brand:
    """The desk's own."""
    return read(FILE)
