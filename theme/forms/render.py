"""Renders the desk's blocks in a page's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from functions.shared.texts import Language, Texts


@dataclass(frozen=True)
class Guide:
    """A guide as the navigation names it."""

    title: str
    path: str
    description: str


@dataclass(frozen=True)
class Guides:
    """A section of the navigation."""

    title: str
    guides: Sequence[Guide]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Page:
    """What a block knows of the page it stands on."""

    def __init__(self, language: Language, guides: Sequence[Guides]) -> None:
        self.texts = Texts(language)
        self.guides = guides

    def form(self, name: str) -> str:
        return f"<p>{name}</p>"

    def portal(self) -> str:
        return "<p>portal</p>"

    def jobs(self) -> str:
        return "<p>jobs</p>"
