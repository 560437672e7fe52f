"""A real browser in front of a real server: what a person sees, does and cannot do."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from support.approval import passphrase

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "pictures"  # kept as artefacts, never compared by their bytes
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def browser_path() -> str:
    """Return the browser of this machine; without one these tests fail, they are not left out."""
    named = os.environ.get("OFFSHELF_BROWSER", "")
    for name in (named, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise RuntimeError(
        "no Chromium on this machine: run `python tools/browser.py`, or name one in OFFSHELF_BROWSER"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI program on loopback and return its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=2)
    )
    ready = threading.Event()
    started = server.startup

    async def startup(sockets: Any = None) -> None:
        await started(sockets)
        ready.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(30), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)


@dataclass
class Person:
    """Somebody at a browser of their own. `complaints` is what the browser said of our pages."""

    context: BrowserContext
    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page and wait until everything it loads is there."""
        self.page.goto(self.address + path, wait_until="networkidle")
        return self.page

    def sign_in(self, name: str) -> Person:
        """Sign in as one of the staff."""
        page = self.open("/sign-in")
        page.fill("#f-name", name)
        page.fill("#f-passphrase", passphrase(name).reveal())
        page.press("#f-passphrase", "Enter")
        expect(page.locator("#main")).to_be_visible()
        page.wait_for_url(f"{self.address}/")
        return self

    def picture(self, name: str) -> Path:
        """Keep a picture of the page."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def narrow(self) -> bool:
        """Tell whether the page fits its window: nothing has to be moved sideways."""
        sizes = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return bool(sizes[0] <= sizes[1])

    def faults(self) -> list[str]:
        """Return what axe finds serious or critical."""
        source = (ROOT / "build" / "axe.js").read_text("utf-8")
        self.page.evaluate(source)  # by the driver, not by the page: the policy lets no script in
        found = self.page.evaluate("axe.run()")["violations"]
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:120]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]


@contextmanager
def person(
    browser: Browser, address: str, *, language: str = "zh-CN", size: Any = None, theme: str = "light"
) -> Iterator[Person]:
    """Return somebody at a fresh browser."""
    context = browser.new_context(viewport=size or WIDE, locale=language, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    made = Person(context, page, address)

    def heard(message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            made.complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    yield made
    context.close()
