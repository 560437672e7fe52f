"""Only `kit.clock` reads the time or waits: docs/decisions/0004."""

from __future__ import annotations

from collections import Counter

from support.architecture import Module, modules

FORBIDDEN = frozenset(
    {
        "asyncio.sleep",
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "threading.Timer",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.sleep",
        "time.time",
        "time.time_ns",
    }
)
# The engine stamps its own rows; we only mend how (docs/decisions/0001). Anything beyond these two is ours and wrong.
ENGINE_STAMPS = {("offshelf.durable.dbos_engine", "time.time"): 2}


def readings(module: Module) -> list[str]:
    """Return the readings of the clock and the waits in a module, called or handed on."""
    used = [module.dotted(call.func) for call, _ in module.calls()]
    handed = [module.dotted(value) for call, _ in module.calls() for value in call.args]
    return [name for name in used + handed if name in FORBIDDEN]


def test_only_the_clock_reads_the_time() -> None:
    found = Counter(
        (module.name, name)
        for module in modules()
        if module.name != "offshelf.kit.clock"
        for name in readings(module)
    )
    assert found == Counter(ENGINE_STAMPS)


def test_the_scan_sees_every_way_of_asking(tmp_path: object) -> None:
    asked = read_text(
        "import time as t\nfrom time import sleep as nap\nfrom datetime import datetime\nimport asyncio\n"
        "def f(make=1):\n    t.time(); nap(1); datetime.now(); asyncio.sleep(1); make(t.monotonic)\n"
    )
    seen = {"time.time", "time.sleep", "datetime.datetime.now", "asyncio.sleep", "time.monotonic"}
    assert set(readings(asked)) == seen


def read_text(text: str) -> Module:
    """Return a module that was never written to disk."""
    import ast

    from support.architecture import SOURCE

    return Module(SOURCE / "planted.py", text, ast.parse(text))
