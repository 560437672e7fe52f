"""Verbs of the shops: add, list, test, rotate a secret, remove."""

from __future__ import annotations

import secrets
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from offshelf.access.sandboxed import shop_from
from offshelf.cli.choices import Choice
from offshelf.cli.face import Face, face_of
from offshelf.cli.groups import add, group
from offshelf.cli.paper import Paper
from offshelf.cli.secret_input import ask_secret, from_variable
from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.vocabulary.shops import Platform, Shop

ShopName = Annotated[str, typer.Argument(metavar="SHOP")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME")]
SecretEnv = Annotated[str | None, typer.Option("--secret-env", metavar="VAR")]
SecretFile = Annotated[Path | None, typer.Option("--secret-file", metavar="FILE")]


class ProbeKind(StrEnum):
    """How a buyer's view can be read."""

    STOREFRONT = "storefront"
    NONE = "none"


class Slot(StrEnum):
    """Which credential."""

    SECRET = "secret"  # noqa: S105 - the name of a slot
    ASSISTANT_ID = "assistant_id"
    ASSISTANT_SECRET = "assistant_secret"  # noqa: S105
    PUSH_TOKEN = "push_token"  # noqa: S105
    PUSH_KEY = "push_key"
    SIGN_SECRET = "sign_secret"  # noqa: S105


def app() -> typer.Typer:
    """Return the group."""
    made = group()
    verbs = (
        ("add", add_shop),
        ("list", list_),
        ("test", look_at),
        ("authorise", authorise),
        ("rotate-secret", rotate_secret),
        ("remove", remove),
    )
    for name, verb in verbs:
        add(made, name, verb)
    return made


def add_shop(
    ctx: typer.Context,
    shop: ShopName,
    platform: Annotated[
        Platform | None,
        typer.Option("--platform", metavar="PLATFORM", parser=Choice(Platform, "report.platform")),
    ] = None,
    app_id: Annotated[str | None, typer.Option("--app-id", metavar="ID")] = None,
    account_id: Annotated[str, typer.Option("--account-id", metavar="ID")] = "",
    base_url: Annotated[str | None, typer.Option("--base-url", metavar="URL")] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME")] = None,
    probe: Annotated[
        ProbeKind | None, typer.Option("--probe", metavar="PROBE", parser=Choice(ProbeKind, "probe"))
    ] = None,
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    assistant_id: Annotated[str | None, typer.Option("--assistant-id", metavar="ID")] = None,
    assistant_secret_env: Annotated[str | None, typer.Option("--assistant-secret-env", metavar="VAR")] = None,
    push_token_env: Annotated[str | None, typer.Option("--push-token-env", metavar="VAR")] = None,
    push_key_env: Annotated[str | None, typer.Option("--push-key-env", metavar="VAR")] = None,
    sign_secret_env: Annotated[str | None, typer.Option("--sign-secret-env", metavar="VAR")] = None,
    from_sandbox: Annotated[str | None, typer.Option("--from-sandbox", metavar="URL")] = None,
    by: By = None,
) -> int:
    """Add a shop with its credentials."""
    face = face_of(ctx)
    connecting = face.house().connecting
    if from_sandbox is not None:
        described = _described_there(face, platform, from_sandbox, app_id)
        platform = Platform(described["platform"])
        made, credentials = shop_from(shop, described, from_sandbox, face.house().manifests()[platform.value])
        code = described.get("grant_code")
    else:
        platform = platform or Platform.WECHAT_CHANNELS
        if not app_id:
            raise UsageError("cli.missing", name="--app-id", path="offshelf shops add")
        look = (probe or ProbeKind.NONE).value
        made = connecting.described(
            shop,
            platform,
            app_id,
            name=name or "",
            account_id=account_id,
            base_url=base_url or "",
            probe=look,
        )
        code = None
        variables = {
            "assistant_secret": assistant_secret_env,
            "push_token": push_token_env,
            "push_key": push_key_env,
            "sign_secret": sign_secret_env,
        }
        credentials = {slot: from_variable(var) for slot, var in variables.items() if var is not None}
        credentials |= {} if assistant_id is None else {"assistant_id": Secret(assistant_id)}
        credentials["secret"] = ask_secret(face, secret_env, secret_file)
        for slot in connecting.missing(platform, credentials):
            option = f"--{slot.replace('_', '-')}-env"
            raise UsageError("cli.missing", name=option, path="offshelf shops add")
    connecting.add(made, credentials, by=face.by(by))
    if code is not None:
        connecting.redeem(shop, Secret(str(code)), by=face.by(by))
    consents = code is None and connecting.asks_consent(platform)

    def show(paper: Paper) -> None:
        paper.say("cli.shops.added", shop=shop)
        first = [f"offshelf shops authorise {shop}"] if consents else []
        paper.next_steps([*first, f"offshelf shops test {shop}", f"offshelf catalog sync {shop}"])

    face.tell({"shop": made, "credentials": sorted(credentials)}, show)
    return 0


def _described_there(face: Face, platform: Platform | None, url: str, app_id: str | None) -> dict[str, Any]:
    """Return the shop the sandbox describes that is meant; several platforms and none named is refused with the list.

    Of several shops on the platform the first is taken, or the one with this app id.
    """
    described = face.doors.sandbox_call(url, "GET", "/_sandbox", None)["shops"]
    fitting: list[dict[str, Any]] = [
        item
        for item in described
        if (platform is None or item["platform"] == platform.value) and app_id in (None, item["app_id"])
    ]
    if not fitting:
        raise UsageError("cli.sandbox_has_no_shop", url=url)
    kinds = list(dict.fromkeys(str(item["platform"]) for item in fitting))
    if len(kinds) > 1:
        raise UsageError("cli.sandbox_which_platform", url=url, platforms=", ".join(kinds), first=kinds[0])
    return fitting[0]


def authorise(
    ctx: typer.Context,
    shop: ShopName,
    code_env: Annotated[str | None, typer.Option("--code-env", metavar="VAR")] = None,
    code_file: Annotated[Path | None, typer.Option("--code-file", metavar="FILE")] = None,
    redirect: Annotated[str, typer.Option("--redirect", metavar="URL")] = "https://localhost/",
    by: By = None,
) -> int:
    """Get the merchant's consent, or store the one that was given."""
    face = face_of(ctx)
    connecting = face.house().connecting
    page = connecting.consent_page(shop, redirect, secrets.token_urlsafe(16))
    asked = code_env is None and code_file is None
    if asked:
        face.err.say("cli.shops.consent_page", url=page)
    if asked and (face.as_json or not sys.stdin.isatty()):
        then = [f"offshelf shops authorise {shop} --code-file FILE"]
        face.tell({"shop": shop, "page": page, "next": then}, lambda paper: paper.next_steps(then))
        return 4
    code = ask_secret(face, code_env, code_file, "cli.ask.code")
    connecting.redeem(shop, code, by=face.by(by))
    face.tell({"shop": shop, "authorised": True}, lambda paper: paper.say("cli.shops.authorised", shop=shop))
    return 0


def list_(ctx: typer.Context) -> int:
    """List shops."""
    face = face_of(ctx)
    services = face.house()
    shops = services.shops.all()
    counts: dict[str, int] = {}
    for row in services.catalog.counts():
        counts[row["shop_id"]] = counts.get(row["shop_id"], 0) + row["count"]

    def show(paper: Paper) -> None:
        if not shops:
            paper.say("cli.empty.shops")
            paper.next_steps(["offshelf shops add --help"])
            return
        paper.table(
            ("shop", "name", "platform", "app_id", "base_url", "probe", "listings"),
            [
                (
                    s.shop_id,
                    s.name,
                    face.words.word("report.platform", s.platform.value),
                    s.app_id,
                    s.base_url,
                    face.words.word("probe", s.probe),
                    counts.get(s.shop_id, 0),
                )
                for s in shops
            ],
            right=frozenset({"listings"}),
        )

    face.tell({"shops": shops, "listings": counts}, show)
    return 0


def look_at(
    ctx: typer.Context, shops: Annotated[list[str] | None, typer.Argument(metavar="SHOP")] = None
) -> int:
    """Look whether shops can be reached and called."""
    face = face_of(ctx)
    looks = face.house().looks
    seen = [looks.at(one) for one in chosen(face, shops)]
    rows = [
        {"shop": h.shop_id, "ok": h.ok, "code": h.code, "message": face.words.word("health", h.code)}
        | {"platform_code": h.platform_code, "trace": h.trace_id}
        for h in seen
    ]

    def show(paper: Paper) -> None:
        paper.table(
            ("shop", "what", "platform_code", "trace"),
            [(row["shop"], row["message"], row["platform_code"], row["trace"]) for row in rows],
        )
        for code in dict.fromkeys(h.code for h in seen if not h.ok):
            if face.words.has(f"health.{code}.next"):
                paper.say(f"health.{code}.next")

    face.tell({"shops": rows}, show)
    return 0 if all(h.ok for h in seen) else 5


def chosen(face: Face, names: list[str] | None) -> list[Shop]:
    """Return the named shops, or all; refuses where there is none."""
    services = face.house()
    found = [services.shops.get(name) for name in names] if names else list(services.shops.all())
    if not found:
        raise UsageError("cli.no_shops")
    return found


def rotate_secret(
    ctx: typer.Context,
    shop: ShopName,
    slot: Annotated[Slot, typer.Option("--slot", metavar="SLOT", parser=Choice(Slot, "slot"))] = Slot.SECRET,
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    by: By = None,
) -> int:
    """Store a new credential of a shop."""
    face = face_of(ctx)
    services = face.house()
    services.shops.get(shop)
    secret = ask_secret(face, secret_env, secret_file)
    services.connecting.rotate(shop, slot.value, secret, by=face.by(by))

    def show(paper: Paper) -> None:
        paper.say("cli.shops.rotated", shop=shop)
        paper.next_steps([f"offshelf shops test {shop}"])

    face.tell({"shop": shop, "slot": slot.value}, show)
    return 0


def remove(
    ctx: typer.Context,
    shop: ShopName,
    yes: Annotated[bool, typer.Option("--yes")] = False,
    by: By = None,
) -> int:
    """Remove a shop and destroy its credentials."""
    face = face_of(ctx)
    services = face.house()
    services.shops.get(shop)
    if not yes:
        raise UsageError("cli.yes_needed", shop=shop)
    services.connecting.remove(shop, by=face.by(by))
    face.tell({"removed": shop}, lambda paper: paper.say("cli.shops.removed", shop=shop))
    return 0
