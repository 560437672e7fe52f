"""What pages load: gathered, pinned, small, and under names that change with their content."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from offshelf.console import assets
from offshelf.kit.errors import UsageError

ROOT = Path(__file__).resolve().parents[3]
CONSOLE = ROOT / "src/offshelf/console"


def texts_of_pages():
    folder = CONSOLE / "templates"
    pages = "".join(path.read_text("utf-8") for path in folder.rglob("*.html"))
    return pages + (CONSOLE / "menu.py").read_text("utf-8")


def icons_used():
    text = texts_of_pages()
    parts = (folder.read_text("utf-8") for folder in (CONSOLE / "templates").rglob("*.html"))
    called = {name for part in parts for name in re.findall(r"icon\('([a-z0-9-]+)'", part)}
    either = {
        name
        for pair in re.findall(r"icon\('([a-z0-9-]+)' if [^)]*? else '([a-z0-9-]+)'\)", text)
        for name in pair
    }
    listed = set(re.findall(r'Item\("[a-z_]+", "[^"]+", "([a-z0-9-]+)"', text))
    kit = (CONSOLE / "templates/kit/parts.html").read_text("utf-8")
    states = set(re.findall(r"'[a-z]+': '([a-z-]+)'", kit.partition("%}")[0]))
    assert len(states) == 7
    return called | either | listed | states


def test_every_icon_of_the_pages_is_in_the_sprite():
    sprite = assets.asset("icons.svg").body.decode()
    there = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    used = icons_used()
    assert len(used) > 15
    assert used - there == set()


def test_packages_are_pinned_by_hash_and_without_an_address():
    lock = (ROOT / "package-lock.json").read_text("utf-8")
    assert "http" not in lock.replace("https://opencollective.com", "").replace("https://github.com", "")
    packages = {name: row for name, row in json.loads(lock)["packages"].items() if name}
    assert all(row["integrity"].startswith("sha512-") for row in packages.values())
    pinned = json.loads((ROOT / "package.json").read_text("utf-8"))
    for name, version in (pinned["dependencies"] | pinned["devDependencies"]).items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_a_name_may_be_kept_for_ever_and_an_old_one_may_not():
    now = assets.asset("console.css")
    kept = assets.serve(now.mark, "console.css", "gzip, br")
    assert (kept.headers["cache-control"], kept.headers["content-encoding"]) == (
        "public, max-age=31536000, immutable",
        "gzip",
    )
    assert gzip.decompress(kept.body) == now.body
    old = assets.serve("0" * 16, "console.css", "")
    assert (old.headers["cache-control"], old.body, "content-encoding" in old.headers) == (
        "no-store",
        now.body,
        False,
    )


@pytest.mark.parametrize(
    "name", ["../app.py", "app.py", "made-from.txt.gz", ".hidden.css", "icons.html", "none.css", ""]
)
def test_nothing_else_is_served(name):
    assert assets.asset(name) is None
    assert assets.serve("x", name, "gzip").status_code == 404


def test_a_clone_without_assets_says_what_to_do(monkeypatch):
    monkeypatch.setattr(assets, "GATHERED", "nowhere")
    with pytest.raises(UsageError) as caught:
        assets.refuse_missing()
    assert (caught.value.code, caught.value.params) == ("console.no_assets", {"name": "tabler.css"})


def test_the_licences_of_what_is_shipped_are_shipped():
    text = assets.asset("notices.txt").body.decode()
    for name in ("@tabler/core", "@tabler/icons", "echarts", "htmx.org", "zrender"):
        assert re.search(rf"^{re.escape(name)} \d", text, re.MULTILINE), name
    assert "axe-core" not in text  # loaded by tests only, and not shipped to readers
