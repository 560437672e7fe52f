"""A sandbox as its own process: started, waited for until it is ready, spoken to, stopped."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from offshelf.kit.errors import OutsideError, UsageError
from offshelf.kit.http import Answer, HttpClient, NoAnswerError, NotSentError

_CODE = (
    "import sys; from offshelf.bootstrap.serving import serve_sandbox as s; "
    "s(0, *map(int, sys.argv[1:3]), sys.argv[3] or None, None, tuple(sys.argv[4:]))"
)


@contextmanager
def sandbox_process(
    size: int, seed: int, platforms: Sequence[str], faults: Path | None = None
) -> Iterator[str]:
    """Start a sandbox on a free port of loopback; yield its address; stop it at the end.

    Raises `OutsideError('sandbox.did_not_start')`.
    """
    arguments = [str(size), str(seed), "" if faults is None else str(faults), *platforms]
    with subprocess.Popen(
        [sys.executable, "-c", _CODE, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield _ready(process)
        finally:
            process.terminate()


def _ready(process: subprocess.Popen[str]) -> str:
    """Wait for the ready line (it comes or the process ends) and return the address it tells."""
    heard: list[str] = []
    for line in process.stderr or ():
        heard.append(line.strip())
        if " ready on " in line:
            return line.split(" ready on ")[1].split()[0]
    raise OutsideError("sandbox.did_not_start", why=heard[-1] if heard else "-")


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
