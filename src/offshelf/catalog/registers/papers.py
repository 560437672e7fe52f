"""The section `licences` of the merchant's register, and the words both it and a sheet use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from offshelf.catalog.registers.context import Context
from offshelf.catalog.registers.fields import Fields, shown
from offshelf.catalog.registers.proofs import name_of_licence
from offshelf.catalog.registers.standing import EVERYTHING
from offshelf.kit.texts import LANGUAGES
from offshelf.vocabulary.statements import Licence, LicenceKind
from offshelf.vocabulary.texts import catalogue

NUMBER, TITLE, HOLDER, CODE = 128, 500, 200, 128  # characters
_NO_END = frozenset({"no_end", "no end", "permanent", "长期", "长期有效", "永久", "永久有效", "无固定期限"})
_UNKNOWN_END = frozenset({"unknown", "不详", "未知", "?", "？"})
# What else the papers are called, beside our own words in both languages.
_ALSO = {
    "食品经营许可": LicenceKind.FOOD_LICENCE,
    "食品备案": LicenceKind.FOOD_FILING,
    "预包装食品备案": LicenceKind.FOOD_FILING,
    "品牌授权": LicenceKind.BRAND_AUTHORISATION,
    "授权书": LicenceKind.BRAND_AUTHORISATION,
    "检测报告": LicenceKind.TEST_REPORT,
    "检验报告": LicenceKind.TEST_REPORT,
}


def kind_of(text: str) -> LicenceKind | None:
    """Return the kind of paper a text names: our word for it, or what it is called in either language."""
    return _named().get(text.strip().casefold())


@cache
def _named() -> dict[str, LicenceKind]:
    words = catalogue()
    told = {words.say(f"licence_kind.{kind}", lang): kind for kind in LicenceKind for lang in LANGUAGES}
    every = _ALSO | told | {kind.value: kind for kind in LicenceKind}
    return {name.casefold(): kind for name, kind in every.items()}


def no_end(text: str) -> bool:
    """Tell whether a text says that a paper has no end."""
    return text.strip().casefold() in _NO_END


def unknown_end(text: str) -> bool:
    """Tell whether a text says that nobody knows the end."""
    return text.strip().casefold() in _UNKNOWN_END


def covered(codes: Sequence[str]) -> str:
    """Return what is wrong with what a paper covers, or ""."""
    if not codes:
        return "covers_nothing"
    return "covers_all_and_some" if EVERYTHING in codes and len(codes) > 1 else ""


def licence(ctx: Context, item: Fields) -> Licence | None:
    """Read one paper; None where it has faults."""
    before = len(ctx.faults)
    named = item.text("kind", required=True)
    kind = kind_of(named)
    if named and kind is None:
        item.complain("kind", "unknown_word", value=shown(named), known=", ".join(LicenceKind))
    number = item.text("number", NUMBER, required=True)
    replaces = item.text("replaces", NUMBER)
    if replaces and replaces == number:
        item.complain("replaces", "itself", value=shown(number))
    start, (end, known) = item.day("valid_from"), _end(item)
    if start and end and end < start:
        item.complain("valid_until", "ends_before")
    values = {
        "holder": item.text("holder", HOLDER),
        "shop_id": ctx.shop(item),
        "title": item.text("title", TITLE),
        "evidence": ctx.proof(item),
    }
    codes, at = _covers(ctx, item), ctx.instant(item)
    item.rest()
    if len(ctx.faults) > before or kind is None:
        return None
    paper = Licence(
        kind=kind,
        number=number,
        covers=codes,
        valid_from=start,
        valid_until=end,
        end_known=known,
        source="file",
        observed_at=at,
        replaces=replaces,
        holder=values["holder"],
        shop_id=values["shop_id"],
        title=values["title"],
        evidence=values["evidence"],
    )
    if paper.evidence:
        ctx.prove(item, paper.evidence, name_of_licence(paper))
    return ctx.made(item, paper)


def _end(item: Fields) -> tuple[date | None, bool]:
    node = item.node("valid_until")
    if node is None:
        return None, False
    if isinstance(node.value, str) and (no_end(node.value) or unknown_end(node.value)):
        return None, no_end(node.value)
    return item.day("valid_until"), True


def _covers(ctx: Context, item: Fields) -> tuple[str, ...]:
    before = len(ctx.faults)
    found = item.texts("covers", CODE)
    wrong = covered([code for code, _ in found])
    if wrong and len(ctx.faults) == before:
        item.complain("covers", wrong)
    return tuple(
        dict.fromkeys(
            code if code == EVERYTHING else ctx.code(code, line, f"{item.where}.covers")
            for code, line in found
        )
    )
