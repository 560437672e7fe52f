"""The console over a real house, and a caller that keeps cookies like a browser without one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.testclient import TestClient

from offshelf.console import Setup, create_console
from offshelf.kit.redact import Secret
from support.approval import passphrase, staff
from support.cli_house import House

CODE = "code-of-the-terminal"
ADDRESS = "http://console.test"
_PROOF = re.compile(r'name="proof" value="([0-9a-f]{64})"')


@dataclass
class Browser:
    """One browser: cookies, and the token of the page it last saw."""

    client: TestClient
    proof: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Any:
        """Open a page and keep the token its forms carry."""
        answer = self.client.get(path, headers=dict(self.headers) | headers, follow_redirects=False)
        found = _PROOF.search(answer.text)
        self.proof = found[1] if found else self.proof
        return answer

    def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Any:
        """Send a form with the token."""
        data = {"proof": self.proof} | dict(fields or {})
        return self.client.post(path, data=data, headers=dict(self.headers) | headers, follow_redirects=False)

    def sign_in(self, name: str) -> Browser:
        """Sign in as one of the staff."""
        self.get("/sign-in")
        answer = self.post("/sign-in", {"name": name, "passphrase": passphrase(name).reveal()})
        assert answer.status_code == 303, answer.text
        self.get("/me")
        return self


@dataclass
class Console:
    """The console with its house."""

    house: House
    app: Any

    def browser(self, language: str = "en") -> Browser:
        """Return a fresh browser."""
        client = TestClient(self.app, base_url=ADDRESS)
        return Browser(client, headers={"accept-language": language})


@contextmanager
def console_of(house: House, *, users: bool = True) -> Iterator[Console]:
    """Return the console of a house, with staff unless nobody was registered yet."""
    if users:
        staff(house.services.users)
    app = create_console(lambda: house.services, language="zh", setup=Setup(Secret(CODE)))
    yield Console(house, app)


@pytest.fixture
def console(house: House) -> Iterator[Console]:
    """Return the console of a house with staff."""
    with console_of(house) as made:
        yield made


@pytest.fixture
def fresh(house: House) -> Iterator[Console]:
    """Return the console of a house nobody was registered in yet."""
    with console_of(house, users=False) as made:
        yield made
