"""YAML that people write by hand, read with the line of every value, so that a mistake can be shown where it stands.

Only plain data: no tags, no anchors, no double keys; `yes`, `on` and `12:30` stay the texts they look like, dates are
dates, and a float is refused (money is fen, days are whole).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from offshelf.kit.errors import UsageError

_INT, _BOOL, _NULL, _DATE, _FLOAT = (
    f"tag:yaml.org,2002:{name}" for name in ("int", "bool", "null", "timestamp", "float")
)
_SHORTHAND = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)
_DEEPEST = 20
_LARGEST = 2_000_000  # characters; a register of a hundred thousand rows is no file for hands


@dataclass(frozen=True, slots=True)
class Node:
    """One value with its place. `value` is a scalar, a list of nodes, or a mapping of texts to nodes."""

    value: Any
    file: str
    line: int

    def plain(self) -> Any:
        """Return the value as plain data."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, Mapping):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """Return the entries of a mapping; refuses anything else with its line."""
        if not isinstance(self.value, Mapping):
            raise UsageError("yaml.not_a_table", file=self.file, line=self.line)
        yield from self.value.items()

    def rows(self) -> list[Node]:
        """Return the items of a list; refuses anything else with its line."""
        if not isinstance(self.value, list):
            raise UsageError("yaml.not_a_list", file=self.file, line=self.line)
        return list(self.value)


def read_yaml(text: str, file: str) -> Node:
    """Return the one document of a text with the lines of its values. Refuses with file, line and what to change."""
    if len(text) > _LARGEST:
        raise UsageError("yaml.too_large", file=file, line=1, limit=_LARGEST)
    try:
        found = yaml.compose(text, Loader=yaml.SafeLoader)
        marked = [token.start_mark.line + 1 for token in yaml.scan(text) if isinstance(token, _SHORTHAND)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UsageError("yaml.unreadable", file=file, line=line, problem=error.problem or "") from None
    except yaml.YAMLError:  # characters that no YAML may hold: there is no mark
        raise UsageError("yaml.unreadable", file=file, line=1, problem="\ufffd") from None
    except RecursionError:
        raise UsageError("yaml.too_deep", file=file, line=1, limit=_DEEPEST) from None
    if found is None:
        raise UsageError("yaml.empty", file=file, line=1)
    if marked:
        raise UsageError("yaml.no_anchors", file=file, line=marked[0])
    return _node(found, file, 0)


def _node(node: yaml.Node, file: str, depth: int) -> Node:
    line = node.start_mark.line + 1
    if depth > _DEEPEST:
        raise UsageError("yaml.too_deep", file=file, line=line, limit=_DEEPEST)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(item, file, depth + 1) for item in node.value], file, line)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Node] = {}
        for key, item in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            at = key.start_mark.line + 1
            if not name:
                raise UsageError("yaml.key_is_no_text", file=file, line=at)
            if name in found:
                raise UsageError("yaml.key_twice", file=file, line=at, key=name[:80])
            found[name] = _node(item, file, depth + 1)
        return Node(found, file, line)
    return Node(_scalar(str(node.value), node.tag, file, line), file, line)


def _scalar(text: str, tag: str, file: str, line: int) -> Any:
    if tag == _NULL:
        return None
    if tag == _BOOL and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if tag == _INT and len(text) > 18:
        raise UsageError("yaml.number_too_large", file=file, line=line)
    if tag == _INT and text.lstrip("-").isdigit() and str(int(text)) == text:
        return int(text)  # 0077 and 1_000 stay texts: codes of goods look like that
    if tag == _DATE and len(text) == 10:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UsageError("yaml.no_such_day", file=file, line=line, day=text) from None
    if tag == _FLOAT:
        raise UsageError("yaml.no_floats", file=file, line=line, number=text)
    return text
