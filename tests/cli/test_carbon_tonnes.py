"""Tonnes on the terminal: U to its two digits, «≥» where some of it is not stated, unknown where nothing is."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest

from suyuan.cli import carbon
from suyuan.cli.carbon_budget import show_budget
from suyuan.cli.carbon_template import AskTemplate, template
from suyuan.cli.carbon_tonnes import bounded, estimate, known, relative, spread, tonnes
from suyuan.cli.language import term
from suyuan.cli.output import Page
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import quantity

from .conftest import run_in


def test_numbers_as_a_person_reads_them() -> None:
    assert (tonnes(2933827.4), tonnes(-3.14159), tonnes(12.0, True)) == ("2,933,827", "-3.142", "+12")
    assert (estimate(2933827.4, 55690.0), estimate(3.14159, 0.022), estimate(5.5, 0.0)) == ("2,934,000", "3.142", "5.5")
    assert (spread(55690.0), spread(0.0216), spread(0.0)) == ("56,000", "0.022", "0")
    assert (relative(55690.0, 2933827.4), relative(55690.0, 0.0)) == ("1.9 %", "")


def test_a_lower_bound_says_so() -> None:
    assert (spread(55690.0, True), bounded(55690.0, True)) == ("≥ 56,000", "≥ 56,000 t")
    assert (spread(0.0, True), bounded(0.0, True)) == (term("carbon.unknown"),) * 2
    assert bounded(55690.0) == "= 56,000 t" and relative(10.0, 100.0, True) == "≥ 10 %"


def test_what_is_not_known_is_no_nil() -> None:
    words = {known(0.0, 3.0), tonnes(math.nan), spread(math.nan), estimate(math.nan, 1.0)}
    assert len(words) == 1 and "0" not in words.pop()


def test_a_balance_says_where_its_u_is_a_lower_bound(demo: Path, tmp_path: Path) -> None:
    """A flow whose carbon has no u was printed with the U of its scale alone, and so was the emission."""
    content = json.loads((demo / "carbon" / "steel-balance.json").read_bytes())
    stream = next(one for one in content["streams"] if one["kind"] == "input" and one.get("components"))
    stream["components"] = [one for one in stream["components"] if one["of"] == "amount"]
    stream.pop("reports", None)
    stream["carbon"] = {"value": 0.85, "unit": "tC/t", "issuer": "Lab", "number": "L-1"}
    file = tmp_path / "balance.json"
    file.write_text(json.dumps(content), "utf-8")
    ran = run_in(tmp_path, "carbon", "steel", file)
    mine = [line for line in ran.out.splitlines() if line.strip().startswith(stream["name"])]
    assert all("≥" in line for line in mine[:2]) and len(mine) > 1, ran.out + ran.err
    assert "U ≥" in ran.out.replace("\n", " ")
    parts = carbon.calculate(carbon.Calculate(file=file)).values["parts"]
    assert stream["name"] in [one["name"] for one in parts if one["u_is_least"]]


def test_a_budget_has_words_and_certificates_without_their_places() -> None:
    """«carbon 3» of «Lab R-3 carbon» stood in it, and «0/0» after each number."""
    both = quantity(0.0, 3.0, "t", label="carbon 3", source=Source("Lab", "R-3", "carbon")) + quantity(
        100.0, 4.0, "t", label="belt scale"
    )
    stream = io.StringIO()
    show_budget(Page(stream), by_influence(both), "influence")
    shown = stream.getvalue()
    assert "Lab R-3" in shown and "R-3 carbon" not in shown and "carbon 3" not in shown
    assert "belt scale" in shown and "64.0 %" in shown


def test_a_template_is_written_as_a_workbook_only(tmp_path: Path) -> None:
    """Under another ending it was a workbook that nothing opened."""
    with pytest.raises(Refused) as refused:
        template(AskTemplate(out=tmp_path / "year.pdf"))
    assert [item.code for item in refused.value.findings] == ["cli.service.format"] and not list(tmp_path.iterdir())
