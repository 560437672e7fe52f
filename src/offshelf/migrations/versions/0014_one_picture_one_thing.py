"""Evidence of the register among the evidence of tasks, and places that ended on a bare word are unknown."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Where buyers pay, as of this revision.
_SELLING = (
    "listing", "stock", "showcase", "creator_showcase", "live", "replay", "video", "presale", "bundle", "binding",
)  # fmt: skip


def upgrade() -> None:
    """Enter what statements and papers name, and take back ends nobody proved."""
    enter(op.get_bind())
    doubt(op.get_bind())


def doubt(bind: sa.Connection) -> None:
    """Make unknown what a person's word alone ended where buyers pay."""
    place = sa.table("place", *(sa.column(name) for name in ("state", "source", "kind")))
    bare = (place.c.state == "ended", place.c.source != "api", place.c.kind.in_(_SELLING))
    bind.execute(sa.update(place).where(*bare).values(state="unknown"))


def enter(bind: sa.Connection) -> None:
    """Give every file a row that says what it proves."""
    said = sa.text("SELECT evidence, kind, subject, recorded_at, \"by\" FROM statement WHERE evidence <> ''")
    papers = sa.text(
        "SELECT evidence, kind, number, recorded_at, 'offshelf' FROM licence WHERE evidence <> ''"
    )
    found: dict[str, dict[str, object]] = {}
    for section, query in (("statements", said), ("licences", papers)):
        for digest, kind, name, at, by in bind.execute(query):
            row = found.setdefault(digest, {"at": at, "by": str(by)[:100], "targets": []})
            row["at"] = min(int(str(row["at"])), at)
            proves = f"{section}/{kind}/{name}"
            if isinstance(row["targets"], list) and proves not in row["targets"]:
                row["targets"].append(proves)
    there = {digest for (digest,) in bind.execute(sa.text("SELECT digest FROM evidence"))}
    columns = ("digest", "kind", "media_type", "size", "by", "at", "task_id", "targets")
    evidence = sa.table("evidence", *(sa.column(name) for name in columns))
    for digest, row in sorted(found.items()):
        if digest in there:  # it proves a target of a task: it cannot be declared again for something else
            continue
        # How large the files are was not written down.
        known = {"kind": "document", "media_type": "application/octet-stream", "size": 0, "task_id": ""}
        values = known | {
            "digest": digest,
            "at": row["at"],
            "by": row["by"],
            "targets": json.dumps(row["targets"]),
        }
        bind.execute(sa.insert(evidence).values(**values))
