"""Run the benchmarks and print one table; `--json FILE` also writes the figures."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench.judging import checks_over_many, growth_of_checks
from bench.pages import pages_at_work
from bench.quota import finishing_time
from bench.throughput import plan_against_bare_loop
from bench.verbs import verbs_over_many


def main() -> int:
    """Run every benchmark once and say whether each aim was met (exit 1 when not)."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--listings", type=int, default=1250, help="about four acts each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--catalog", type=int, default=100_000, help="listings behind the pages")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    figures = [
        plan_against_bare_loop(chosen.listings, chosen.rounds),
        finishing_time(),
        checks_over_many(),
        growth_of_checks(),
        *verbs_over_many(),
        *pages_at_work(chosen.catalog),
    ]
    for figure in figures:
        mark = "ok  " if figure["met"] else "MISS"
        print(f"{mark} {figure['name']}: {figure['ratio']:.2f} (aim {figure['aim']})  {figure['detail']}")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0 if all(figure["met"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
