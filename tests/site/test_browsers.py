"""Nothing on the pages needs a browser that is younger than the oldest that the desk promises to work in."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.site.compatibility import FLOOR, lacking, own_names, used_by_script, used_by_style
from theme.built import BuiltPage

# What a browser of that age does without, and why nobody misses it there.
EXCEPTIONS = {
    "css/at-rules/media/forced-colors": "Safari has no such mode to ask for",
    "css/at-rules/page": "prints with the printer's own margins",
    "css/properties/break-after": "a heading may be printed at the foot of a sheet",
    "css/properties/color-adjust": "the former name, beside the present one",
    "css/properties/cursor": "a telephone has no pointer to change",
    "css/properties/resize": "a telephone lets nobody pull at a field; the field scrolls",
    "css/properties/text-wrap": "lines break where they always did",
    "css/selectors/selection": "marked text in the telephone's own colour",
}
# Names of what the API and the texts hold, which some object of some browser has too.
OURS = frozenset({"city", "country", "effects", "hide", "level", "profiles", "reasons", "removed"})


@pytest.fixture(scope="module")
def used(site: Path, pages: Sequence[BuiltPage]) -> dict[str, set[str]]:
    """Every feature that the built site uses, and the files that use it."""
    scripts = {path.name: path.read_text() for path in site.rglob("*.js")}
    scripts |= {f"{page.path}, inline": script for page in pages for script in page.scripts}
    own = own_names(scripts.values()) | OURS
    found: dict[str, set[str]] = {}
    for name, script in scripts.items():
        for feature in used_by_script(script, own):
            found.setdefault(feature, set()).add(name)
    for sheet in site.rglob("*.css"):
        for feature in used_by_style(sheet.read_text()):
            found.setdefault(feature, set()).add(sheet.name)
    return found


def reason(feature: str) -> str | None:
    """The exception that a feature falls under, if any."""
    return next((one for one in EXCEPTIONS if f"{feature}/".startswith(f"{one}/")), None)


def test_every_feature_is_known_to_the_oldest_browsers(used: dict[str, set[str]]) -> None:
    unknown = {feature: lacking(feature) for feature in used}
    assert [
        f"{feature} in {', '.join(sorted(used[feature]))}: not in "
        + ", ".join(f"{name} {FLOOR[name]}" for name in browsers)
        for feature, browsers in sorted(unknown.items())
        if browsers and not reason(feature)
    ] == []


def test_no_exception_is_left_over(used: dict[str, set[str]]) -> None:
    assert EXCEPTIONS.keys() - {reason(feature) for feature in used if lacking(feature)} == set()


def test_enough_is_seen(used: dict[str, set[str]]) -> None:
    """Of every kind there is something that the pages are known to use."""
    assert used.keys() >= {
        "api/BroadcastChannel",
        "api/Crypto/randomUUID",
        "api/Window/pagehide_event",
        "css/at-rules/media/prefers-color-scheme",
        "css/properties/clip-path",
        "css/selectors/focus-visible",
        "css/types/clamp",
        "javascript/builtins/Intl/DateTimeFormat",
        "javascript/classes/private_class_methods",
        "javascript/operators/nullish_coalescing_assignment",
    }


@pytest.mark.parametrize(
    ("script", "feature"),
    [
        ("URL.canParse(text)", "api/URL/canParse_static"),
        ("copy = structuredClone(state)", None),
        ("Object.groupBy(lines, by)", "javascript/builtins/Object/groupBy"),
        ("lines.toSorted()", "javascript/builtins/Array/toSorted"),
        ("Array.fromAsync(lines)", "javascript/builtins/Array/fromAsync"),
        ("dialog.showPopover()", "api/HTMLElement/showPopover"),
        ("new Intl.Segmenter('fr')", "javascript/builtins/Intl/Segmenter"),
        ("text.match(/(?<=a)b/)", "javascript/regular_expressions/lookbehind_assertion"),
        ("text.match(/[a--b]/v)", "javascript/builtins/RegExp/unicodeSets"),
        ("class A { static { begin(); } }", "javascript/classes/static/initialization_blocks"),
        ("signal = AbortSignal.any(others)", "api/AbortSignal/any_static"),
        ("addEventListener('scrollend', stop)", "api/Document/scrollend_event"),
        ("new CompressionStream('gzip')", "api/CompressionStream"),
    ],
)
def test_a_younger_feature_of_a_script_is_named(script: str, feature: str | None) -> None:
    found = {one for one in used_by_script(script) if lacking(one)}
    assert found == ({feature} if feature else set())


@pytest.mark.parametrize(
    ("sheet", "feature"),
    [
        ("a { color: light-dark(#000, #fff) }", "css/types/color/light-dark"),
        (":root { --edge: light-dark(#000, #fff) }", "css/types/color/light-dark"),
        ("a { color: color-mix(in srgb, red, blue) }", "css/types/color/color-mix"),
        (".field:has(.error) { margin: 0 }", "css/selectors/has"),
        ("a { &:hover { color: red } }", "css/selectors/nesting"),
        ("@container (width > 20rem) { a { color: red } }", "css/at-rules/container"),
        ("a { height: 100dvh }", "css/types/length/viewport_percentage_units_dynamic"),
        ("a { height: 100vh; height: 100dvh }", None),
        ("@supports (height: 100dvh) { a { height: 100dvh } }", None),
        ("a { -webkit-hyphens: auto; hyphens: auto }", None),
        ("a { rotate: 45deg }", "css/properties/rotate"),
    ],
)
def test_a_younger_feature_of_a_style_sheet_is_named(sheet: str, feature: str | None) -> None:
    found = {one for one in used_by_style(sheet) if lacking(one)}
    assert found == ({feature} if feature else set())
