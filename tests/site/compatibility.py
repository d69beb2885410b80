"""What the pages' scripts and style sheets use, and which of it browsers of a given age do not know, by MDN's data.

A property of something whose type nobody can tell is judged by its name: it is unknown when nothing of that name, on
any object that browsers have, is known. Options of a call and values that a script computes are not seen.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import tinycss2
import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from infra.npm import Taken

# The oldest of each that the desk promises to work in.
FLOOR = {
    "chrome": "100",
    "chrome_android": "100",
    "edge": "100",
    "firefox": "100",
    "firefox_android": "100",
    "safari": "15.4",
    "safari_ios": "15.4",
}
DATA = Taken(
    "@mdn/browser-compat-data",
    "8.1.9",
    "eddf03f72cd54b8ba02dbb78725cdce43294f1dabce4ad2545e6e3ce93f8dc6c52afbbd82a673381fb8453ed1b7a29a39796269c791c12bb68960e6de6db5bd0",
    "data.json",
)
_JAVASCRIPT = Language(tree_sitter_javascript.language())
_OPERATORS = {
    "??": "nullish_coalescing",
    "??=": "nullish_coalescing_assignment",
    "||=": "logical_or_assignment",
    "&&=": "logical_and_assignment",
    "**": "exponentiation",
    "**=": "exponentiation_assignment",
}
_FLAGS = {"d": "hasIndices", "g": "global", "i": "ignoreCase", "m": "multiline", "s": "dotAll", "u": "unicode"} | {
    "v": "unicodeSets",
    "y": "sticky",
}
_PATTERNS = {
    r"\(\?<[=!]": "lookbehind_assertion",
    r"\(\?<\w": "named_capturing_group",
    r"\\[pP]\{": "unicode_character_class_escape",
    r"\(\?(?:[ims]+(?:-[ims]*)?|-[ims]+):": "modifier",
}
_UNITS = {"d": "dynamic", "l": "large", "s": "small"}
_VIEWPORT = re.compile(r"([dls])(?:vh|vw|vi|vb|vmin|vmax)")


@cache
def data() -> Mapping[str, Any]:
    """MDN's table. Raises NotInstalled where it cannot be had."""
    read: Mapping[str, Any] = json.loads(DATA.get().read_text())
    return read


def lacking(feature: str) -> list[str]:
    """The browsers of that age that do not know a feature, named by its path in the table; none if it is not there."""
    found: Any = data()
    for part in feature.split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return _lacking(found) if found else []


def _lacking(entry: Mapping[str, Any]) -> list[str]:
    support = entry.get("__compat", {}).get("support", {})
    return [name for name, floor in FLOOR.items() if name in support and not _knows(support[name], floor)]


def _knows(said: Any, floor: str) -> bool:
    return any(
        not one.keys() & {"flags", "prefix", "alternative_name"}
        and _is_until(one.get("version_added"), floor)
        and not _is_until(one.get("version_removed"), floor)
        for one in (said if isinstance(said, list) else [said])
    )


def _is_until(version: Any, floor: str) -> bool:
    numbers = re.findall(r"\d+", version) if isinstance(version, str) else []
    return bool(numbers) and [int(number) for number in numbers] <= [int(number) for number in floor.split(".")]


@cache
def _members() -> Mapping[str, tuple[str, ...]]:
    """The features of each name that an object of the browser's may have."""
    found: dict[str, list[str]] = {}
    for root in ("api", "javascript/builtins", "javascript/builtins/Intl"):
        for name, entry in _at(root).items():
            # What an interface itself has is only ever asked of it by name.
            for member in (member for member in entry if not member.endswith("_static")):
                found.setdefault(member, []).append(f"{root}/{name}/{member}")
    return {name: tuple(features) for name, features in found.items() if name != "__compat"}


def _at(path: str) -> Mapping[str, Any]:
    found: Any = data()
    for part in path.split("/"):
        found = found[part]
    return dict(found)


def _is_known(feature: str) -> bool:
    found: Any = data()
    for part in feature.split("/"):
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return True


def own_names(scripts: Iterable[str]) -> frozenset[str]:
    """What scripts call things of their own: what they write into objects and classes is no browser's."""
    found: set[str] = set()
    for script in scripts:
        for node in _nodes(script):
            if node.type in ("method_definition", "field_definition", "pair", "pair_pattern"):
                found.add(
                    _text(
                        node.child_by_field_name("name")
                        or node.child_by_field_name("property")
                        or node.child_by_field_name("key")
                    )
                )
            elif node.type in ("shorthand_property_identifier", "shorthand_property_identifier_pattern"):
                found.add(_text(node))
            elif node.type == "assignment_expression" and node.children[0].type == "member_expression":
                target, value = node.children[0], node.children[-1]
                if _text(target.child_by_field_name("object")) == "this" or "function" in value.type:
                    found.add(_text(target.child_by_field_name("property")))
    return frozenset(found)


def used_by_script(script: str, own: frozenset[str] = frozenset()) -> Iterator[str]:
    """The features that a script uses, by their paths in the table; of a name alone, one that is known if any is."""
    for node in _nodes(script):
        match node.type:
            case "member_expression":
                yield from _member(node, own)
            case "identifier":
                yield from (f"{root}/{_text(node)}" for root in ("api", "javascript/builtins", "api/Window"))
            case "string_fragment":
                yield from _event(node)
            case "regex":
                yield from _regex(node)
            case _:
                yield from _syntax(node)


def _nodes(script: str) -> Iterator[Node]:
    tree = Parser(_JAVASCRIPT).parse(script.encode())
    assert not tree.root_node.has_error, "the parser does not know this syntax"
    waiting = [tree.root_node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)


def _text(node: Node | None) -> str:
    return node.text.decode() if node is not None and node.text is not None else ""


def _member(node: Node, own: frozenset[str]) -> Iterator[str]:
    owner, name = (_text(node.child_by_field_name(part)) for part in ("object", "property"))
    if node.child_by_field_name("optional_chain") is not None:
        yield "javascript/operators/optional_chaining"
    for root in ("api", "javascript/builtins"):
        if owner[:1].isupper() and _is_known(f"{root}/{owner}"):
            yield from (f"{root}/{owner}/{name}{end}" for end in ("_static", ""))
            return
    if name not in own:
        yield from _best(_members().get(name, ()))


def _event(node: Node) -> Iterator[str]:
    call = node.parent and node.parent.parent and node.parent.parent.parent
    if (
        call
        and call.type == "call_expression"
        and _text(call.child_by_field_name("function")).endswith("addEventListener")
    ):
        yield from _best(_members().get(f"{_text(node)}_event", ()))


def _best(features: tuple[str, ...]) -> Iterator[str]:
    if features:
        yield min(features, key=lambda feature: len(lacking(feature)))


def _regex(node: Node) -> Iterator[str]:
    pattern, flags = (_text(node.child_by_field_name(part)) for part in ("pattern", "flags"))
    yield from (f"javascript/builtins/RegExp/{_FLAGS[flag]}" for flag in flags)
    yield from (
        f"javascript/regular_expressions/{name}" for sign, name in _PATTERNS.items() if re.search(sign, pattern)
    )


def _syntax(node: Node) -> Iterator[str]:
    if node.type in _OPERATORS:
        yield f"javascript/operators/{_OPERATORS[node.type]}"
    elif node.type == "class_static_block":
        yield "javascript/classes/static/initialization_blocks"
    elif node.type == "field_definition":
        is_private = _text(node.child_by_field_name("property")).startswith("#")
        yield f"javascript/classes/{'private' if is_private else 'public'}_class_fields"
        if any(child.type == "static" for child in node.children):
            yield "javascript/classes/static/class_fields"
    elif node.type == "method_definition" and _text(node.child_by_field_name("name")).startswith("#"):
        yield "javascript/classes/private_class_methods"
    elif node.type == "binary_expression" and node.children[0].type == "private_property_identifier":
        yield "javascript/classes/private_class_fields_in"
    elif node.type == "await_expression" and not _is_inside_function(node):
        yield "javascript/operators/await/top_level"
    elif node.type == "catch_clause" and node.child_by_field_name("parameter") is None:
        yield "javascript/statements/try_catch/optional_catch_binding"
    elif node.type == "import":
        yield (
            "javascript/operators/import"
            if _text(node.parent).startswith("import(")
            else "javascript/statements/import"
        )
    elif node.type == "import_attribute":
        yield "javascript/statements/import/import_attributes"
    elif node.type == "number" and "_" in _text(node):
        yield "javascript/grammar/numeric_separators"


def _is_inside_function(node: Node | None) -> bool:
    while node is not None:
        if "function" in node.type or node.type == "method_definition":
            return True
        node = node.parent
    return False


def used_by_style(sheet: str) -> Iterator[str]:
    """The features that a style sheet needs: what stands in @supports, over an older value, or beside
    what a maker called it before, is needed by nobody.
    """
    yield from _rules(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True), is_nested=False)


def _rules(rules: Iterable[Any], *, is_nested: bool) -> Iterator[str]:
    settled: set[str] = set()
    rules = list(rules)
    names = {rule.lower_name for rule in rules if rule.type == "declaration"}
    for rule in rules:
        if rule.type == "at-rule":
            name = rule.lower_at_keyword
            if name == "supports":
                continue
            yield f"css/at-rules/{name}"
            if name == "media":
                yield from (
                    f"css/at-rules/media/{token.value}" for token in _tokens(rule.prelude) if token.type == "ident"
                )
            if rule.content is not None:
                inside = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
                yield from _rules(inside, is_nested=is_nested)
        elif rule.type == "qualified-rule":
            if is_nested:
                yield "css/selectors/nesting"
            yield from _selectors(rule.prelude)
            inside = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            yield from _rules(inside, is_nested=True)
        elif rule.type == "declaration":
            needed = [feature for feature in _declaration(rule) if _is_known(feature)]
            is_prefixed = any(f"-{maker}-{rule.lower_name}" in names for maker in ("webkit", "moz"))
            is_known = not any(map(lacking, needed))
            if is_known or (rule.lower_name not in settled and not is_prefixed):
                yield from needed
            if is_known:
                settled.add(rule.lower_name)


def _selectors(prelude: Iterable[Any]) -> Iterator[str]:
    tokens = list(_tokens(prelude))
    for before, token in pairwise(tokens):
        if before == ":" and token.type in ("ident", "function"):
            name = token.lower_value if token.type == "ident" else token.lower_name
            # A maker's own pseudo-element is taken, and left out, by all.
            if not name.startswith("-"):
                yield f"css/selectors/{name}"


def _declaration(declaration: Any) -> Iterator[str]:
    name = declaration.lower_name
    if not name.startswith("-"):
        yield f"css/properties/{name}"
    for token in _tokens(declaration.value):
        if token.type == "function":
            yield from (f"css/types/{kind}{token.lower_name}" for kind in ("", "color/", "gradient/", "image/"))
            yield f"css/properties/{name}/{token.lower_name}"
        elif token.type == "ident" and not name.startswith("--"):
            yield f"css/properties/{name}/{token.lower_value}"
        elif token.type == "dimension":
            yield f"css/types/length/{_unit(token.lower_unit)}"


def _unit(unit: str) -> str:
    if viewport := _VIEWPORT.fullmatch(unit):
        return f"viewport_percentage_units_{_UNITS[viewport[1]]}"
    return "container_query_length_units" if unit.startswith("cq") else unit


def _tokens(tokens: Iterable[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from _tokens(getattr(token, "content", None) or getattr(token, "arguments", None) or ())
