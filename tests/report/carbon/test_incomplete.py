"""Papers never print what is missing as less, or as nil: sums that leave hours out say which, and data are null."""

from __future__ import annotations

from functools import cache

import pytest
from tests.carbon.monitoring.test_stacks_in_claims import CERTIFICATES, COAL, FLOW, HOURS, certificate, known, plant
from tests.report.carbon.made import DAY, head
from tests.report.carbon.year import column, plain, sheets

from suyuan.carbon.claim.claim import Claim
from suyuan.report.carbon.annual import annual_report
from suyuan.report.carbon.hours import ledger
from suyuan.report.carbon.quarter import quality_report
from suyuan.report.papers.html import html
from suyuan.verbs.carbon.claims import claim_of
from suyuan.verbs.carbon.monitored import Stacked, monitored, stack_years

LOST = 2770
"""Hours from the end of the certificate on, and ten of a fault before it, for which too little was valid to replace."""


@cache
def stacked() -> Stacked:
    """A stack whose flow certificate ended in the afternoon of 7 September, with no other."""
    ended = certificate("F-1", "F-1", FLOW, 0.015, "m3/h", valid_until=int(HOURS.begin[6000]))
    return stack_years(plant(streams=[COAL]), known(every=(CERTIFICATES[0], ended)))[0]


@cache
def claim() -> Claim:
    return claim_of(plant(streams=[COAL]), monitored(plant(streams=[COAL]), [stacked()])).claim


def test_the_annual_report_says_which_hours_a_source_leaves_out() -> None:
    paper = annual_report(claim(), DAY, "en")
    found, fields = sheets(paper.document, "en"), plain(paper.fields)
    notes = dict(zip(column(found["parts"], "Source"), column(found["parts"], "Note"), strict=True))
    assert f"incomplete: {LOST} h missing" in str(notes["S1"])
    told = html(paper.document, "en").decode()
    assert f"“S1” is incomplete: {LOST} running hours" in told
    (one,) = [part for part in fields["parts"] if part["name"] == "S1"]
    assert sum(map(float, one["missing"])) == LOST


def test_the_total_of_monitoring_that_counts_is_marked_too() -> None:
    from dataclasses import replace

    parts = tuple(replace(part, counted=part.kind == "monitoring") for part in claim().parts)
    paper = annual_report(replace(claim(), parts=parts), DAY, "en")
    found, fields = sheets(paper.document, "en"), plain(paper.fields)
    lines = {int(line[0]): line[1:] for line in found["months"][1:]}
    assert lines[12][0] == "unknown" and "744 h missing" in lines[12][-1] and lines[8][-1] is None
    assert f"{LOST} h missing" in str(column(found["parts"], "Note")[-1])
    assert fields["months"]["legal"][7] is not None and fields["months"]["legal"][8:] == [None] * 4


def test_the_ledger_has_no_number_for_a_sum_that_is_not_known() -> None:
    paper = ledger(head("ledger"), [stacked().year], "en")
    (fields,) = plain(paper.fields)["stacks"]
    assert fields.get("legal") is None and float(fields["missing"]) == LOST
    assert fields["months_legal"][7] is not None and fields["months_legal"][8:] == [None] * 4
    assert float(fields["of_known_hours"]["legal"]) == pytest.approx(float(stacked().year.total("legal").value))
    assert "h missing)" in html(paper.document, "en").decode()
    lines = {int(line[0]): line for line in sheets(paper.document, "en")["months"][1:]}
    assert "h missing" in lines[9][-1] and isinstance(lines[9][1], float | int) and lines[10][1] == "unknown"


def test_a_quarter_without_a_measured_hour_has_words_and_no_nil() -> None:
    """Its best estimate is unknown, and so is its U: never «± 0 t»."""
    for language, word in (("en", "unknown"), ("zh", "未知")):
        told = html(quality_report(head("quarter"), [stacked().year], 4).document, language).decode()
        assert "? t" not in told and "± 0 t" not in told and word in told


def test_a_quarter_far_below_an_edge_says_by_how_much() -> None:
    paper = quality_report(head("quarter"), [stacked().year], 3, (), "zh")
    (fields,) = plain(paper.fields)["stacks"]
    assert fields.get("quarter_legal") is None and float(fields["quarter_missing"]) == 562
    assert column(sheets(paper.document, "zh")["第 3 季度有效捕集率"], "说明") == ["△ 低于 75 % 界线 0.5 个百分点"]
