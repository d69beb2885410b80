"""Reads the built pages back: what they say, refer to and run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

# Elements whose text no reader searches for.
_UNREAD = ("script", "style", "template", "svg", "noscript")
_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
# Scripts that are data, which no policy blocks.
_DATA = ("application/json", "application/ld+json")
_REFERENCES = {"href", "src", "action", "data-index"}


class Element(NamedTuple):
    """What a selector can say of an element: `attributes` are `#id`, each name, and `name=value`."""

    tag: str
    classes: frozenset[str]
    attributes: frozenset[str]


@dataclass
class BuiltPage:
    """One HTML file of the site."""

    path: str
    language: str = ""
    title: str = ""
    description: str = ""
    ids: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    elements: set[Element] = field(default_factory=set)
    """All, those of its templates too."""
    attributes: set[str] = field(default_factory=set)
    """Of its elements without those of its templates, as they have them."""
    alternates: dict[str, str] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    inline_styles: list[str] = field(default_factory=list)
    heading: str = ""
    subheadings: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def file(self, site: Path) -> Path:
        """Where it lies in a built site."""
        return site / (self.path.lstrip("/") + ("index.html" if self.path.endswith("/") else ""))

    @property
    def unknown_blocks(self) -> list[str]:
        """What was left as it stands in the Markdown: a block of an unknown name, or without what it is about."""
        return [text.splitlines()[0] for text in self.text if text.startswith("/// ")]


class _Reader(HTMLParser):
    """Collects a page in one pass; the text of blocks (forms, portal, jobs) is not the guide's and is left out."""

    def __init__(self, page: BuiltPage) -> None:
        super().__init__()
        self.page = page
        self.open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        page = self.page
        if "id" in values:
            page.ids.append(values["id"])
        element = _element(tag, values)
        page.elements.add(element)
        if not any(name == "template" for name, _ in self.open):
            page.attributes |= element.attributes
        page.references += [values[name] for name in _REFERENCES & values.keys()]
        page.inline_styles += [f"<{tag} {name}>" for name in values if name == "style" or name.startswith("on")]
        if tag == "html":
            page.language = values.get("lang", "")
        elif tag == "meta" and values.get("name") == "description":
            page.description = values.get("content", "")
        elif tag == "link" and values.get("rel") == "alternate" and "hreflang" in values:
            page.alternates[values["hreflang"]] = values["href"]
        elif tag == "style":
            page.inline_styles.append("<style>")
        if tag not in _VOID:
            self.open.append((tag, values))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.open:
            return
        tag, values = self.open[-1]
        if tag == "script":
            if "src" not in values and values.get("type") not in _DATA:
                self.page.scripts.append(data)
        elif tag == "title":
            self.page.title += data
        elif self._is_read() and data.strip():
            inside = [name for name, _ in self.open]
            if "h1" in inside:
                self.page.heading += data
            elif "h2" in inside or "h3" in inside:
                self.page.subheadings.append(data.strip())
            else:
                self.page.text.append(data.strip())

    def _is_read(self) -> bool:
        return any(tag == "article" for tag, _ in self.open) and not any(
            tag in _UNREAD or "desk-block" in values.get("class", "").split() for tag, values in self.open
        )


def _element(tag: str, values: Mapping[str, str]) -> Element:
    said = {f"{name}={value}" for name, value in values.items()}
    classes = frozenset(values.get("class", "").split())
    return Element(tag, classes, frozenset({*values, *said, f"#{values.get('id', '')}"}))


def pages(site: Path) -> Iterator[BuiltPage]:
    """Every HTML page of a built site, its path as a reader's browser asks for it."""
    for file in sorted(site.rglob("*.html")):
        yield read("/" + file.relative_to(site).as_posix().removesuffix("index.html"), file.read_text("utf-8"))


def read(path: str, html: str) -> BuiltPage:
    """What one page says."""
    page = BuiltPage(path)
    _Reader(page).feed(html)
    return page
