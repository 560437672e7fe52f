"""Writes the tables of the checks from what they declare, so that the page cannot say another thing than the code.

python tools/checks_page.py            write the tables in docs/checks.md
python tools/checks_page.py --check    write nothing; exit 1 where the page differs
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from offshelf.checks.model import CheckSpec, Input
from offshelf.checks.relist_specs import BACK
from offshelf.checks.specs import ALL
from offshelf.vocabulary.texts import catalogue

PAGE = Path(__file__).resolve().parent.parent / "docs" / "checks.md"
BEGIN, END = "<!-- table: written by tools/checks_page.py -->", "<!-- end of table -->"
BEGIN_BACK = "<!-- table of a relist: written by tools/checks_page.py -->"
END_BACK = "<!-- end of table of a relist -->"
HEAD = "| No. | Check | Owner | Inputs, with the policy id of the age they may have | Further policy ids | Law | Waiver | Done after the stop |"


def table(specs: Sequence[CheckSpec] = ALL) -> str:
    """Return the table of some checks."""
    return "\n".join([HEAD, "|" + "---|" * HEAD.count("| "), *(_row(spec) for spec in specs)])


def _row(spec: CheckSpec) -> str:
    say = catalogue().say
    names = f"`{spec.check_id}` {say(f'check.{spec.check_id}', 'en')} ({say(f'check.{spec.check_id}', 'zh')})"
    owner = f"{say(f'department.{spec.department}', 'en')} ({say(f'department.{spec.department}', 'zh')})"
    inputs = ", ".join(_input(one) for one in spec.inputs)
    ages = {one.fresh for one in spec.inputs}
    further = ", ".join(f"`{one}`" for one in spec.policy_ids if one not in ages)
    cells = (
        str(spec.number or "–"),
        names,
        owner,
        inputs,
        further or "–",
        ", ".join(spec.legal),
        _waiver(spec),
        _later(spec),
    )
    return f"| {' | '.join(cells)} |"


def _input(one: Input) -> str:
    return f"{one.part} (`{one.fresh}`)" if one.fresh else one.part


def _waiver(spec: CheckSpec) -> str:
    say = catalogue().say
    who = ", ".join(say(f"department.{one}", "en") for one in spec.waiver.who)
    never = ", ".join(f"`{code}`" for code in sorted(spec.waiver.never))
    each = ", ".join(f"`{code}`" for code in sorted(spec.waiver.each))
    told = f"{who}; at most {spec.waiver.days} days" + (f"; never {never}" if never else "")
    return told + (f"; one subject at a time {each}" if each else "")


def _later(spec: CheckSpec) -> str:
    expiry = {"always": "expired licence", "reversible": "expired licence, where every act can be undone"}
    codes = ", ".join(f"`{one}`" for one in sorted(spec.later))
    safety = ["safety"] if spec.after_safety else [f"safety: {codes}"] if codes else []
    told = [*safety, expiry.get(spec.after_expiry.value, "")]
    return "; ".join(one for one in told if one) or "–"


def written(page: str) -> str:
    """Return the page with the tables as they are now."""
    for begin, end, specs in ((BEGIN, END, ALL), (BEGIN_BACK, END_BACK, BACK)):
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n{table(specs)}\n{end}{after}"
    return page


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; return the exit code."""
    page = PAGE.read_text("utf-8")
    if "--check" in arguments:
        return 0 if written(page) == page else 1
    PAGE.write_text(written(page), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
