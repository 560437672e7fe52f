"""Every shop of a running sandbox, taken into a house: credentials as it describes them, consent as its owner would give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from offshelf.access.sandboxed import shop_from
from offshelf.bootstrap.serving import sandbox_call
from offshelf.kit.errors import OutsideError
from offshelf.services import Services
from offshelf.vocabulary.shops import Platform, Shop


def open_shops(services: Services, url: str, names: Mapping[Platform, str], *, by: str) -> Iterator[Shop]:
    """Add the shops of a sandbox, each by the name of its platform, and yield them one by one.

    Raises `OutsideError('cli.consent_refused')` where the sandbox refuses its own code.
    """
    manifests = services.manifests()
    for described in sandbox_call(url, "GET", "/_sandbox", None)["shops"]:
        platform = Platform(described["platform"])
        shop, secrets = shop_from(names[platform], described, url, manifests[platform.value])
        with services.database.begin() as tx:
            services.shops.add(tx, shop, secrets)
            body = {"platform": platform.value}
            services.journal.append(tx, actor=by, verb="shop.added", subject=shop.shop_id, body=body)
        grant = services.connect(shop.shop_id).grant
        if grant is not None:
            # The sandbox stands in for the consent page, where the shop's owner would agree.
            redeemed = services.call(grant.redeem(str(described["grant_code"])))
            if not redeemed.ok:
                raise OutsideError("cli.consent_refused", shop=shop.shop_id, code=redeemed.code)
        yield shop
