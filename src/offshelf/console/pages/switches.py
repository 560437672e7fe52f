"""The switches of language and theme."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from offshelf.console.guard import keep
from offshelf.console.preferences import LANGUAGE, THEME, THEMES
from offshelf.console.routing import command
from offshelf.console.visit import Visit, own_path
from offshelf.kit.texts import LANGUAGES

_YEAR = int(timedelta(days=365).total_seconds())


def switch(visit: Visit) -> Response:
    """Keep what was chosen and show the same page again."""
    answer = visit.goes_to(own_path(visit.said("next") or "/"))
    if visit.said("language") in LANGUAGES:
        keep(answer, visit.request, LANGUAGE, visit.said("language"), seconds=_YEAR)
    if visit.said("theme") in THEMES:
        keep(answer, visit.request, THEME, visit.said("theme"), seconds=_YEAR)
    return answer


ROUTES = (command("/switches", None, switch, real=True),)
