"""Reads template.yaml and resolves CloudFormation's intrinsic functions in it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

# libyaml's loader is ten times as fast, and part of PyYAML's wheels.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")
NO_VALUE = object()


class _TemplateLoader(_Loader):  # type: ignore[misc]
    """Understands the short forms `!Ref`, `!GetAtt`, `!Sub` …"""


def _short_form(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _short_form)


def load(path: Path) -> dict[str, Any]:
    """The template as plain data, its short forms written out."""
    template: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_TemplateLoader)  # noqa: S506
    return template


class Resolver:
    """Replaces intrinsic functions by their values; `ref` and `attribute` say what resources answer."""

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, str],
        ref: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
    ) -> None:
        declared = template.get("Parameters", {})
        unknown = parameters.keys() - declared.keys()
        if unknown:
            raise KeyError(f"the template has no parameter {', '.join(sorted(unknown))}")
        defaults = {name: str(parameter["Default"]) for name, parameter in declared.items() if "Default" in parameter}
        self._parameters = defaults | dict(parameters)
        self._mappings = template.get("Mappings", {})
        self._conditions = template.get("Conditions", {})
        self._ref = ref
        self._attribute = attribute

    def value(self, node: Any) -> Any:
        """The node with every intrinsic function in it resolved."""
        if isinstance(node, dict):
            if len(node) == 1:
                [(name, argument)] = node.items()
                if name == "Ref":
                    return self._name(argument)
                if name == "Condition" and isinstance(argument, str):
                    return self.holds(argument)
                if name.startswith("Fn::"):
                    return self._function(name.removeprefix("Fn::"), argument)
            resolved = {key: self.value(child) for key, child in node.items()}
            return {key: child for key, child in resolved.items() if child is not NO_VALUE}
        if isinstance(node, list):
            return [child for child in map(self.value, node) if child is not NO_VALUE]
        return node

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        return bool(self.value(self._conditions[condition]))

    def _name(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._parameters[name] if name in self._parameters else self._ref(name)

    def _function(self, function: str, argument: Any) -> Any:
        match function, argument:
            case "GetAtt", [name, attribute]:
                return self._attribute(name, self.value(attribute))
            case "Sub", str():
                return self._substituted(argument, {})
            case "Sub", [str() as text, dict() as values]:
                return self._substituted(text, {key: self.value(value) for key, value in values.items()})
            case "Join", [separator, parts]:
                return separator.join(map(str, self.value(parts)))
            case "Select", [index, options]:
                return self.value(options)[int(index)]
            case "Split", [separator, text]:
                return self.value(text).split(separator)
            case "FindInMap", [mapping, key, field]:
                return self._mappings[mapping][self.value(key)][self.value(field)]
            case "If", [condition, then, otherwise]:
                return self.value(then if self.holds(condition) else otherwise)
            case "Equals", [one, other]:
                return str(self.value(one)) == str(self.value(other))
            case "Not", [condition]:
                return not self.value(condition)
            case "And", list():
                return all(map(self.value, argument))
            case "Or", list():
                return any(map(self.value, argument))
        raise NotImplementedError(f"the local cloud does not know Fn::{function} with {argument!r}")

    def _substituted(self, text: str, values: Mapping[str, Any]) -> str:
        def replaced(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in values:
                return str(values[name])
            resource, _, attribute = name.partition(".")
            return str(self._attribute(resource, attribute) if attribute else self._name(resource))

        return _PLACEHOLDER.sub(replaced, text)
