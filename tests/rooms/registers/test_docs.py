"""The page about the register shows an example that can be declared as it stands, and names what there is."""

from __future__ import annotations

import re

from offshelf.catalog.registers.sheet import COLUMNS
from offshelf.monitoring.licences import POLICY
from support.architecture import ROOT

PAGE = (ROOT / "docs/register.md").read_text("utf-8")


def test_the_example_of_the_page_is_declared_as_it_stands(house):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    done = house.declare(example)
    assert (len(done.draft.places), len(done.statements), len(done.licences)) == (1, 2, 2)
    assert done.written


def test_the_columns_and_the_policy_of_the_page_are_there():
    named = re.findall(r"([\u4e00-\u9fff]{2,}) \(([a-z ]+)\)", PAGE)
    fields = {(name, field.replace(" ", "_")) for name, field in named}
    assert fields == {(names[0], field) for field, names in COLUMNS.items()}
    assert f"`{POLICY}`" in PAGE
