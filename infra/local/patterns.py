"""EventBridge's pattern language, as event source mappings filter with it."""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

_MISSING = object()
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def passes(filters: Sequence[Mapping[str, str]], record: Any) -> bool:
    """Whether a record passes one of the `Filters` of a mapping; without filters each does."""
    return not filters or any(matches(_read(each["Pattern"]), record) for each in filters)


@cache
def _read(pattern: str) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(pattern)
    return content


def matches(pattern: Mapping[str, Any], content: Any) -> bool:
    """Whether the content has all that the pattern names.

    Raises NotImplementedError for a rule of the language that is not known here.
    """
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(matches(alternative, content) for alternative in wanted):
                return False
            continue
        value = content.get(name, _MISSING) if isinstance(content, Mapping) else _MISSING
        if isinstance(wanted, Mapping):
            if not matches(wanted, {} if value is _MISSING else value):
                return False
        elif not any(_fits(rule, value) for rule in wanted):
            return False
    return True


def _fits(rule: Any, value: Any) -> bool:
    if isinstance(value, list):
        return any(_fits(rule, element) for element in value)
    if not isinstance(rule, Mapping):
        return value is not _MISSING and type(value) is type(rule) and value == rule
    [(kind, argument)] = rule.items()
    if kind == "exists":
        # Only a leaf exists: an object is no value to EventBridge.
        return (value is not _MISSING and not isinstance(value, Mapping)) is bool(argument)
    if value is _MISSING:
        return False
    match kind:
        case "prefix" | "suffix" | "equals-ignore-case":
            return isinstance(value, str) and _text_fits(kind, argument, value)
        case "numeric":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            pairs = zip(argument[::2], argument[1::2], strict=True)
            return is_number and all(_COMPARISONS[sign](value, bound) for sign, bound in pairs)
        case "anything-but":
            if isinstance(argument, Mapping):
                return not _fits(argument, value)
            unwanted = argument if isinstance(argument, list) else [argument]
            return not any(_fits(each, value) for each in unwanted)
    raise NotImplementedError(f"the local cloud does not know the pattern rule {kind}")


def _text_fits(kind: str, argument: Any, value: str) -> bool:
    if isinstance(argument, Mapping):
        argument, value = argument["equals-ignore-case"].casefold(), value.casefold()
    match kind:
        case "prefix":
            return value.startswith(str(argument))
        case "suffix":
            return value.endswith(str(argument))
    return value.casefold() == str(argument).casefold()
