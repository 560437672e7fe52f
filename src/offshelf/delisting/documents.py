"""What is given out of hand about a plan: the signed certificate and the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from offshelf.delisting.certificate import build, sign
from offshelf.delisting.model import Plan, PlanResult
from offshelf.delisting.preview.model import Told
from offshelf.delisting.report import render
from offshelf.delisting.result import Results
from offshelf.kit.clock import Clock
from offshelf.kit.signing import SigningKey


class Documents:
    """Issues documents about plans as they stand now.

    `sweep` brings plans up to what was seen since the last look: the goods may sell again. `policy` names the versions in
    force, `told` what other rooms know of a plan.
    """

    def __init__(
        self,
        *,
        results: Results,
        sweep: Callable[[], object],
        policy: Callable[[], dict[str, str]],
        signing_key: Callable[[], SigningKey],
        told: Callable[[Plan, str], Told | None],
        clock: Clock,
    ) -> None:
        self._results = results
        self._sweep = sweep
        self._policy = policy
        self._signing_key = signing_key
        self._told = told
        self._clock = clock

    def certificate(self, plan_id: str, *, looking: bool = True) -> tuple[PlanResult, dict[str, Any]]:
        """Return a plan's result and the signed certificate of it (docs/proof.md).

        `looking`: plans are brought up to date first, which writes; without, it tells what the last look found.
        """
        if looking:
            self._sweep()
        result = self._results.of(plan_id)
        document = build(result, issued_at=self._clock.now(), policy=self._policy())
        return result, sign(document, self._signing_key())

    def report(self, plan_id: str, language: str) -> str:
        """Return the report as one HTML page."""
        result = self._results.of(plan_id)
        told = self._told(result.plan, language)
        picture = "" if told is None else told.picture
        return render(result, language, issued_at=self._clock.now(), picture=picture)


def as_file(document: dict[str, Any]) -> str:
    """Return a certificate as the text of its file."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
