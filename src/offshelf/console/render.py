"""Turns a template and plain data into a page.

Everything put into a page is escaped, and characters that turn the direction of a line are taken out, whoever wrote
them. Texts come from the one catalogue by `t`, icons from the sprite by `icon`.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from offshelf.access.roles import Permission
from offshelf.console.assets import url_of
from offshelf.console.kinds import Kinds
from offshelf.console.menu import counts, items
from offshelf.console.tour import tour_on
from offshelf.console.visit import Visit
from offshelf.delisting.page_frame import environment_of, language_tag
from offshelf.kit.instants import SHANGHAI
from offshelf.kit.money import yuan
from offshelf.vocabulary.texts import catalogue


@cache
def environment() -> Environment:
    """Return the environment of the templates beside this file."""
    made = environment_of("offshelf.console")
    made.globals |= {
        "t": _say,
        "word": _word,
        "icon": _icon,
        "asset": url_of,
        "P": Permission,
        "remedy": _remedy,
    }
    made.filters |= {"when": _when, "number": _number, "yuan": yuan}
    return made


def show(visit: Visit, template: str, /, *, status: int = 200, **data: Any) -> Response:
    """Return a page."""
    body = environment().get_template(template).render(**_around(visit), **data)
    return HTMLResponse(body, status, {"vary": "HX-Request, Cookie"})


def _around(visit: Visit) -> dict[str, Any]:
    """Return what every page is rendered with."""
    return {
        "visit": visit,
        "lang": visit.language,
        "tag": language_tag(visit.language),
        "menu": items(visit),
        "kinds": Kinds(visit),
        "counts": {} if visit.by_htmx else counts(visit),
        "tour": None if visit.by_htmx else tour_on(visit),
    }


@pass_context
def _say(context: Context, key: str, /, **params: object) -> str:
    return catalogue().say(f"console.{key}", context["lang"], **params)


@pass_context
def _word(context: Context, key: str, /) -> str:
    """Return the word for a value from any table of the catalogue; one we have no word for is shown as it is."""
    words = catalogue()
    return words.say(key, context["lang"]) if words.has(key, context["lang"]) else key.rpartition(".")[2]


@pass_context
def _remedy(context: Context, key: str, /, **params: object) -> str:
    return remedy(key, context["lang"], **params)


def remedy(key: str, language: str, /, **params: object) -> str:
    """Return what to do about something: what this console has for it, else what the command line says, else nothing."""
    words = catalogue()
    wanted = (f"console.remedy.{key}", f"{key}.next", f"error.{key}.next")
    found = next((one for one in wanted if words.has(one, language)), None)
    return "" if found is None else words.say(found, language, **params)


def _icon(name: str, label: str = "") -> Markup:
    """Return an icon; with a label it is told to readers of screens, without it is an ornament."""
    told = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    use = Markup('<svg class="icon" {}><use href="{}#{}"></use></svg>')
    return use.format(told, url_of("icons.svg"), name)


def _when(instant: datetime | None, form: str = "%m-%d %H:%M") -> str:
    return "" if instant is None else instant.astimezone(SHANGHAI).strftime(form)


def _number(value: int) -> str:
    return f"{value:,}"
