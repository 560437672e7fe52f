"""Reads our own source as syntax trees, for the tests in `tests/architecture`."""

from __future__ import annotations

import ast
import builtins
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "offshelf"
BUILTIN_ERRORS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file. `name` is dotted, `room` the first name below `offshelf` (empty for the package itself)."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Return e.g. `offshelf.kit.clock`."""
        parts = ("offshelf", *self.path.relative_to(SOURCE).with_suffix("").parts)
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def room(self) -> str:
        """Return the room the file belongs to."""
        return self.name.split(".")[1] if "." in self.name else ""

    @property
    def where(self) -> str:
        """Return the path as people name it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        """Return how many lines the file has."""
        return self.text.count("\n")

    @cached_property
    def names(self) -> dict[str, str]:
        """Return what imported names stand for: `{"sleep": "time.sleep"}`."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return found

    def dotted(self, node: ast.expr) -> str:
        """Return the full name an expression refers to (`datetime.datetime.now`), or nothing."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def functions(self) -> Iterator[FunctionNode]:
        """Return every function, methods and inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                yield node

    def calls(self) -> Iterator[tuple[ast.Call, FunctionNode | None]]:
        """Return every call with the innermost function around it."""
        yield from _calls(self.tree, None)


def _calls(node: ast.AST, around: FunctionNode | None) -> Iterator[tuple[ast.Call, FunctionNode | None]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, around
        yield from _calls(child, child if isinstance(child, FunctionNode) else around)


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the package."""
    return tuple(read(path) for path in sorted(SOURCE.rglob("*.py")))


def none(found: Iterable[str]) -> bool:
    """Fail with every item on a line of its own; for `assert none(...)` where a list should be empty."""
    lines = sorted(found)
    if lines:
        raise AssertionError("\n".join([f"{len(lines)} found:", *lines]))
    return True


def read(path: Path) -> Module:
    """Read one file."""
    text = path.read_text("utf-8")
    return Module(path, text, ast.parse(text))


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files of the project: what git tracks or would add, or all but scratch where there is no git."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if asked.returncode == 0:
        names = [name for name in asked.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()]
    # Without git, folders that begin with a dot are caches and environments; ours is `.ci`.
    return tuple(
        ROOT / name
        for name in sorted(set(names))
        if (ROOT / name).is_file()
        and "__pycache__" not in name
        and not ("/" in name and name.startswith(".") and not name.startswith(".ci/"))
    )


@cache
def errors() -> frozenset[str]:
    """Return the class names of our own expected errors: `OffshelfError` and everything below it."""
    bases: dict[str, set[str]] = {}
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                names = {module.dotted(base).rpartition(".")[2] for base in node.bases}
                bases.setdefault(node.name, set()).update(names)
    found = {"OffshelfError"}
    while True:
        more = {name for name, above in bases.items() if above & found} - found
        if not more:
            return frozenset(found)
        found |= more


def coded() -> Iterator[tuple[Module, ast.Call, FunctionNode | None]]:
    """Return every call whose first argument is the code of an expected error.

    That is making an error, or, for a class that fixes its code itself, the `super().__init__` in its `__init__`.
    """
    fixing = {"OffshelfError"}
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and node.name in errors() - {"OffshelfError"}:
                for start in node.body:
                    if isinstance(start, FunctionNode) and start.name == "__init__":
                        fixing.add(node.name)
                        yield from ((module, call, start) for call in _to_super(start))
    for module in modules():
        for call, around in module.calls():
            name = module.dotted(call.func).rpartition(".")[2]
            if call.args and (name == "OffshelfError" or name in errors() - fixing):
                yield module, call, around


def _to_super(start: FunctionNode) -> Iterator[ast.Call]:
    for node in ast.walk(start):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")):
                yield node


def strings(module: Module, node: ast.expr, around: FunctionNode | None) -> frozenset[str] | None:
    """Return every string an expression can be, as far as the module itself tells; None where it does not.

    Follows constants, `a if b else c`, f-strings, local assignments, and parameters to the calls of the function.
    """
    match node:
        case ast.Constant(value=str(text)):
            return frozenset({text})
        case ast.IfExp(body=yes, orelse=no):
            parts = [strings(module, yes, around), strings(module, no, around)]
            return None if None in parts else frozenset().union(*(part for part in parts if part))
        case ast.JoinedStr(values=values):
            return _joined(module, values, around)
        case ast.Name(id=name):
            return _named(module, name, around)
        case _:
            return None


def _joined(module: Module, values: list[ast.expr], around: FunctionNode | None) -> frozenset[str] | None:
    parts: list[frozenset[str]] = []
    for value in values:
        inner = value.value if isinstance(value, ast.FormattedValue) else value
        found = strings(module, inner, around)
        if found is None:
            return None
        parts.append(found)
    return frozenset("".join(some) for some in product(*parts))


def _named(module: Module, name: str, around: FunctionNode | None) -> frozenset[str] | None:
    found: list[frozenset[str] | None] = []
    for node in ast.walk(around or module.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                found.append(strings(module, value, around))
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for one, value in zip(names, values, strict=False):
                    if isinstance(one, ast.Name) and one.id == name:
                        found.append(strings(module, value, around))
    if not found and around is not None:
        found = _given(module, name, around)
    if not found or None in found:
        return None
    return frozenset().union(*(part for part in found if part))


def _given(module: Module, name: str, around: FunctionNode) -> list[frozenset[str] | None]:
    places = [arg.arg for arg in around.args.args if arg.arg not in ("self", "cls")]
    found: list[frozenset[str] | None] = []
    for call, caller in module.calls():
        if module.dotted(call.func).rpartition(".")[2] != around.name or caller is around:
            continue
        by_name = [word.value for word in call.keywords if word.arg == name]
        by_place = call.args[places.index(name) :][:1] if name in places else []
        found += [strings(module, value, caller) for value in (by_name or by_place)[:1]]
    return found
