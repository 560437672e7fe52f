"""Starts the servers of this program, and speaks to a running sandbox."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from offshelf.bootstrap.wire import open_house
from offshelf.kit.errors import OutsideError, UsageError
from offshelf.kit.http import Answer, HttpClient, NoAnswerError, NotSentError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import write_private
from offshelf.settings import Settings


def serve_api(settings: Settings, host: str, port: int) -> None:
    """Serve the HTTP API until interrupted. The API key lies in the data folder."""
    import secrets

    import uvicorn

    from offshelf.api import create_app

    services = open_house(settings)
    file = settings.home / "keys" / "api.key"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(32) + "\n")
    app = create_app(
        lambda: services, key=lambda: Secret(file.read_text("ascii").strip()), language=settings.language
    )
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)
    finally:
        services.close()


def serve_sandbox(
    port: int,
    size: int,
    seed: int,
    faults: str | None,
    quota: str | None,
    platforms: tuple[str, ...] = ("wechat_channels",),
    snapshot: str | None = None,
) -> None:
    """Serve the sandbox on loopback until interrupted. Of a `snapshot` its own platforms are served."""
    from offshelf import sandbox

    copied = None if snapshot is None else sandbox.load_snapshot(Path(snapshot))
    config = sandbox.SandboxConfig(
        size=size,
        seed=seed,
        platforms=platforms if copied is None else copied.platforms,
        snapshot=copied,
        faults=None if faults is None else sandbox.load_faults(Path(faults)),
        quotas=None if quota is None else sandbox.QuotaPlan.parse(quota),
    )
    sandbox.serve(config, "127.0.0.1", port)


def sandbox_call(base_url: str, method: str, path: str, payload: dict[str, Any] | None) -> Any:
    """Call a sandbox's control API and return its JSON."""
    return asyncio.run(_call(base_url.rstrip("/") + path, method, payload))


async def _call(url: str, method: str, payload: dict[str, Any] | None) -> Any:
    async with HttpClient(timeout=30.0) as http:
        try:
            answer: Answer = await (http.get(url) if method == "GET" else http.post_json(url, payload or {}))
        except (NotSentError, NoAnswerError):
            raise OutsideError("sandbox.unreachable", url=url) from None
    body = answer.json_object()
    if answer.status >= 400 or body is None:
        raise UsageError("sandbox.refused", url=url, status=answer.status)
    return body
