"""What may stand in the tree, and what must not: machine paths, registry hosts, addresses, unpinned packages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from support.architecture import ROOT, none, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements/runtime.lock", "requirements/dev.lock")
# Put together from parts, so that this file does not find itself.
_SLASH = "/"
MACHINE_PATHS = re.compile(
    rf"(?<![\w.:{_SLASH}~-]){_SLASH}(home|Users|root|work|opt|mnt|private|var/folders){_SLASH}\w|\b[A-Z]:\\\\?Users"
)
HOSTS = re.compile(
    "|".join(
        re.escape(host)
        for host in (
            "py" + "pi.org",
            "python" + "hosted.org",
            "npm" + "js.",
            "npm" + "mirror.",
            "tuna." + "tsinghua",
        )
    )
    + r"|--(extra-)?index-url\b|--find-links\b",
)
ADDRESS = re.compile(r"[\w.+-]+@(?!example\.)[\w-]+(\.[\w-]+)*\.(com|cn|net|org|io|dev)\b")


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data:
            found.append((path.relative_to(ROOT).as_posix(), data.decode("utf-8")))
    return found


TEXTS = _texts()


def _lines(pattern: re.Pattern[str], *, but: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in TEXTS
        if name not in but
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_machine_path_is_written_down() -> None:
    assert none(_lines(MACHINE_PATHS))


def test_no_registry_host_is_written_down() -> None:
    assert none(_lines(HOSTS, but=("tests/architecture/test_repository.py",)))


def test_no_mail_address_is_written_down() -> None:
    assert none(_lines(ADDRESS))


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [
        (MACHINE_PATHS, f"see {_SLASH}home{_SLASH}somebody/x"),
        (HOSTS, "https://py" + "pi.org/simple"),
        (ADDRESS, "write to somebody" + "@" + "gmail.com"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], bad: str) -> None:
    assert pattern.search(bad)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    packages = re.split(r"\n(?=[a-z0-9])", "\n" + text)[1:]
    assert len(packages) > 20
    assert [part.split()[0] for part in packages if "==" not in part or "--hash=sha256:" not in part] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_place_to_fetch_from(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert [line for line in text.splitlines() if "://" in line or " @ " in line or "index" in line] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / LOCKS[0]).read_text("utf-8"), re.MULTILINE)
    assert [name for name in dependencies() if name not in locked] == []


def dependencies() -> list[str]:
    """Return the names of the direct runtime dependencies."""
    return [re.split(r"[^a-z0-9-]", entry.lower())[0] for entry in PROJECT["project"]["dependencies"]]


def test_direct_dependencies_are_few() -> None:
    assert len(dependencies()) <= 20, dependencies()


def test_every_dependency_says_why_it_is_here() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").split("dependencies = [", 1)[1].split("\n]", 1)[0]
    silent = [
        line.strip() for line in lines.splitlines() if line.strip().startswith('"') and " # " not in line
    ]
    assert none(silent)


def test_every_dependency_has_its_reasons_in_a_decision() -> None:
    records = [path.read_text("utf-8") for path in sorted((ROOT / "docs/decisions").glob("0*.md"))]
    assert [n for n in dependencies() if not any(f"`{n}`" in record for record in records)] == []


def test_the_decision_a_dependency_points_to_is_about_it() -> None:
    pointers = re.findall(
        r'"([a-z0-9-]+)[^"]*",?\s*# .*docs/decisions/(\d{4})', (ROOT / "pyproject.toml").read_text("utf-8")
    )
    assert len(pointers) >= 8
    wrong = [f"{name}: {number}" for name, number in pointers if f"`{name}`" not in _decision(number)]
    assert none(wrong)


def _decision(number: str) -> str:
    files = list((ROOT / "docs/decisions").glob(f"{number}-*.md"))
    return files[0].read_text("utf-8") if files else ""


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.split()[:5] == ["Apache", "License", "Version", "2.0,", "January"]
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_what_is_made_is_not_kept() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert {".venv/", ".offshelf/", ".demo/"} <= set(ignored)


def test_ci_runs_what_people_run() -> None:
    assert "make test" in (ROOT / ".ci/run").read_text("utf-8")


def test_hooks_run_the_locked_tools() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert re.findall(r"repo: (\S+)", text) == ["local"]
    entries = re.findall(r"entry: (\S+)", text)
    assert entries
    assert {Path(entry).parent.as_posix() for entry in entries} == {".venv/bin"}
