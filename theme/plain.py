"""The guides for readers that are no browsers: each as Markdown at its address with `.md`, listed in `llms.txt`.

`robots.txt` tells search engines where the sitemap is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mkdocs.utils.meta import get_data

from functions.shared.brand import brand
from functions.shared.texts import Texts
from functions.subscriptions.catalogue import Family, catalogue
from theme.forms.render import priced
from theme.guides import HOME, Guide, Guides, Section
from theme.settings import filled

_BLOCK = re.compile(r"^/// (?P<kind>[\w-]+)(?: \| (?P<of>.*))?\n(?:.*\n)*?///\n+", re.MULTILINE)
# What a page folds is read here like the rest.
_FOLD = re.compile(r"^//// details \| (.+)\n(?: +.*\n)*|^////$", re.MULTILINE)
_ATTRIBUTES = re.compile(r" \{ #[\w-]+ \}$|\n *\{: data-[\w-]+=[\w-]+ \}$", re.MULTILINE)


def write(site: Path, every_guides: Sequence[Guides], settings: Mapping[str, object], url: str) -> None:
    """Write them into the built site; `settings` fill in what the brand and a deployment decide."""
    lines = [f"# {brand().name}", ""]
    for guides in every_guides:
        lines += [f"> {guides.called(HOME).says.description}", ""]
    for guides in every_guides:
        lines += [f"## {Texts(guides.language)('language.name')}", ""]
        for guide in guides.found:
            address = _address(guide)
            (site / address).write_text(_markdown(guide, settings, guides), "utf-8")
            lines.append(f"- [{guide.says.title}]({url.rstrip('/')}/{address}): {guide.says.description}")
        lines.append("")
    (site / "llms.txt").write_text("\n".join(lines), "utf-8")
    (site / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {url.rstrip('/')}/sitemap.xml\n", "utf-8")


def _address(guide: Guide) -> str:
    """Where it stands as Markdown, beside its page."""
    path = guide.path.strip("/")
    return f"{guide.path.lstrip('/')}{HOME}.md" if guide.name == HOME else f"{path}.md"


def _markdown(guide: Guide, settings: Mapping[str, object], guides: Guides) -> str:
    """The guide without what only a browser can do."""
    markdown, _ = get_data(guide.text)
    in_words = _BLOCK.sub(lambda block: _in_words(block, guides), _FOLD.sub(_unfolded, markdown))
    said = filled(_ATTRIBUTES.sub("", in_words), settings, Texts(guides.language))
    return f"# {guide.says.title}\n\n{said.strip()}\n"


def _in_words(block: re.Match[str], guides: Guides) -> str:
    """What a block says that is no form: where the guides are, what is sold, what a drawing shows."""
    match block["kind"]:
        case "jobs":
            lines = [line for section in guides.sections for line in _section(section)]
        case "products":
            lines = [line for family in catalogue().families for line in _shelf(family, guides)]
        case "product":
            lines = list(_product(block["of"], guides))
        case "drawing":
            lines = [Texts(guides.language)(f"drawings.{block['of']}.says"), ""]
        case _:
            return ""
    return "\n".join((*lines, ""))


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {section.title}", "")
    yield from (f"- [{guide.says.nav}]({guide.name}.md) – {guide.says.description}" for guide in section.guides)
    yield ""


def _shelf(family: Family, guides: Guides) -> Iterator[str]:
    language, said = guides.language, catalogue().families[family]
    yield from (f"## {said.name(language)}", "", said.text(language), "")
    for product in catalogue().products:
        if product.family == family:
            costs = priced(product, Texts(language))["others"]
            yield f"- [{product.name(language)}]({product.page}.md) – {product.description(language)} {costs}"
    yield ""


def _product(page: str, guides: Guides) -> Iterator[str]:
    language, offered = guides.language, catalogue()
    [product] = [one for one in offered.products if one.page == page]
    yield from (priced(product, Texts(language))["others"], "")
    explained = [
        *(offered.licences[one] for one in product.licences),
        *(offered.editions[one] for one in product.editions),
    ]
    for said in explained:
        yield f"- **{said.name(language)}** – {said.text(language)}"
    if explained:
        yield ""


def _unfolded(found: re.Match[str]) -> str:
    return f"## {found[1]}\n" if found[1] else ""
