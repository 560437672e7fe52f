"""Tables of access: shops, sealed credentials, shared tokens, approvals, users and their keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Json, Tx, insert_or_ignore, metadata, row_dict, row_dicts, upsert

shop = sa.Table(
    "shop",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("platform", sa.String(32), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("app_id", sa.String(100), nullable=False),
    sa.Column("base_url", sa.String(300), nullable=False),
    sa.Column("probe", sa.String(32), nullable=False),
    sa.Column("account_id", sa.String(64), nullable=False, server_default=sa.text("''")),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("removed_at", Instant),
)
credential = sa.Table(
    "credential",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column(
        "slot", sa.String(32), primary_key=True
    ),  # secret, assistant_id, assistant_secret, push_token, push_key
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)
platform_token = sa.Table(
    "platform_token",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("slot", sa.String(32), primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("claimed_until", Instant),
    sa.Column("refresh_sealed", sa.Text),
    sa.Column("refresh_until", Instant),
    sa.Column("lost_at", Instant),
    sa.Column("lost_why", sa.String(100)),
)
approval = sa.Table(
    "approval",
    metadata,
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("fingerprint", sa.String(64), primary_key=True),
    sa.Column("person", sa.String(100), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("user_id", sa.String(32), nullable=False, server_default=sa.text("''")),  # "": nobody proved it
)
app_user = sa.Table(
    "app_user",
    metadata,
    sa.Column("name_key", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    # Another one each time the user is let in anew: what was signed and which keys were made before count no more.
    sa.Column("user_id", sa.String(32), nullable=False, unique=True),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", Instant),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("added_by", sa.String(100), nullable=False),
    sa.Column("disabled_at", Instant),
    sa.Column("signed_in_at", Instant),  # the last time; None: never, or before this was kept
)
user_role = sa.Table(
    "user_role",
    metadata,
    sa.Column("user_id", sa.String(32), primary_key=True),
    sa.Column("role", sa.String(16), primary_key=True),
)
user_department = sa.Table(
    "user_department",
    metadata,
    sa.Column("user_id", sa.String(32), primary_key=True),
    sa.Column("department", sa.String(16), primary_key=True),
)
api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("key_id", sa.String(32), primary_key=True),
    sa.Column("user_id", sa.String(32), nullable=False),
    sa.Column("label", sa.String(100), nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("added_by", sa.String(100), nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("used_at", Instant),  # to the minute; None: never, or before this was kept
)

console_session = sa.Table(
    "console_session",
    metadata,
    sa.Column(
        "digest", sa.String(64), primary_key=True
    ),  # of the token: the token itself is in the browser only
    sa.Column("session_id", sa.String(32), nullable=False, unique=True),
    sa.Column("user_id", sa.String(32), nullable=False, index=True),
    sa.Column("secret_mark", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(200), nullable=False),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)


def put_shop(tx: Tx, row: dict[str, Any]) -> None:
    """Insert a shop, or bring a removed one back with new values."""
    tx.execute(sa.delete(shop).where(shop.c.shop_id == row["shop_id"], shop.c.removed_at.is_not(None)))
    tx.execute(sa.insert(shop).values(row))


def shop_rows(tx: Tx) -> list[dict[str, Any]]:
    """Return shops that were not removed."""
    rows = tx.execute(sa.select(shop).where(shop.c.removed_at.is_(None)).order_by(shop.c.shop_id))
    return row_dicts(rows)


def removed_shops(tx: Tx) -> list[str]:
    """Return the ids of shops that were removed."""
    return list(tx.execute(sa.select(shop.c.shop_id).where(shop.c.removed_at.is_not(None))).scalars())


def set_base_url(tx: Tx, shop_id: str, base_url: str) -> None:
    """Point a shop at another gateway."""
    tx.execute(sa.update(shop).where(shop.c.shop_id == shop_id).values(base_url=base_url))


def mark_removed(tx: Tx, shop_id: str, at: datetime) -> bool:
    """Mark a shop removed and drop its credentials and tokens; False when there was none."""
    done = tx.execute(
        sa.update(shop).where(shop.c.shop_id == shop_id, shop.c.removed_at.is_(None)).values(removed_at=at)
    )
    for table in (credential, platform_token):
        tx.execute(sa.delete(table).where(table.c.shop_id == shop_id))
    return done.rowcount == 1


def put_credential(tx: Tx, shop_id: str, slot: str, sealed: str, at: datetime) -> None:
    """Store a sealed credential in place of the old one; tokens made with the old one are dropped.

    Keys for pushes make no tokens, and a consent a person gave must not be lost for their sake.
    """
    tx.execute(sa.delete(credential).where(credential.c.shop_id == shop_id, credential.c.slot == slot))
    tx.execute(sa.insert(credential).values(shop_id=shop_id, slot=slot, sealed=sealed, updated_at=at))
    if not slot.startswith("push_"):
        tx.execute(sa.delete(platform_token).where(platform_token.c.shop_id == shop_id))


def sealed_credential(tx: Tx, shop_id: str, slot: str) -> str | None:
    """Return the sealed form, or None."""
    found = tx.execute(
        sa.select(credential.c.sealed).where(credential.c.shop_id == shop_id, credential.c.slot == slot)
    ).scalar()
    return None if found is None else str(found)


def credential_dates(tx: Tx, shop_id: str) -> dict[str, datetime]:
    """Return when each credential of a shop was stored, by slot."""
    wanted = sa.select(credential.c.slot, credential.c.updated_at).where(credential.c.shop_id == shop_id)
    return {str(slot): at for slot, at in tx.execute(wanted.order_by(credential.c.slot))}


def shops_with_token(tx: Tx) -> list[str]:
    """Return the ids of shops with a token that is not lost."""
    stands = (platform_token.c.generation > 0, platform_token.c.lost_at.is_(None))
    return list(tx.execute(sa.select(platform_token.c.shop_id).where(*stands).distinct()).scalars())


def newest_credential(tx: Tx, shop_id: str) -> datetime | None:
    """Return when a credential of the shop was last stored, or None where there is none."""
    newest = sa.func.max(credential.c.updated_at, type_=Instant)
    found: datetime | None = tx.execute(sa.select(newest).where(credential.c.shop_id == shop_id)).scalar()
    return found


def token_row(tx: Tx, shop_id: str, slot: str) -> dict[str, Any] | None:
    """Return the token row of a slot, or None."""
    row = tx.execute(
        sa.select(platform_token).where(platform_token.c.shop_id == shop_id, platform_token.c.slot == slot)
    ).first()
    return row_dict(row)


def claim_token(
    tx: Tx, shop_id: str, slot: str, seen_generation: int, now: datetime, until: datetime
) -> bool:
    """Claim the refresh if the generation is still the seen one and nobody else holds a live claim."""
    if seen_generation == 0:
        # "None stored yet" becomes a row of generation 0; the primary key lets one of several first callers in.
        exists = tx.execute(
            sa.select(sa.literal(1)).where(platform_token.c.shop_id == shop_id, platform_token.c.slot == slot)
        ).scalar()
        if exists is None:
            first = {"shop_id": shop_id, "slot": slot, "sealed": "", "expires_at": now, "generation": 0}
            tx.execute(insert_or_ignore(tx, platform_token).values(**first))
    done = tx.execute(
        sa.update(platform_token)
        .where(
            platform_token.c.shop_id == shop_id,
            platform_token.c.slot == slot,
            platform_token.c.generation == seen_generation,
            sa.or_(platform_token.c.claimed_until.is_(None), platform_token.c.claimed_until <= now),
        )
        .values(claimed_until=until)
    )
    return done.rowcount == 1


def write_token(
    tx: Tx,
    shop_id: str,
    slot: str,
    sealed: str,
    expires_at: datetime,
    refresh: tuple[str | None, datetime | None] = (None, None),
) -> int:
    """Store a token, grow the generation, end the claim, forget a loss; returns the new generation."""
    values: dict[str, Any] = {"sealed": sealed, "expires_at": expires_at, "claimed_until": None}
    values |= {"refresh_sealed": refresh[0], "refresh_until": refresh[1], "lost_at": None, "lost_why": None}
    done = tx.execute(
        sa.update(platform_token)
        .where(platform_token.c.shop_id == shop_id, platform_token.c.slot == slot)
        .values(generation=platform_token.c.generation + 1, **values)
    )
    if done.rowcount == 0:
        tx.execute(sa.insert(platform_token).values(shop_id=shop_id, slot=slot, generation=1, **values))
        return 1
    row = token_row(tx, shop_id, slot)
    return 0 if row is None else int(row["generation"])


def lose_token(tx: Tx, shop_id: str, slot: str, why: str, at: datetime, seen_generation: int) -> bool:
    """Write down that no token will come until a person authorises anew; False where a newer token is stored."""
    done = tx.execute(
        sa.update(platform_token)
        .where(
            platform_token.c.shop_id == shop_id,
            platform_token.c.slot == slot,
            platform_token.c.generation == seen_generation,
        )
        .values(claimed_until=None, lost_at=at, lost_why=why[:100])
    )
    return done.rowcount == 1


def lost_tokens(tx: Tx) -> list[dict[str, Any]]:
    """Return shop, reason and instant of every lost grant of a shop in use."""
    wanted = (
        sa.select(platform_token.c.shop_id, platform_token.c.lost_why, platform_token.c.lost_at)
        .join(shop, sa.and_(shop.c.shop_id == platform_token.c.shop_id, shop.c.removed_at.is_(None)))
        .where(platform_token.c.lost_at.is_not(None))
        .order_by(platform_token.c.shop_id)
    )
    return [row._asdict() for row in tx.execute(wanted)]


def release_claim(tx: Tx, shop_id: str, slot: str) -> None:
    """End a claim without a token."""
    tx.execute(
        sa.update(platform_token)
        .where(platform_token.c.shop_id == shop_id, platform_token.c.slot == slot)
        .values(claimed_until=None)
    )


def add_approval(tx: Tx, row: dict[str, Any]) -> bool:
    """Store an approval; False when this person already signed this fingerprint."""
    return tx.execute(insert_or_ignore(tx, approval).values(row)).rowcount == 1


def drop_unproven(tx: Tx, subject: str, fingerprint: str, person: str, user_id: str) -> None:
    """Remove a person's signature that was not given as this user."""
    tx.execute(
        sa.delete(approval).where(
            approval.c.subject == subject,
            approval.c.fingerprint == fingerprint,
            approval.c.person == person,
            approval.c.user_id != user_id,
        )
    )


def drop_approvals(tx: Tx, subject: str, fingerprint: str) -> None:
    """Remove the approvals of a fingerprint; the journal keeps that they were given."""
    tx.execute(
        sa.delete(approval).where(approval.c.subject == subject, approval.c.fingerprint == fingerprint)
    )


def approval_rows(tx: Tx, subject: str, fingerprint: str) -> list[dict[str, Any]]:
    """Return approvals of exactly this fingerprint."""
    rows = tx.execute(
        sa.select(approval)
        .where(approval.c.subject == subject, approval.c.fingerprint == fingerprint)
        .order_by(approval.c.at)
    )
    return row_dicts(rows)


def any_user(tx: Tx) -> bool:
    """Tell whether a user was ever registered (rows are never removed)."""
    return tx.execute(sa.select(app_user.c.user_id).limit(1)).first() is not None


def user_rows(tx: Tx, *, lock: bool = False) -> list[dict[str, Any]]:
    """Return every user by name; `lock` keeps them until the transaction ends."""
    query = sa.select(app_user).order_by(app_user.c.name_key)
    return row_dicts(tx.execute(query.with_for_update() if lock else query))


def user_row(tx: Tx, name_key: str, *, lock: bool = False) -> dict[str, Any] | None:
    """Return a user by the key of the name."""
    query = sa.select(app_user).where(app_user.c.name_key == name_key)
    return row_dict(tx.execute(query.with_for_update() if lock else query).first())


def user_by_id(tx: Tx, user_id: str) -> dict[str, Any] | None:
    """Return a user by id."""
    return row_dict(tx.execute(sa.select(app_user).where(app_user.c.user_id == user_id)).first())


def put_user(tx: Tx, row: dict[str, Any], roles: Sequence[str]) -> None:
    """Store a user with roles, in place of a disabled one of the same name."""
    upsert(tx, app_user, [row])
    tx.execute(sa.insert(user_role), [{"user_id": row["user_id"], "role": role} for role in roles])


def change_user(tx: Tx, name_key: str, **values: Any) -> None:
    """Change fields of a user."""
    tx.execute(sa.update(app_user).where(app_user.c.name_key == name_key).values(values))


def roles_of(tx: Tx) -> dict[str, list[str]]:
    """Return the roles of every user, by id."""
    found: dict[str, list[str]] = {}
    for user_id, role in tx.execute(sa.select(user_role).order_by(user_role.c.user_id, user_role.c.role)):
        found.setdefault(str(user_id), []).append(str(role))
    return found


def put_departments(tx: Tx, user_id: str, departments: Sequence[str]) -> None:
    """Store the departments of a user in place of those before."""
    tx.execute(sa.delete(user_department).where(user_department.c.user_id == user_id))
    if departments:
        rows = [{"user_id": user_id, "department": one} for one in departments]
        tx.execute(sa.insert(user_department), rows)


def departments_of(tx: Tx) -> dict[str, list[str]]:
    """Return the departments of every user who has any, by id."""
    found: dict[str, list[str]] = {}
    names = user_department.c.user_id, user_department.c.department
    for user_id, department in tx.execute(sa.select(*names).order_by(*names)):
        found.setdefault(str(user_id), []).append(str(department))
    return found


def put_key(tx: Tx, row: dict[str, Any]) -> None:
    """Store a key."""
    tx.execute(sa.insert(api_key).values(row))


def key_row(tx: Tx, key_id: str) -> dict[str, Any] | None:
    """Return a key, revoked or not."""
    return row_dict(tx.execute(sa.select(api_key).where(api_key.c.key_id == key_id)).first())


def key_rows(tx: Tx) -> list[dict[str, Any]]:
    """Return every key, oldest first."""
    return row_dicts(tx.execute(sa.select(api_key).order_by(api_key.c.added_at, api_key.c.key_id)))


def revoke_key(tx: Tx, key_id: str, at: datetime) -> bool:
    """Mark a key revoked; False when it is not there or was revoked before."""
    done = tx.execute(
        sa.update(api_key)
        .where(api_key.c.key_id == key_id, api_key.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    return done.rowcount == 1


def touch_key(tx: Tx, key_id: str, at: datetime) -> None:
    """Write down when a key was last used."""
    tx.execute(sa.update(api_key).where(api_key.c.key_id == key_id).values(used_at=at))


def put_session(tx: Tx, row: dict[str, Any]) -> None:
    """Insert a session."""
    tx.execute(sa.insert(console_session).values(row))


def session_row(tx: Tx, digest: str) -> dict[str, Any] | None:
    """Return the session of a token, or None."""
    return row_dict(tx.execute(sa.select(console_session).where(console_session.c.digest == digest)).first())


def session_rows(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    """Return the sessions of a user, the latest seen first."""
    wanted = sa.select(console_session).where(console_session.c.user_id == user_id)
    order = (console_session.c.seen_at.desc(), console_session.c.session_id)
    return row_dicts(tx.execute(wanted.order_by(*order)))


def touch_session(tx: Tx, digest: str, at: datetime) -> None:
    """Write down when a session was last seen."""
    tx.execute(sa.update(console_session).where(console_session.c.digest == digest).values(seen_at=at))


def end_session(tx: Tx, session_id: str, user_id: str) -> bool:
    """Remove a session of a user; False when there was none."""
    mine = (console_session.c.session_id == session_id, console_session.c.user_id == user_id)
    return tx.execute(sa.delete(console_session).where(*mine)).rowcount == 1


def drop_sessions_before(tx: Tx, *, began: datetime, seen: datetime) -> None:
    """Remove sessions that are over by their age or their rest."""
    over = sa.or_(console_session.c.began_at <= began, console_session.c.seen_at <= seen)
    tx.execute(sa.delete(console_session).where(over))
