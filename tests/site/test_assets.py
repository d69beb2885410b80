"""What pages take in: light, few, named for what they hold, and nothing in them that no page uses."""

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.site.conftest import change
from theme import sheets
from theme.build import ROOT, build
from theme.built import BuiltPage, read
from theme.failure import BuildFailed
from theme.purge import Sheet, Uses

STYLES = ROOT / "theme/styles"
# In thousands of bytes, packed by gzip, without fonts and pictures; Brotli, as CloudFront serves them, takes less.
HEAVIEST = {
    **{"/": 18, "/transfer/": 36, "/fr/transfer/": 36, "/documents/": 39, "/fr/documents/": 40, "/activate/": 41},
    **{"/order/": 45, "/portal/": 45, "/fr/portal/": 46, "/reviews/": 36},
}
MOST_REQUESTS = 9
_TAKEN_IN = re.compile(r'<(?:link rel="(?:stylesheet|modulepreload)" href|script type="module" src)="(/[^"]+)"')


def taken_in(html: str) -> list[str]:
    """What a page asks for before its reader does anything, but pictures and fonts."""
    return _TAKEN_IN.findall(html)


@pytest.mark.parametrize("path", HEAVIEST)
def test_a_page_is_light(site: Path, path: str) -> None:
    html = read(path, "").file(site).read_text("utf-8")
    files = [site / address.lstrip("/") for address in taken_in(html)]
    parts = [html.encode(), *(file.read_bytes() for file in files)]
    weights = [len(gzip.compress(part)) for part in parts]
    assert sum(weights) <= HEAVIEST[path] * 1000, weights
    assert len(parts) <= MOST_REQUESTS


def test_no_script_keeps_the_sheet_waiting(pages: Sequence[BuiltPage], site: Path) -> None:
    """A page is painted once its sheet is there: what its scripts are asked for with gives way to that."""
    for page in pages:
        head = page.file(site).read_text("utf-8").partition("</head>")[0]
        scripts = re.findall(r'<(?:link rel="modulepreload"|script type="module")[^>]*>', head)
        assert scripts, page.path
        assert [one for one in scripts if 'fetchpriority="low"' not in one] == [], page.path


def test_every_page_has_one_sheet_and_one_bundle(site: Path, pages: Sequence[BuiltPage]) -> None:
    for page in pages:
        asked = taken_in(page.file(site).read_text("utf-8"))
        assert len([address for address in asked if address.endswith(".css")]) == 1, page.path
        assert len(asked) <= 4, page.path


def test_two_builds_give_everything_the_same_name(site: Path, project: Path) -> None:
    """Whoever has been here before a release has what the release left as it was."""
    build(project)

    def assets(of: Path) -> set[str]:
        return {file.relative_to(of).as_posix() for file in (of / "assets").rglob("*.*")}

    assert assets(project / "build/site") == assets(site)


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("theme/templates/main.html", 'src="/assets/site.js"', 'src="/assets/sight.js"', "sight"),
        ("docs/assets/js/live.js", "export function start(block)", "function start(block)", "start"),
        ("theme/styles/parts/job.css", ".job {", ".job }", "job.css"),
        ("theme/templates/404.html", '<link rel="stylesheet" href="/assets/lost.css">', "", "names no sheet"),
    ],
)
def test_a_script_or_a_sheet_that_is_not_there_or_not_valid(
    project: Path, file: str, old: str, new: str, fault: str
) -> None:
    change(project / file, old, new)
    with pytest.raises(BuildFailed, match=fault):
        build(project)


def test_no_rule_of_ours_is_unused(site: Path, pages: Sequence[BuiltPage]) -> None:
    ours = Sheet("\n".join(file.read_text("utf-8") for file in sorted(STYLES.rglob("*.css"))))
    scripts = [file.read_text("utf-8") for file in (site / "assets/js").glob("*.js")]
    uses = Uses({element for page in pages for element in page.elements}, scripts)
    selectors = [selector for rule in ours.rules for selector in rule.selectors]
    assert len(selectors) > 400
    assert [selector.text for selector in selectors if not uses.use(selector)] == []


def test_layers_do_what_importance_did() -> None:
    for file in STYLES.rglob("*.css"):
        assert "!important" not in file.read_text("utf-8"), file
        assert file.parent.name in sheets.LAYERS, file


def test_no_two_parts_say_otherwise_of_one_element(pages: Sequence[BuiltPage]) -> None:
    """Which of them holds would hang on the names of their files."""
    said = [
        (file.name, selector.text[1:], name)
        for file in (STYLES / "parts").glob("*.css")
        for rule in Sheet(file.read_text("utf-8")).rules
        for selector in rule.selectors
        for name, _ in rule.declarations
    ]
    for classes in {element.classes for page in pages for element in page.elements}:
        of_it = {(file, name) for file, one, name in said if one in classes}
        assert len({name for _, name in of_it}) == len(of_it), classes


PAGE = """<main id="content"><p class="line line--open" data-kind="a">…</p><template><li class="user"></li></template>
<input type="text"></main>"""
SCRIPT = 'item.className="made";item.dataset.isChosen="";document.createElement("time");new Image()'


@pytest.mark.parametrize(
    ("selector", "is_used"),
    [
        (".line", True),
        (".line.line--open", True),
        (".line.line--shut", False),
        ("li.line", False),
        ("main > .line:hover", True),
        (".user::before", True),
        (".users .user", False),
        (".made", True),
        ("time", True),
        (".line img", True),
        (".line video", False),
        ("[data-is-chosen] .line", True),
        ("[data-is-lost] .line", False),
        ('[data-kind="a"]', True),
        ('[data-kind="b"]', False),
        ('[data-is-chosen="b"]', True),
        ('[type="text"]', True),
        ('[type="number"]', False),
        ("#content", True),
        ("#other", False),
        (".line:not(.line--shut)", True),
        (":is(.gone, .line) p", True),
        (":is(.gone, .line--shut) p", False),
        ("details[open]", False),
        ("main[open]", True),
        ("*", True),
        (":root", True),
    ],
)
def test_what_of_a_sheet_is_used(selector: str, is_used: bool) -> None:
    sheet = Sheet(f"@layer a{{@media print{{{selector},.gone{{color:red}}}}}}")
    purged = sheet.purged(Uses(read("/", PAGE).elements, [SCRIPT]))
    assert purged == (f"@layer a{{@media print{{{selector}{{color:red}}}}}}" if is_used else "")


def test_of_a_sheet_the_names_are_kept_that_something_names() -> None:
    sheet = Sheet(
        "@layer a,b;:root{--one:var(--two);--two:1px;--three:3px}.line{margin:var(--one);animation:turn 1s}"
        "@keyframes turn{to{margin:var(--three)}}@keyframes spin{to{margin:0}}"
    )
    purged = sheet.purged(Uses(read("/", PAGE).elements, []))
    assert purged == (
        "@layer a,b;:root{--one:var(--two);--two:1px;--three:3px}.line{margin:var(--one);animation:turn 1s}"
        "@keyframes turn{to{margin:var(--three)}}"
    )
    assert Sheet(":root{--four:4px}").purged(Uses(read("/", PAGE).elements, [])) == ""


# What authors of Material's pages write, each with what it needs.
EXTENSIONS = """
  - admonition
  - pymdownx.details
  - pymdownx.highlight
  - pymdownx.superfences
  - pymdownx.tasklist:
      custom_checkbox: true
  - pymdownx.tabbed:
      alternate_style: true
  - footnotes
"""
WRITTEN = """
!!! warning "Mind the gap"
    A *paragraph*, and `code`.

??? tip
    Folded away.

=== "One"

    First.

=== "Two"

    Second.

| Column | Another |
|---|---|
| a | 1 |

- [x] Done
- [ ] Not yet

```python
def answer() -> int:
    return 42  # of all
```

> Quoted.[^1]

[^1]: Where from.
"""
_LOOKS = """() => [...document.querySelectorAll("html, body, article, article *")].flatMap((element) =>
  [null, "::before", "::after"].map((pseudo) => {
    const style = getComputedStyle(element, pseudo);
    const names = [...style].filter((name) => !name.startsWith("--"));
    const looks = Object.fromEntries(names.map((name) => [name, style[name]]));
    return [[element.localName, ...element.classList].join(".") + (pseudo ?? ""), looks];
  }),
)"""


def looks(browser: Browser, site: Path) -> list[list[tuple[str, dict[str, str]]]]:
    """How everything on the author's page looks, as it is opened and once its reader has used it."""
    page = browser.new_page(reduced_motion="reduce")
    page.route("**/*", lambda route: route.fulfill(path=site / route.request.url.removeprefix("http://desk/")))
    page.goto("http://desk/contact/index.html")
    seen: list[list[tuple[str, dict[str, str]]]] = [page.evaluate(_LOOKS)]
    page.get_by_text("Two", exact=True).click()
    page.get_by_text("Tip", exact=True).click()
    page.get_by_text("Second.", exact=True).hover()
    seen.append(page.evaluate(_LOOKS))
    page.close()
    return seen


def test_what_authors_write_looks_as_material_makes_it(
    project: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (project / "mkdocs.yml").open("a", encoding="utf-8") as settings:
        settings.write(EXTENSIONS.lstrip("\n"))
    with (project / "docs/en/contact.md").open("a", encoding="utf-8") as guide:
        guide.write(WRITTEN)
    build(project)
    purged = looks(browser, project / "build/site")
    monkeypatch.setattr(Uses, "use", lambda uses, selector: True)
    build(project)

    whole = looks(browser, project / "build/site")
    written = {"p.admonition-title::before", "div.tabbed-set.tabbed-alternate", "span.task-list-indicator", "td"}
    assert written <= {name for name, _ in whole[0]}
    assert purged == whole
    [block] = [look for name, look in whole[0] if name == "code" and look["display"] == "block"]
    assert float(block["padding-left"].removesuffix("px")) > 10
