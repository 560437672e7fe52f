"""A whole house, made as `offshelf serve` makes it, beside a sandbox: what a merchant has in practice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offshelf.bootstrap.wire import initialise, open_house
from offshelf.kit.clock import SystemClock
from offshelf.sandbox import SandboxConfig, build_world, create_app
from offshelf.services import Services
from offshelf.settings import read
from support.approval import staff

GATEWAY = "http://127.0.0.1:8700"


@dataclass
class Sandbox:
    """A sandbox and how it describes its shops."""

    app: Any
    world: Any

    def told(self, platform: str) -> dict[str, Any]:
        """Return the credentials of the first shop of a platform, by the sandbox's names."""
        place = next(one for one in self.world.platforms if one.name == platform)
        return dict(place.identities()[0])


def sandbox(*platforms: str, size: int = 20) -> Sandbox:
    """Return a sandbox with one shop on each platform."""
    world = build_world(SandboxConfig(size=size, platforms=platforms), SystemClock())
    return Sandbox(create_app(world), world)


@dataclass
class WholeHouse:
    """As `cli_house.House`, for the console's tests: the services of a house on disk."""

    services: Services


@contextmanager
def whole_house(folder: Path, app: Any = None) -> Iterator[WholeHouse]:
    """Return a house with staff; `app` stands in for the network."""
    settings = read({"OFFSHELF_HOME": str(folder), "OFFSHELF_LANG": "zh"})
    initialise(settings)
    services = open_house(settings, http=app)
    try:
        yield WholeHouse(services)
    finally:
        services.close()


__all__ = ["GATEWAY", "Sandbox", "WholeHouse", "sandbox", "staff", "whole_house"]
