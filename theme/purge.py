"""Leaves out of a style sheet what some pages do not use.

A rule is used when each part of one of its selectors (`.line`, `td:first-child`) fits an element of those pages, of
their templates too; which state an element is in, and what stands in what, is the browser's to find out. What the
pages' scripts may make, or give an element, are the words of the scripts themselves.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import tinycss2

from theme.built import Element

_WORD = re.compile(r"[A-Za-z][\w-]*")
_CAPITAL = re.compile(r"(?=[A-Z])")
_IDENTIFIER = re.compile(r"[A-Za-z_-][\w-]*")
_NAMED = re.compile(r"var\(\s*(--[\w-]+)")
# Of the selectors in these one has to fit.
_EITHER = ("is", "where")
_GROUPS = ("layer", "media", "supports")
_COMBINATORS = (" ", ">", "+", "~")
# What no page says of an element until its reader does something.
_BY_READERS = {"open"}
# The elements whose tags the scripts that make them need not say.
_BY_CONSTRUCTORS = {"Image": "img", "Audio": "audio", "Option": "option"}
# What scripts set to what they are told, whatever it is.
_TOLD = ("aria-", "data-")


class Uses:
    """What some pages use: their elements, and the words of their scripts."""

    def __init__(self, elements: Collection[Element], scripts: Iterable[str]) -> None:
        self._elements = elements
        # Most of what is asked for is nowhere at all.
        self._tags = {"", *(one.tag for one in elements)}
        self._classes = frozenset[str]().union(*(one.classes for one in elements))
        self._attributes = frozenset[str]().union(*(one.attributes for one in elements))
        words = {word for script in scripts for word in _WORD.findall(script)}
        words |= {tag for name, tag in _BY_CONSTRUCTORS.items() if name in words}
        self._words = words | _BY_READERS | {"data-" + "-".join(_CAPITAL.split(word)).lower() for word in words}
        self._fitted: dict[Compound, bool] = {}

    def fit(self, compound: "Compound") -> bool:
        """Whether there may be such an element."""
        if compound not in self._fitted:
            self._fitted[compound] = self._may_be(compound)
        return self._fitted[compound]

    def _may_be(self, compound: "Compound") -> bool:
        for alternatives in compound.either:
            if not any(map(self.use, alternatives)):
                return False
        tag = "" if compound.tag in self._words else compound.tag
        classes = compound.classes - self._words
        others = {other for other in compound.others if not self._is_set(other)}
        if not (tag in self._tags and classes <= self._classes and others <= self._attributes):
            return False
        return any(
            tag in ("", one.tag) and classes <= one.classes and others <= one.attributes for one in self._elements
        )

    def use(self, selector: "Selector") -> bool:
        """Whether there may be all the elements that a selector names."""
        return all(map(self.fit, selector.compounds))

    def _is_set(self, attribute: str) -> bool:
        name, _, value = attribute.partition("=")
        return name in self._words and (not value or name.startswith(_TOLD) or value in self._words)


@dataclass(frozen=True)
class Compound:
    """What a selector says of one element, but the states that it may be in."""

    tag: str
    classes: frozenset[str]
    others: frozenset[str]
    """Its id and its attributes, as an Element has them."""
    either: tuple[tuple["Selector", ...], ...]
    """For each `:is()` the selectors of which one has to fit."""


@dataclass(frozen=True)
class Selector:
    """One of those that a rule is for."""

    text: str
    compounds: tuple[Compound, ...]


@dataclass(frozen=True)
class Rule:
    """Selectors and, by the name of each, declarations."""

    selectors: tuple[Selector, ...]
    declarations: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Group:
    """`@media`, `@supports` or a layer, with what stands in it."""

    head: str
    rules: tuple["Statement", ...]


@dataclass(frozen=True)
class Other:
    """What no selector stands before; `name` is that of keyframes."""

    text: str
    name: str


type Statement = Rule | Group | Other


class Sheet:
    """A style sheet, read once. Raises ValueError for one that is not valid."""

    def __init__(self, text: str) -> None:
        self._statements = tuple(_statements(tinycss2.parse_stylesheet(text, True, True)))

    @property
    def rules(self) -> list[Rule]:
        """All of them, in whatever group."""
        return [one for one in _flat(self._statements) if isinstance(one, Rule)]

    def purged(self, uses: Uses) -> str:
        """Those of its rules, keyframes and custom properties that are used."""
        named: set[str] = set()
        used = [*_used(self._statements, uses)]
        while True:
            text = "".join(_written(one, named) for one in used)
            found = {*_NAMED.findall(text), *self._keyframes.intersection(_IDENTIFIER.findall(text))}
            if found <= named:
                return text
            named |= found

    @cached_property
    def _keyframes(self) -> set[str]:
        return {one.name for one in _flat(self._statements) if isinstance(one, Other) and one.name}


def _used(statements: Iterable[Statement], uses: Uses) -> Iterator[Statement]:
    for one in statements:
        match one:
            case Rule():
                if selectors := tuple(filter(uses.use, one.selectors)):
                    yield Rule(selectors, one.declarations)
            case Group():
                yield Group(one.head, tuple(_used(one.rules, uses)))
            case Other():
                yield one


def _written(statement: Statement, named: Collection[str]) -> str:
    match statement:
        case Rule():
            said = [f"{name}:{value}" for name, value in statement.declarations if name[:2] != "--" or name in named]
            return f"{','.join(one.text for one in statement.selectors)}{{{';'.join(said)}}}" if said else ""
        case Group():
            held = "".join(_written(one, named) for one in statement.rules)
            return f"{statement.head}{{{held}}}" if held else ""
        case Other():
            return "" if statement.name and statement.name not in named else statement.text


def _flat(statements: Iterable[Statement]) -> Iterator[Statement]:
    for one in statements:
        yield one
        if isinstance(one, Group):
            yield from _flat(one.rules)


def _statements(nodes: Iterable[Any]) -> Iterator[Statement]:
    for node in nodes:
        if node.type == "error":
            raise ValueError(f"{node.source_line}:{node.source_column}: {node.message}")
        if node.type == "qualified-rule":
            declared = tinycss2.parse_blocks_contents(node.content, True, True)
            yield Rule(tuple(_selectors(node.prelude)), tuple(_declaration(one) for one in declared))
        elif node.lower_at_keyword in _GROUPS and node.content is not None:
            head = f"@{node.at_keyword}{tinycss2.serialize(node.prelude)}"
            yield Group(head, tuple(_statements(tinycss2.parse_rule_list(node.content, True, True))))
        else:
            name = tinycss2.serialize(node.prelude).strip() if node.lower_at_keyword.endswith("keyframes") else ""
            yield Other(node.serialize(), name)


def _declaration(node: Any) -> tuple[str, str]:
    if node.type != "declaration":
        raise ValueError(f"{node.source_line}:{node.source_column}: no declaration: {node.serialize()}")
    return node.name, tinycss2.serialize(node.value) + ("!important" if node.important else "")


def _selectors(tokens: Sequence[Any]) -> Iterator[Selector]:
    for is_comma, some in groupby(tokens, lambda one: one == ","):
        if not is_comma:
            one = list(some)
            yield Selector(tinycss2.serialize(one).strip(), tuple(_compounds(one)))


def _compounds(tokens: Iterable[Any]) -> Iterator[Compound]:
    for is_between, some in groupby(tokens, lambda token: token.type == "whitespace" or token in _COMBINATORS):
        if not is_between:
            yield _compound(list(some))


def _compound(tokens: Sequence[Any]) -> Compound:
    tag, classes, others, either, before = "", set(), set(), [], ""
    for token in tokens:
        match token.type:
            case "ident" if before == ".":
                classes.add(token.value)
            case "ident" if not before:
                tag = token.value
            case "hash":
                others.add(f"#{token.value}")
            case "[] block":
                others.add(_attribute(token.content))
            case "function" if token.lower_name in _EITHER:
                either.append(tuple(_selectors(token.arguments)))
        before = token.value if token.type == "literal" else token.type
    return Compound(tag, frozenset(classes), frozenset(others), tuple(either))


def _attribute(tokens: Sequence[Any]) -> str:
    """Its name; with its value where it has to be that one."""
    said = [token for token in tokens if token.type != "whitespace"]
    name = str(said[0].value)
    return f"{name}={said[2].value}" if len(said) == 3 and said[1] == "=" else name
