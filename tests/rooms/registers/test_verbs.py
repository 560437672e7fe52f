"""The verbs: all faults with file and line, exit codes, one JSON document, empty states, both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from offshelf.catalog.registers.declare import template
from offshelf.vocabulary.statements import Doubt, LicenceKind, StatementKind, Term, TermKind
from support.cli_house import house, run_cli
from support.databases import START
from support.register_house import licence, paper, place

__all__ = ["house", "run_cli"]


@pytest.fixture
def shop(house, run_cli):
    """Return the command line over a shop that was read."""
    house.open_shop()
    run_cli.json("catalog", "sync")
    return run_cli


def file(tmp_path, text, name="register.yaml"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return str(path)


def put(house, *papers):
    with house.services.database.begin() as tx:
        house.services.registers.put_licences(tx, papers)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_declares_itself(shop, house, tmp_path, language):
    told = shop("--lang", language, "catalog", "declare", "--template")
    assert (told.code, told.out) == (0, template(language))
    document = shop.json("catalog", "declare", file(tmp_path, told.out), "--new", "--by", "ann")
    assert (document["written"], len(document["licences"]), len(document["places"])) == (True, 3, 6)
    assert len(house.services.registers.licences()) == 3
    assert shop.json("--lang", language, "catalog", "declare", "--template") == {"template": told.out}


def test_faults_are_told_with_file_and_line_and_nothing_is_written(shop, house, tmp_path):
    path = file(tmp_path, paper(number=None, covers="[NO]") + place(shop="x"))
    told = shop("catalog", "declare", path)
    assert told.code == 2
    assert "licences[1].covers" in told.out
    assert "register.yaml has 3 mistakes, the first on line 2." in told.err
    document = shop("catalog", "declare", path, "--json").json
    assert (document["exit"], document["error"]["code"]) == (2, "registers.faults")
    assert [(f["file"], f["line"], f["code"]) for f in document["faults"]] == [
        ("register.yaml", 2, "missing"), ("register.yaml", 3, "unknown_code"), ("register.yaml", 7, "unknown_shop"),
    ]  # fmt: skip
    assert all(fault["what"] and fault["next"] for fault in document["faults"])
    assert house.services.registers.licences(history=True) == ()


def test_faults_of_cells_have_the_sentences_of_imports(shop, tmp_path):
    text = "kind,number,covers,valid until\n营业执照,1.5E+18,*,soon\n"
    faults = shop("catalog", "declare", file(tmp_path, text, "p.csv"), "--json").json["faults"]
    assert [(f["line"], f["where"], f["code"]) for f in faults] == [
        (2, "number", "cell.id_lost_digits"), (2, "valid until", "cell.date_malformed"),
    ]  # fmt: skip
    assert all("{" not in fault["what"] + fault["next"] for fault in faults)


def test_a_dry_run_says_so(shop, house, tmp_path):
    path = file(tmp_path, paper())
    told = shop("catalog", "declare", path, "--dry-run")
    assert (told.code, "Nothing was written." in told.out) == (0, True)
    assert house.services.registers.licences() == ()
    assert shop.json("catalog", "declare", path, "--dry-run")["written"] is False


def test_what_is_known_already_is_said(shop, tmp_path):
    path = file(tmp_path, paper(at="2026-11-20T18:00:00+08:00"))
    assert "Written down: 1." in shop("catalog", "declare", path).out
    assert "Everything was known already" in shop("catalog", "declare", path).out


def test_none_without_a_file(shop, house):
    document = shop.json("catalog", "declare", "--none", "drop_ship", "--none", "presale", "--by", "ann")
    assert [row["effect"] for row in document["statements"]] == ["new", "new"]
    said = house.services.registers.statements(StatementKind.NONE)
    assert [(s.subject, s.by) for s in said] == [("drop_ship", "ann"), ("presale", "ann")]
    assert shop("catalog", "declare", "--none", "dropship").code == 2


@pytest.mark.parametrize(
    "args", [(), ("f.yaml", "--none", "video"), ("f.yaml", "--template"), ("missing.yaml",)]
)
def test_bad_usage_is_exit_2(shop, args):
    assert shop("catalog", "declare", *args).code == 2


def test_the_instant_of_a_file_may_be_given(shop, house, tmp_path):
    shop.json("catalog", "declare", file(tmp_path, paper()), "--as-of", "2026-11-20T18:00:00")
    assert house.services.registers.licences()[0].observed_at == START - timedelta(hours=16)
    assert shop("catalog", "declare", file(tmp_path, paper()), "--as-of", "2026-11-22").code == 2


def test_a_person_may_vouch_for_having_looked_again(shop, house, tmp_path):
    path = file(tmp_path, paper())
    shop.json("catalog", "declare", path)
    house.clock.advance(86_400)
    assert "Everything was known already" in shop("catalog", "declare", path).out
    assert house.services.registers.licences()[0].observed_at == START
    assert shop.json("catalog", "declare", path, "--looked-again")["licences"][0]["effect"] == "again"
    assert house.services.registers.licences()[0].observed_at == house.clock.now()
    both = shop("catalog", "declare", path, "--looked-again", "--as-of", "2026-11-20T18:00:00")
    assert both.code == 2


def test_declaring_an_ended_paper_proposes_at_once(shop, house, tmp_path):
    shop.json("catalog", "declare", file(tmp_path, paper(valid_until="2026-11-20")))
    (plan,) = house.services.plans.all()
    assert (plan.state.value, plan.reason.value) == ("proposed", "certificate_expired")


def test_papers_are_listed_with_their_days(shop, house):
    told = shop("catalog", "licences")
    assert (told.code, "No licence is registered" in told.out) == (0, True)
    papers = [licence(), licence("N-2", None), licence("N-3", None, end_known=False)]
    put(house, *papers, licence("N-4", date(2026, 11, 27)), licence("N-5", date(2026, 11, 20)))
    rows = shop.json("catalog", "licences")["licences"]
    assert [(r["number"], r["state"], r["days_left"], r["valid_until"]) for r in rows] == [
        ("N-1", "valid", 130, "2027-03-31"),
        ("N-2", "valid", None, None),
        ("N-3", "unknown", None, None),
        ("N-4", "valid", 6, "2026-11-27"),
        ("N-5", "expired", -1, "2026-11-20"),
    ]
    soon = shop.json("catalog", "licences", "--expiring")
    assert ([r["number"] for r in soon["licences"]], soon["alarm_days"]) == (
        ["N-3", "N-4", "N-5"],
        [7, 30, 60],
    )
    page = shop("catalog", "licences").out
    assert all(word in page for word in ("no end", "unknown", "end unknown", "ended", "TEA-1"))


def test_papers_of_platforms_are_listed_with_their_source_and_what_is_doubtful(shop, house):
    of_brand = {"kind": LicenceKind.BRAND_AUTHORISATION, "shop_id": "flagship", "source": "api", "covers": ()}
    term = Term("flagship", TermKind.BRAND, "b1")
    put(
        house,
        licence("N-1", source="both"),
        licence("R-1", doubt=Doubt.NOT_LISTED, terms=(term,), **of_brand),
        licence("R-2", doubt=Doubt.ENDS_DIFFER, **of_brand),
    )
    rows = {row["number"]: row for row in shop.json("catalog", "licences")["licences"]}
    assert {name: (row["source"], row["shop"], row["doubt"]) for name, row in rows.items()} == {
        "N-1": ("both", "", ""),
        "R-1": ("api", "flagship", "not_listed"),
        "R-2": ("api", "flagship", "ends_differ"),
    }
    assert (rows["R-1"]["terms"], rows["R-1"]["listings"]) == ([["flagship", "brand", "b1"]], None)
    soon = shop.json("catalog", "licences", "--expiring")["licences"]
    assert [row["number"] for row in soon] == ["R-1", "R-2"]
    page = shop("catalog", "licences").out
    assert all(
        word in page for word in ("register and platform", "platform", "not listed any more", "flagship")
    )


def test_a_replaced_or_renewed_paper_needs_nobody(shop, house):
    put(house, licence("N-1", date(2026, 11, 20)), licence("N-2", replaces="N-1"))
    assert [r["state"] for r in shop.json("catalog", "licences")["licences"]] == ["replaced", "valid"]
    assert shop.json("catalog", "licences", "--expiring")["licences"] == []
    assert "No licence has ended" in shop("catalog", "licences", "--expiring").out


def test_alerts_are_listed_with_what_to_do(shop, house):
    told = shop("monitor", "alerts")
    assert (told.code, "The calendar was looked at just now." in told.out) == (0, True)
    put(house, licence("N-4", date(2026, 11, 27)), licence("N-5", date(2026, 11, 20), covers=("TEA-2",)))
    document = shop.json("monitor", "alerts")
    (plan,) = house.services.plans.all()
    found = {row["number"]: row for row in document["alerts"]}
    assert (found["N-4"]["what"], found["N-4"]["threshold"], found["N-4"]["days_left"]) == ("alarm", 7, 6)
    assert (found["N-5"]["what"], found["N-5"]["plan"]) == ("expired", plan.plan_id)
    assert document["next"][0] == f"offshelf plan show {plan.plan_id}"
    assert plan.plan_id in shop("monitor", "alerts").out
    assert len(shop.json("monitor", "alerts", "--limit", "1")["alerts"]) == 1


def test_alerts_say_that_a_paper_was_renewed(shop, house):
    put(house, licence("N-5", date(2026, 11, 20)))
    shop.json("monitor", "alerts")
    put(house, licence("N-5", date(2028, 11, 20), observed_at=START + timedelta(seconds=1)))
    assert "renewed since" in shop("monitor", "alerts").out


def test_without_the_policy_nobody_is_left_in_the_dark(shop, house):
    put(house, licence("N-1", date(2027, 11, 27)))
    object.__setattr__(house.services.licences, "_policy", lambda: replace(_policy(house), values={}))
    told = shop("monitor", "alerts")
    assert (told.code, "the policy licence.alarms is missing" in told.out) == (4, True)
    assert shop("monitor", "alerts", "--json").json["unknown"] == ["licence.alarms"]
    soon = shop.json("catalog", "licences", "--expiring")
    assert ([r["number"] for r in soon["licences"]], soon["alarm_days"]) == (["N-1"], None)


def _policy(house):
    from offshelf.policy.model import Policy

    return Policy(house.clock.now().date())


@pytest.mark.parametrize("verb", ["catalog declare", "catalog licences", "monitor alerts"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_help_is_there_in_both_languages(run_cli, verb, language):
    told = run_cli("--lang", language, *verb.split(), "--help")
    assert (told.code, "--json" in told.out) == (0, True)


def test_none_counts_for_nothing_where_such_places_stand(shop, house, tmp_path):
    lines = "places:\n  - kind: video\n    shop: flagship\n    ref: v1\n    title: t\n    members:\n      - code: TEA-1\n"
    assert shop("catalog", "declare", file(tmp_path, lines), "--new").code == 0
    told = shop("catalog", "declare", "--none", "video")
    assert "1 places of this kind stand in the catalog" in told.out
    assert "the statement that there are none does not count" in told.out
    assert shop.json("catalog", "declare", "--none", "live")["void"] == {}


@pytest.mark.parametrize("kind", ["listing", "stock"])
def test_nobody_states_that_there_are_no_listings_and_no_stock(shop, kind):
    assert shop("catalog", "declare", "--none", kind).code == 2
