"""The guides for readers that are no browsers: each as Markdown at its address with `.md`, listed in `llms.txt`.

`robots.txt` tells search engines where the sitemap is.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from mkdocs.utils.meta import get_data

from functions.shared.brand import brand
from functions.shared.texts import Texts
from theme.guides import HOME, Guide, Guides
from theme.settings import filled

_BLOCK = re.compile(r"^/// .*\n(?:.*\n)*?///\n+", re.MULTILINE)
# What a page folds is read here like the rest.
_FOLD = re.compile(r"^//// details \| (.+)\n(?: +.*\n)*|^////$", re.MULTILINE)
_ATTRIBUTES = re.compile(r" \{ #[\w-]+ \}$|\n *\{: data-[\w-]+=[\w-]+ \}$", re.MULTILINE)


def write(site: Path, every_guides: Sequence[Guides], settings: Mapping[str, object], url: str) -> None:
    """Write them into the built site; `settings` fill in what the brand and a deployment decide."""
    lines = [f"# {brand().name}", ""]
    for guides in every_guides:
        texts = Texts(guides.language)
        lines += [f"> {guides.called(HOME).says.description}", "", f"## {texts('language.name')}", ""]
        for guide in guides.found:
            address = _address(guide)
            (site / address).write_text(_markdown(guide, settings, texts), "utf-8")
            lines.append(f"- [{guide.says.title}]({url.rstrip('/')}/{address}): {guide.says.description}")
        lines.append("")
    (site / "llms.txt").write_text("\n".join(lines), "utf-8")
    (site / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {url.rstrip('/')}/sitemap.xml\n", "utf-8")


def _address(guide: Guide) -> str:
    """Where it stands as Markdown, beside its page."""
    path = guide.path.strip("/")
    return f"{guide.path.lstrip('/')}{HOME}.md" if guide.name == HOME else f"{path}.md"


def _markdown(guide: Guide, settings: Mapping[str, object], texts: Texts) -> str:
    """The guide without what only a browser can do."""
    markdown, _ = get_data(guide.text)
    said = filled(_ATTRIBUTES.sub("", _BLOCK.sub("", _FOLD.sub(_unfolded, markdown))), settings, texts)
    return f"# {guide.says.title}\n\n{said.strip()}\n"


def _unfolded(found: re.Match[str]) -> str:
    return f"## {found[1]}\n" if found[1] else ""
