"""The doctor at a house that is open: the quick looks call nobody, the whole ones walk the journal and try every shop."""

from __future__ import annotations

from offshelf import __version__
from offshelf.kit.redact import Secret
from offshelf.vocabulary.shops import Platform, Shop
from support.sandbox_house import sandbox, whole_house


def test_quick_looks_call_nobody_and_whole_ones_everybody(tmp_path):
    called = []
    made = sandbox("wechat_channels")

    async def network(scope, receive, send):
        called.append(scope["path"])
        await made.app(scope, receive, send)

    with whole_house(tmp_path, network) as house:
        services, told = house.services, made.told("wechat_channels")
        shop = Shop("tea", Platform.WECHAT_CHANNELS, "tea", told["app_id"], "http://127.0.0.1:8700")
        services.connecting.add(shop, {"secret": Secret(told["app_secret"])}, by="lin")
        quick = services.examine(whole=False)
        assert ([one["name"] for one in quick], called) == (["python", "sqlite", "disk", "policy"], [])
        whole = services.examine(whole=True)
        names = [one["name"] for one in whole]
        assert names == ["python", "sqlite", "disk", "journal", "policy", "tea"]
        assert {one["verdict"] for one in whole} == {"pass"}
        assert called
        assert services.looks.last()["tea"].health.ok
        assert services.about() == {
            "version": __version__,
            "home": str(tmp_path),
            "database": str(tmp_path / "offshelf.db"),
        }
