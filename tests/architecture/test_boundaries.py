"""The import contract holds, and would notice if it did not: each rule is broken once in a copy of the package."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.architecture import ROOT, SOURCE, modules

# Name of the contract in .importlinter -> (file to plant, what it says). Nothing of it is ever run.
PLANTED = {
    "Imports go down; siblings do not meet": ("monitoring/planted_a.py", "import offshelf.checks.model"),
    "No cycles at any depth": ("kit/planted_b.py", "import offshelf.catalog.service"),
    "Inside the connector room": ("platforms/contract/planted_c.py", "import offshelf.platforms.registry"),
    "Judgement is pure": ("checks/planted_d.py", "import offshelf.durable.ledger"),
    "The sandbox shares no code with the connectors": (
        "sandbox/planted_e.py",
        "import offshelf.platforms.contract",
    ),
    "Only durable knows the engine": ("delisting/planted_f.py", "import dbos"),
    "Only kit.http knows the HTTP client": ("platforms/wechat_channels/planted_g.py", "import httpx2"),
    "SQL lives in kit.db, the engine and the stores": ("catalog/planted_h.py", "import sqlalchemy"),
    "Only kit.yamlfile knows YAML": ("catalog/planted_k.py", "import yaml"),
    "The web framework lives in the faces and the sandbox": ("access/planted_i.py", "import fastapi"),
    "Connectors are wired by the registry, the registry by bootstrap": (
        "catalog/planted_j.py",
        "import offshelf.platforms.registry",
    ),
}


def lint_imports(config: Path, source: Path) -> subprocess.CompletedProcess[str]:
    """Run the contract over the package below `source`."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache", "--config"]
    environment = os.environ | {"PYTHONPATH": str(source), "COLUMNS": "400", "NO_COLOR": "1"}
    return subprocess.run(
        [*command, str(config)],
        cwd=config.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the contract and a copy of the package."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(SOURCE, folder / "src" / "offshelf", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


@pytest.fixture(scope="module")
def broken(copy: Path) -> dict[str, str]:
    """Return, by contract, what is said of a copy in which every contract is broken once."""
    for file, said in PLANTED.values():
        (copy / "src" / "offshelf" / file).write_text(f'"""Planted."""\n\n{said}\n', "utf-8")
    run = lint_imports(copy / ".importlinter", copy / "src")
    assert run.returncode == 1, run.stdout + run.stderr
    _, _, details = run.stdout.partition("Broken contracts")
    parts = re.split(r"\n([^\n]+)\n-+\n", details)
    return dict(zip(parts[1::2], parts[2::2], strict=False))


def test_the_contract_holds() -> None:
    run = lint_imports(ROOT / ".importlinter", ROOT / "src")
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_contract_is_broken_once_below() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", "utf-8")
    names = [config[part]["name"] for part in config.sections() if part.startswith("importlinter:contract")]
    assert sorted(names) == sorted(PLANTED)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_caught(broken: dict[str, str], contract: str) -> None:
    # Cycles are told by room, everything else by module.
    told = ".kit -> .catalog" if "cycles" in contract else Path(PLANTED[contract][0]).stem
    assert told in broken[contract]


def test_a_room_nobody_declared_is_caught(copy: Path) -> None:
    room = copy / "src" / "offshelf" / "helpers"
    room.mkdir()
    (room / "__init__.py").write_text('"""Planted."""\n', "utf-8")
    run = lint_imports(copy / ".importlinter", copy / "src")
    shutil.rmtree(room)
    assert (run.returncode, "offshelf.helpers" in run.stdout) == (1, True)


def test_ports_stay_small() -> None:
    sizes = {
        node.name: sum(isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) for child in node.body)
        for module in modules()
        if module.name == "offshelf.platforms.contract.ports"
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
    }
    assert sizes
    assert {name: size for name, size in sizes.items() if size >= 10} == {}


def test_what_a_room_offers_is_there() -> None:
    for module in modules():
        for node in module.tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=items)):
                    offered = {item.value for item in items if isinstance(item, ast.Constant)}
                    assert offered - _bound(module.tree) == set(), module.where


def _bound(tree: ast.Module) -> set[str]:
    """Return the names a module binds at its top."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found
