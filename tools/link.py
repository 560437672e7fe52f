"""Puts this checkout on the path of its own .venv and makes the `offshelf` command, without a build step.

An editable install would fetch a build backend; a `.pth` file and a three-line script need nothing.
"""

from __future__ import annotations

import stat
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """#!{python}
import sys
from offshelf.bootstrap import main
sys.exit(main())
"""


def link() -> None:
    """Write `offshelf.pth` and `bin/offshelf` into the environment that runs this file."""
    site = Path(sysconfig.get_paths()["purelib"])
    (site / "offshelf.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    command = Path(sys.executable).parent / "offshelf"
    command.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


if __name__ == "__main__":
    link()
