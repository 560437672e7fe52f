"""The house numbers: ceilings measured over our own tree. Where they come from: docs/architecture.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from statistics import median, quantiles

import pytest

from support.architecture import BUILTIN_ERRORS, ROOT, FunctionNode, Module, modules, none, read, tracked

# Written once and never edited again, one long list of tables each: docs/decisions/0006.
WRITTEN_ONCE = "offshelf/migrations/versions"
# Rooms that speak to people through codes: a bare built-in error there would reach them as a crash.
DOMAIN = ("access", "catalog", "checks", "delisting", "durable", "journal", "monitoring", "tasks")
TYPE_WAIVER = re.compile(r"#.*(type: ignore|pyright: ignore|mypy: |noqa:.*\bANN)")
FUNCTIONS = [
    (module, node) for module in modules() if WRITTEN_ONCE not in module.where for node in module.functions()
]
THOUSANDS = sum(module.lines for module in modules()) / 1000


def length(node: FunctionNode) -> int:
    """Return the lines of a function, from `def` to its end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def branches(node: FunctionNode) -> int:
    """Return the decisions of a function, inner functions left out (they count for themselves)."""
    return sum(_decisions(child) for child in _own(node))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, FunctionNode | ast.Lambda):
            yield child
            yield from _own(child)


def _decisions(node: ast.AST) -> int:
    match node:
        case ast.If() | ast.IfExp() | ast.For() | ast.AsyncFor() | ast.While():
            return 1
        case ast.ExceptHandler() | ast.match_case():
            return 1
        case ast.BoolOp(values=values):
            return len(values) - 1
        case ast.comprehension(ifs=ifs):
            return len(ifs)
        case _:
            return 0


def _name(module: Module, node: FunctionNode) -> str:
    return f"{module.where}:{node.lineno} {node.name}"


def test_files_are_short() -> None:
    lengths = sorted(module.lines for module in modules() if WRITTEN_ONCE not in module.where)
    numbers = (median(lengths), quantiles(lengths, n=10)[8], lengths[-1])
    allowed = (120, 350, 500)
    assert all(a <= b for a, b in zip(numbers, allowed, strict=True)), f"median, p90, max are {numbers}"


@pytest.mark.parametrize("folder", ["tests", "tools", "bench"])
def test_no_file_outside_the_package_is_longer_than_500_lines(folder: str) -> None:
    files = [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT / folder)]
    assert [f"{path.name}: {n}" for path in files if (n := read(path).lines) > 500] == []


def test_functions_are_short() -> None:
    long = [(length(node), _name(module, node)) for module, node in FUNCTIONS if length(node) > 50]
    share = len(long) / len(FUNCTIONS)
    assert share <= 0.03, f"{share:.1%} of {len(FUNCTIONS)} functions are over 50 lines: {sorted(long)}"
    assert max(long, default=(0, ""))[0] <= 100, f"over 100 lines: {max(long)}"


def test_functions_decide_little() -> None:
    many = [(n, _name(module, node)) for module, node in FUNCTIONS if (n := branches(node)) > 10]
    share = len(many) / len(FUNCTIONS)
    assert share <= 0.02, f"{share:.1%} of {len(FUNCTIONS)} functions have over 10 branches: {sorted(many)}"


def test_every_function_is_annotated() -> None:
    bare = [_name(module, node) for module in modules() for node in module.functions() if _bare(node)]
    assert none(bare)


def _bare(node: FunctionNode) -> bool:
    every = [
        *node.args.posonlyargs,
        *node.args.args,
        *node.args.kwonlyargs,
        node.args.vararg,
        node.args.kwarg,
    ]
    given = [arg for arg in every if arg is not None and arg.arg not in ("self", "cls")]
    return node.returns is None or any(arg.annotation is None for arg in given)


def test_every_module_says_what_it_is_for() -> None:
    assert [module.where for module in modules() if not ast.get_docstring(module.tree)] == []


def test_waivers_of_the_type_checker_are_few_and_reasoned() -> None:
    found = [
        f"{module.where}:{number}: {line.strip()}"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if TYPE_WAIVER.search(line)
    ]
    rate = len(found) / THOUSANDS
    assert rate <= 0.5, f"{len(found)} in {THOUSANDS:.1f} thousand lines: {found}"
    assert [line for line in found if " - " not in line.rpartition("#")[2]] == [], "no reason beside it"


def test_broad_excepts_are_few_and_reasoned() -> None:
    found = [(module, node) for module in modules() for node in ast.walk(module.tree) if _broad(module, node)]
    named = [f"{module.where}:{node.lineno}" for module, node in found]
    rate = len(found) / THOUSANDS
    assert rate <= 0.2, f"{len(found)} in {THOUSANDS:.1f} thousand lines: {named}"
    assert [f"{m.where}:{n.lineno}" for m, n in found if not _commented(m, n.lineno)] == []


def _broad(module: Module, node: ast.AST) -> bool:
    match node:
        case ast.ExceptHandler(body=[*_, ast.Raise(exc=None)]):
            return False  # cleans up and hands the error on: nothing is swallowed
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=ast.Tuple(elts=caught)):
            return any(module.dotted(one) in ("Exception", "BaseException") for one in caught)
        case ast.ExceptHandler(type=caught):
            return module.dotted(caught) in ("Exception", "BaseException")
        case ast.Call(func=func, args=args) if module.dotted(func) == "contextlib.suppress":
            return any(module.dotted(one) in ("Exception", "BaseException") for one in args)
        case _:
            return False


def _commented(module: Module, line: int) -> bool:
    near = module.text.splitlines()[max(0, line - 2) : line + 1]
    return any("# " in text and not re.fullmatch(r".*# noqa: [A-Z0-9, ]+", text) for text in near)


def _raises() -> list[tuple[Module, ast.Raise, str]]:
    found = []
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                found.append((module, node, module.dotted(error)))
    return found


def test_bare_built_in_errors_are_rare() -> None:
    every = _raises()
    bare = [f"{m.where}:{node.lineno} {name}" for m, node, name in every if name in BUILTIN_ERRORS]
    share = len(bare) / len(every)
    assert share <= 0.05, f"{len(bare)} of {len(every)} raises: {bare}"


def test_domain_rooms_raise_no_built_in_error() -> None:
    bare = [
        f"{m.where}:{node.lineno} {name}"
        for m, node, name in _raises()
        if name in BUILTIN_ERRORS and m.room in DOMAIN
    ]
    assert none(bare)


def _tests() -> list[tuple[Module, FunctionNode]]:
    files = [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT / "tests")]
    read_files = [read(path) for path in files]
    return [(m, node) for m in read_files for node in m.functions() if node.name.startswith("test_")]


def test_tests_use_real_objects() -> None:
    files = {module.path: module for module, _ in _tests()}.values()
    fakes = re.compile(r"\b(Mock|MagicMock|AsyncMock|patch(\.object|\.dict)?|create_autospec|setattr)\(")
    here = [m for m in files if m.path.parent.name != "architecture"]
    count = sum(len(fakes.findall(module.text)) for module in here)
    rate = count / len(_tests())
    assert rate <= 0.1, f"{count} mocks in {len(_tests())} tests"


def test_tests_are_short() -> None:
    lengths = [length(node) for _, node in _tests()]
    assert median(lengths) <= 12, f"median of {len(lengths)} tests is {median(lengths)} lines"
