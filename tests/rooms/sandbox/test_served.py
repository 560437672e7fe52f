"""The sandbox as a process of its own, over a real socket."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from offshelf.kit.errors import OutsideError
from offshelf.kit.http import HttpClient, NoAnswerError
from offshelf.sandbox import SandboxConfig, serve

PROGRAM = """
from offshelf.sandbox import FaultPlan, FaultRule, SandboxConfig, serve
rules = (FaultRule("drop_answer", "/channels/ec/product/delisting"),)
serve(SandboxConfig(size=30, faults=FaultPlan(rules)), "127.0.0.1", 0)
"""


@pytest.fixture
def base() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    ready = process.stderr.readline()
    assert ready.startswith("sandbox ready on http://127.0.0.1:")
    yield ready.split()[3]
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    rest = process.stderr.read()
    process.stderr.close()
    assert rest == ""


async def _story(base: str) -> dict[str, Any]:
    async with HttpClient() as client:
        told = (await client.get(base + "/_sandbox")).json_object() or {}
        shop = told["shops"][0]
        keys = {"grant_type": "client_credential", "appid": shop["app_id"], "secret": shop["app_secret"]}
        answer = (await client.post_json(base + "/cgi-bin/stable_token", keys)).json_object() or {}
        token = {"access_token": answer["access_token"]}
        path = base + "/channels/ec/product/"
        listed = (await client.post_json(path + "list/get", {"status": 5}, token)).json_object() or {}
        dropped = 0
        for product_id in listed["product_ids"]:
            try:
                await client.post_json(path + "delisting", {"product_id": product_id}, token)
            except NoAnswerError:
                dropped += 1
        await client.post_json(base + "/_sandbox/buyers/step", {"attempts": 30})
        summary = (await client.get(base + "/_sandbox/summary")).json_object() or {}
        effects = (await client.get(base + "/_sandbox/ledger", {"kind": "listing.off"})).json_object() or {}
        return {"dropped": dropped, "off": effects["count"], "attempts": summary["buyers"]["attempts"]}


@pytest.mark.processes
def test_a_dropped_answer_is_a_transport_error_and_the_effect_stands(base: str) -> None:
    story = asyncio.run(_story(base))
    assert story["dropped"] == story["off"] > 3
    assert story["attempts"] == 30


def test_an_address_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OutsideError) as caught:
            serve(SandboxConfig(size=20), "127.0.0.1", taken.getsockname()[1])
    assert caught.value.code == "sandbox.address"
