"""The guides for readers that are no browsers: each as Markdown at its address with `.md`, listed in `llms.txt`."""

import re
from collections.abc import Mapping
from pathlib import Path

from mkdocs.utils.meta import get_data

from functions.shared.texts import LANGUAGES, Texts
from theme.guides import HOME, Guide, Guides
from theme.hooks import OFFERED, SETTINGS

_BLOCK = re.compile(r"^/// .*\n(?:.*\n)*?///\n+", re.MULTILINE)
_ATTRIBUTES = re.compile(r" \{ #[\w-]+ \}$", re.MULTILINE)


def write(site: Path, docs: Path, settings: Mapping[str, object], url: str) -> None:
    """Write them into the built site; `settings` fill in what a deployment decides."""
    lines = ["# Guichet", ""]
    for language in LANGUAGES:
        guides = Guides.read(docs, language)
        texts = Texts(language)
        lines += [f"> {guides.called(HOME).says.description}", "", f"## {texts('site.language.name')}", ""]
        for guide in guides.all:
            if guide.says.keywords:
                address = _address(guide)
                text = (docs / language / f"{guide.name}.md").read_text("utf-8")
                (site / address).write_text(_markdown(guide, text, settings, texts("site.example")), "utf-8")
                lines.append(f"- [{guide.says.title}]({url.rstrip('/')}/{address}): {guide.says.description}")
        lines.append("")
    (site / "llms.txt").write_text("\n".join(lines), "utf-8")


def _address(guide: Guide) -> str:
    """Where it stands as Markdown, beside its page."""
    path = guide.path.strip("/")
    return f"{guide.path.lstrip('/')}{HOME}.md" if guide.name == HOME else f"{path}.md"


def _markdown(guide: Guide, text: str, settings: Mapping[str, object], example: str) -> str:
    """The guide without what only a browser can do."""
    markdown, _ = get_data(text)
    said = _ATTRIBUTES.sub("", _BLOCK.sub("", markdown))
    for setting in (*SETTINGS, *OFFERED):
        said = said.replace(f"%%{setting}%%", str(settings[setting]))
    return f"# {guide.says.title}\n\n{said.replace('%%example%%', example).strip()}\n"
