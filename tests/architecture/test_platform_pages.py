"""The page of every platform says what its manifest says, and the manifest names every call there is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from offshelf.kit.texts import LANGUAGES
from offshelf.platforms import registry
from offshelf.platforms.contract import Manifest
from offshelf.platforms.douyin import wire as douyin
from offshelf.platforms.kuaishou import wire as kuaishou
from offshelf.platforms.wechat_channels import wire as wechat_channels
from offshelf.vocabulary.places import PlaceKind
from support.architecture import ROOT, none

PATHS: dict[str, Callable[[], dict[str, str]]] = {
    "wechat_channels": wechat_channels.paths,
    "douyin": douyin.paths,
    "kuaishou": kuaishou.paths,
}
MANIFESTS = list(registry.manifests().values())
PLACES = frozenset(
    [
        "listing",
        "stock",
        "promotion",
        "coupon",
        "affiliate",
        "showcase",
        "live",
        "replay",
        "video",
        "order",
        "after_sale",
        "parcel",
        "message",
        "shop",
        "account",
        *PlaceKind,
    ]
)
CERTAINTIES = {"agreed", "single source", "inferred", "conflict"}


def test_the_pages_are_what_the_manifests_say() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/pages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.platform)
def test_a_manifest_names_every_method_that_is_called(manifest: Manifest) -> None:
    assert {row.name for row in manifest.methods} == set(PATHS[manifest.platform]())
    assert len(manifest.methods) == len({row.name for row in manifest.methods})


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.platform)
def test_every_row_has_its_place_source_and_certainty(manifest: Manifest) -> None:
    rows = [*manifest.methods, *manifest.guided]
    assert {row.place for row in rows} <= PLACES
    assert {row.certainty for row in rows} <= CERTAINTIES
    assert none(str(row) for row in rows if not row.source)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.platform)
def test_guided_work_has_its_path_in_both_languages_and_wants_evidence(manifest: Manifest) -> None:
    assert len({(row.place, row.act) for row in manifest.guided}) == len(manifest.guided)
    assert none(row.act for row in manifest.guided if not row.evidence)
    assert none(
        f"{row.place}.{row.act}" for row in manifest.guided for one in LANGUAGES if not row.menu[one].strip()
    )


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.platform)
def test_what_no_call_can_do_has_a_path_by_hand(manifest: Manifest) -> None:
    """Places where buyers are still drawn, or goods still move, and no method of the connector writes."""
    writes = {row.place for row in manifest.methods if row.risk != "reads"}
    by_hand = {row.place for row in manifest.guided}
    assert {
        "live",
        "replay",
        "video",
        "showcase",
        "parcel",
        "coupon",
        "affiliate",
    } - writes - by_hand == set()
