"""The checks of a relist in a row: owner, inputs with the age they may have, law, waiver. `docs/checks.md` tells them too.

What would put on sale again what hurts people, breaks a rule or lacks its paper can be waived by nobody: declaring what is
true is the way, and it takes proof. What is only not known can be waived for days.
"""

from __future__ import annotations

from offshelf.checks.knowing import age_id
from offshelf.checks.model import CheckSpec, Input, WaiverRule
from offshelf.checks.relist import cause, papers, readings, restock
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Department

_ON, _LAW, _WARE = Department.OPERATIONS, Department.LEGAL, Department.WAREHOUSE

BACK: tuple[CheckSpec, ...] = (
    CheckSpec(
        check_id="cause",
        number=0,
        department=_LAW,
        inputs=(
            Input("listings", "fresh.listings"),
            Input("stock", "fresh.stock"),
            Input("licences"),
            Input("statements.hazard_remedied"),
            Input("statements.violation_remedied"),
        ),
        run=cause,
        waiver=WaiverRule(
            (_LAW,),
            3,
            frozenset(
                {
                    "cause.hazard_open",
                    "cause.hazard_unproven",
                    "cause.violation_open",
                    "cause.violation_unproven",
                    "cause.no_paper",
                }
            ),
        ),
        legal=("R-13", "R-14", "F-1", "F-2", "F-4", "F-8", "N-7"),
    ),
    CheckSpec(
        check_id="papers",
        number=0,
        department=_LAW,
        inputs=(Input("licences", "fresh.licences"),),
        run=papers,
        waiver=WaiverRule((_LAW,), 3, frozenset({"papers.ended"})),
        policies=("fresh.none",),
        legal=("F-1", "F-3", "F-7", "N-5"),
        registers=True,
    ),
    CheckSpec(
        check_id="readings",
        number=0,
        department=_ON,
        inputs=(Input("listings", "fresh.listings"), Input("stock", "fresh.stock")),
        run=readings,
        waiver=WaiverRule((_ON,), 3),
        legal=("N-7", "O-1"),
    ),
    CheckSpec(
        check_id="restock",
        number=0,
        department=_WARE,
        inputs=(
            Input("stock", "fresh.stock"),
            Input("places.erp_stock", age_id(PlaceKind.ERP_STOCK)),
            Input("plan"),
        ),
        run=restock,
        waiver=WaiverRule((_WARE, _ON), 3),
        policies=("fresh.none",),
        legal=("O-1", "O-5"),
    ),
)
