"""What a platform's papers cover: from brands and categories to listings and their codes, by what was last read of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from offshelf.catalog.registers import _store
from offshelf.kit.db import Tx
from offshelf.vocabulary.statements import Licence, Term, TermKind

Key = tuple[str, str]  # (shop, listing)


@dataclass(slots=True)
class _Goods:
    """The listings of one shop by what papers speak of, the listings that do not tell it, and the codes of all."""

    by_term: dict[Term, list[str]]
    untold: set[TermKind] = field(default_factory=set)  # some listing that is not gone does not tell this
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def once(licences: Iterable[Licence]) -> tuple[Licence, ...]:
    """Return papers without those of one shop that the merchant has since declared for every shop under their number."""
    papers = tuple(licences)
    everywhere = {
        (paper.kind, paper.number, term.shop_id)
        for paper in papers
        if not paper.shop_id
        for term in paper.terms
    }
    return tuple(one for one in papers if (one.kind, one.number, one.shop_id) not in everywhere)


def covered(tx: Tx, licences: Iterable[Licence]) -> tuple[Licence, ...]:
    """Return papers with `listings` and the codes of these listings filled in, as far as a platform tells what they cover."""
    papers = tuple(licences)
    terms = {term for paper in papers for term in paper.terms}
    if not terms:
        return papers
    goods = {shop_id: _goods(tx, shop_id, terms) for shop_id in sorted({term.shop_id for term in terms})}
    return tuple(_filled(paper, goods) if paper.terms else paper for paper in papers)


def _goods(tx: Tx, shop_id: str, terms: Iterable[Term]) -> _Goods:
    found = _Goods({term: [] for term in terms if term.shop_id == shop_id})
    brands = {term.ref: ids for term, ids in found.by_term.items() if term.kind is TermKind.BRAND}
    categories = {term.ref: ids for term, ids in found.by_term.items() if term.kind is TermKind.CATEGORY}
    bare: list[str] = []
    for listing_id, code, brand_id, category_ids in _store.goods_of(tx, shop_id):
        mine = [brands[brand_id]] if brand_id in brands else []
        mine += [categories[ref] for ref in category_ids or () if ref in categories]
        for ids in mine:
            ids.append(listing_id)
        if mine and code:
            found.codes[listing_id] = (code,)
        elif mine:
            bare.append(listing_id)
        if brand_id is None:
            found.untold.add(TermKind.BRAND)
        if category_ids is None:
            found.untold.add(TermKind.CATEGORY)
    found.codes |= _store.sku_codes_of(tx, shop_id, bare)
    return found


def _filled(paper: Licence, goods: dict[str, _Goods]) -> Licence:
    keys: dict[Key, None] = {}
    codes = dict.fromkeys(paper.covers)
    for term in paper.terms:
        here = goods[term.shop_id]
        ids = here.by_term[term]
        keys.update(((term.shop_id, listing_id), None) for listing_id in ids)
        codes.update((code, None) for listing_id in ids for code in here.codes[listing_id])
    if not keys and _untold(paper.terms, goods):
        return paper  # listings that do not tell their brand may well be of this one
    return replace(paper, listings=tuple(sorted(keys)), covers=tuple(codes))


def _untold(terms: Sequence[Term], goods: dict[str, _Goods]) -> bool:
    return any(term.kind in goods[term.shop_id].untold for term in terms)
