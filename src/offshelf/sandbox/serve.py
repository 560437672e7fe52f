"""Serves a sandbox over HTTP in this process."""

from __future__ import annotations

import contextlib
import socket
import sys

import uvicorn

from offshelf.kit.clock import SystemClock
from offshelf.kit.errors import OutsideError
from offshelf.sandbox.app import create_app
from offshelf.sandbox.config import SandboxConfig
from offshelf.sandbox.world import build_world


class _Server(uvicorn.Server):
    """Says once, on stderr, where it listens."""

    line = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then print the ready line."""
        await super().startup(sockets)
        if self.started:
            sys.stderr.write(self.line + "\n")
            sys.stderr.flush()


def serve(config: SandboxConfig, host: str = "127.0.0.1", port: int = 8765) -> None:
    """Serve until stopped by a signal. `port` 0 takes a free one; the ready line tells it.

    Raises OutsideError `sandbox.address` when the address cannot be bound.
    """
    # The protocol is named because asyncio switches Nagle off only then; without it every answer takes 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OutsideError("sandbox.address", host=host, port=port, why=error.strerror or "bind") from error
    world = build_world(config, SystemClock())
    settings = uvicorn.Config(
        create_app(world), access_log=False, log_level="critical", lifespan="on", server_header=False
    )
    server = _Server(settings)
    bound = listener.getsockname()[1]
    server.line = f"sandbox ready on http://{host}:{bound} (size {config.size}, seed {config.seed})"
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(listener):
        server.run(sockets=[listener])
