"""Every shop of a running sandbox, taken into a house: credentials as it describes them, consent as its owner would give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from offshelf.access.sandboxed import shop_from
from offshelf.bootstrap.sandbox_process import sandbox_call
from offshelf.kit.redact import Secret
from offshelf.services import Services
from offshelf.vocabulary.shops import Platform, Shop


def open_shops(services: Services, url: str, names: Mapping[Platform, str], *, by: str) -> Iterator[Shop]:
    """Add the shops of a sandbox, each by the name of its platform, and yield them one by one.

    Raises `OutsideError('access.consent_refused')` where the sandbox refuses its own code.
    """
    manifests = services.manifests()
    for described in sandbox_call(url, "GET", "/_sandbox", None)["shops"]:
        platform = Platform(described["platform"])
        shop, secrets = shop_from(names[platform], described, url, manifests[platform.value])
        services.connecting.add(shop, secrets, by=by)
        code = described.get("grant_code")
        if code is not None:
            # The sandbox stands in for the consent page, where the shop's owner would agree.
            services.connecting.redeem(shop.shop_id, Secret(str(code)), by=by)
        yield shop
