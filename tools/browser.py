"""Finds the Chromium the browser tests drive, or installs it from the system's packages; says plainly when it can do neither."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# The second package: without a Chinese font every picture of a page shows boxes.
PACKAGES = ("chromium", "fonts-noto-cjk")


def find() -> str | None:
    """Return the path of a browser: `OFFSHELF_BROWSER` if it is set, else the first one on the path."""
    named = os.environ.get("OFFSHELF_BROWSER", "")
    found = (shutil.which(name) for name in (*((named,) if named else ()), *NAMES))
    return next((path for path in found if path is not None), None)


def main() -> int:
    """Make sure there is one; returns an exit code."""
    if find() is not None:
        return 0
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(
            "The tests of the console need Chromium, and there is none. Install it (Debian: apt-get install chromium "
            "fonts-noto-cjk), or name one in OFFSHELF_BROWSER, then run make again.",
            file=sys.stderr,
        )
        return 2
    print("installing Chromium for the tests of the console (once) ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "-qq", *command], check=True, env=quiet, stdout=subprocess.DEVNULL)
    return 0 if find() is not None else 2


if __name__ == "__main__":
    sys.exit(main())
