"""A page that keeps itself up to date: what it watches, and how that stood before the page was made."""

from __future__ import annotations

from dataclasses import dataclass

from offshelf.console.visit import Visit


@dataclass(frozen=True, slots=True)
class Watch:
    """For `kit/live.html`. `mark` was read before anything else, so that no change falls between the two.

    `url` is where the parts are fetched from; empty: from the address as it stands in the browser.
    """

    topics: str
    mark: str
    url: str
    parts: str


def watch(visit: Visit, topics: tuple[str, ...], parts: tuple[str, ...], *, page: str = "") -> Watch:
    """Return what a page watches; to be called before it reads what it shows.

    `parts` are ids in its template, `page` its address where a command answers with it.
    """
    standing = visit.house.pulse.now()
    marks = " ".join(standing.of(topic) for topic in topics)
    return Watch(" ".join(topics), marks, "" if visit.request.method == "GET" else page, " ".join(parts))
