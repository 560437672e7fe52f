"""The `offshelf` command: hands the command line its doors. Nothing heavy is imported until a door is opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from offshelf import settings as environment
from offshelf.kit.clock import SystemClock

if TYPE_CHECKING:
    from offshelf.services import Services


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code of design §12."""
    from offshelf import cli
    from offshelf.services import Doors

    doors = Doors(
        language=environment.language(os.environ),
        open=_open,
        initialise=_initialise,
        doctor=_doctor,
        serve_house=_serve_house,
        serve_sandbox=_serve_sandbox,
        demo=_demo,
        sandbox_call=_sandbox_call,
        now=_now,
    )
    return cli.run(doors, sys.argv[1:] if argv is None else argv)


def _settings() -> environment.Settings:
    return environment.read(os.environ)


def _now() -> datetime:
    return SystemClock().now()


def _open() -> Services:
    from offshelf.bootstrap.wire import open_house

    return open_house(_settings())


def _initialise() -> dict[str, str]:
    from offshelf.bootstrap.wire import initialise

    return initialise(_settings())


def _doctor() -> list[dict[str, Any]]:
    from offshelf.bootstrap.doctor import examine

    return examine(_settings())


def _serve_house(
    host: str, port: int, told: Callable[[str, bool], None], worker_said: Callable[[str], None] | None
) -> None:
    from offshelf.bootstrap.serving import serve_house

    serve_house(_settings(), host, port, told, worker_said)


def _serve_sandbox(
    port: int,
    size: int,
    seed: int,
    faults: str | None,
    quota: str | None,
    platforms: tuple[str, ...],
    snapshot: str | None,
) -> None:
    from offshelf.bootstrap.serving import serve_sandbox

    serve_sandbox(port, size, seed, faults, quota, platforms, snapshot)


def _demo(size: int, seed: int, faults: float, folder: str | None, language: str) -> dict[str, Any]:
    from offshelf.bootstrap.demo import show

    return show(size=size, seed=seed, faults=faults, folder=folder, language=language)


def _sandbox_call(base_url: str, method: str, path: str, payload: dict[str, Any] | None) -> Any:
    from offshelf.bootstrap.sandbox_process import sandbox_call

    return sandbox_call(base_url, method, path, payload)
