"""Ledger, substitution log and quality report hold every hour, gap and check that their values hold."""

from __future__ import annotations

import math
from datetime import date
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.carbon.monitoring.test_stacks_in_claims import CERTIFICATES, FLOW, HOURS, certificate, known, plant
from tests.report.carbon.made import DAY, PAPERS, checks, checks_table, head
from tests.report.carbon.year import column, plain, sheets, stack

from suyuan.carbon.monitoring.hours.calendar import calendar
from suyuan.carbon.monitoring.hours.minutes import Mark
from suyuan.quantity.finding import Refused
from suyuan.report.carbon.hours import classes_of, field_of, ledger
from suyuan.report.carbon.quarter import quality_report
from suyuan.report.carbon.substituted import gaps_of_year, substitution_log
from suyuan.report.figures.carbon.hours import CLASSES
from suyuan.report.papers.all import spreadsheet
from suyuan.report.papers.html import html
from suyuan.verbs.carbon.checks import judged, read_checks
from suyuan.verbs.carbon.monitored import stack_years

# ---------------------------------------------------------------- hours


def test_the_ledger_holds_every_hour() -> None:
    paper, year = PAPERS["ledger"]("en"), stack()
    found = sheets(paper.document, "en")
    hours = found["hours S1"]
    assert len(hours) - 1 == len(year.calendar) == 8760
    assert math.fsum(column(hours, "Legal value")) == pytest.approx(float(year.total("legal").value), rel=1e-12)
    assert math.fsum(column(hours, "Best estimate")) == pytest.approx(float(year.total("best").value), rel=1e-12)
    lost = [line for line in hours[1:] if line[2] == "fault"]
    assert [line[0] for line in lost] == [year.calendar.told(hour) for hour in range(5000, 5010)]
    assert {line[3] for line in lost} == {"hj75.substitution.1"} and {line[4] for line in lost} == {None}
    assert column(found["months"], "Legal value") == pytest.approx(year.by_month("legal").value)
    assert column(found["months"], "U") == pytest.approx(2 * year.by_month("best").u)
    certificates = {line[1]: line[2:] for line in found["certificates S1"][1:]}
    assert certificates["lab G-1"] == ("2025-01-01 00:00", "2025-12-31 23:00", 8750)
    classes = found["classes"]
    assert sum(column(classes, "measured")) == 8750 and sum(column(classes, "fault")) == 10
    columns = plain(paper.fields)["stacks"][0]["hours"]
    assert [float(t) for t in columns["legal"]] == pytest.approx(year.legal)
    assert columns["rate"][5000] is None and columns["rule"][5000] == "hj75.substitution.1"
    assert columns["channels"]["co2"][0] == str(year.made.channels["co2"].value[0])


def test_months_of_which_nothing_is_known_are_unknown_and_no_zero() -> None:
    ended = certificate("F-1", "F-1", FLOW, 0.015, "m3/h", valid_until=int(HOURS.begin[6000]))
    for every, first in (((CERTIFICATES[0], ended), 10), ((), 1)):
        (one,) = stack_years(plant(), known(every=every))
        for paper in (ledger(head("ledger"), [one.year], "en"), substitution_log(head("substitution"), [one.year])):
            assert plain(paper.fields)["stacks"]
            spreadsheet(paper.document, "en")
        months = sheets(ledger(head("ledger"), [one.year], "en").document, "en")["months"]
        lines = {int(line[0]): line[1:] for line in months[1:]}
        assert all(lines[month][:4] == ("unknown",) * 4 for month in range(first, 13))
        assert all(isinstance(lines[month][0], float | int) for month in range(1, first))


def test_some_months_are_told_alone() -> None:
    paper = ledger(head("ledger"), [stack()], "en", (7,))
    assert len(sheets(paper.document, "en")["hours S1"]) - 1 == 744
    assert [int(row) for row in column(sheets(paper.document, "en")["months"], "Month")] == [7]


def test_the_field_has_one_cell_an_hour_and_the_worse_of_two() -> None:
    field = field_of(stack(), range(1, 13))
    assert field.codes.shape == (365, 24) and field.first == date(2025, 1, 1)
    assert np.bincount(field.codes.ravel()).tolist() == [8750, 0, 0, 10]
    hours = calendar(2025, ZoneInfo("Europe/Berlin"))
    back = next(h for h in range(len(hours)) if hours.told(h) == "2025-10-26T02:00+01:00")
    reason = np.zeros(len(hours), np.uint16)
    reason[back] = Mark.FAULT
    value = np.where(reason > 0, np.nan, 1.0)
    year: Any = SimpleNamespace(calendar=hours, operating=np.ones(len(hours)), reason=reason, value=value,
                                legal=np.ones(len(hours)))  # fmt: skip
    codes = field_of(year, range(1, 13)).codes
    assert CLASSES[codes[298, 2]] == "instrument" and (codes[298] == 0).sum() == 23
    assert codes[88, 2] == -1  # an hour that no clock shows in spring


def test_an_hour_without_any_legal_value_is_marked_as_such() -> None:
    year: Any = SimpleNamespace(
        calendar=calendar(2025, ZoneInfo("Asia/Shanghai")), operating=np.full(8760, np.nan), reason=np.zeros(8760, int),
        value=np.full(8760, np.nan), legal=np.full(8760, np.nan),
    )  # fmt: skip
    year.operating[:4] = (1.0, 0.5, 0.0, 1.0)
    year.reason[:4] = (0, Mark.MISSING, Mark.NOT_OPERATING, Mark.NO_CERTIFICATE)
    year.value[0], year.legal[:2] = 1.0, 1.0
    assert [CLASSES[c] for c in classes_of(year)[:4]] == ["measured", "missing", "standing", "unknown"]
    assert (classes_of(year)[4:] == -1).all()  # not read is not standing


def test_the_log_sums_to_the_bias() -> None:
    year, paper = stack(), PAPERS["substitution"]("en")
    fields, found = plain(paper.fields), sheets(paper.document, "en")
    whole = float(year.total("legal").value) - float(year.total("best").value)
    assert float(fields["bias"]) == pytest.approx(whole, rel=1e-6) and whole > 0.0
    (gap,) = gaps_of_year(year)
    assert (gap.first, gap.last, gap.hours, gap.mark) == (5000, 5009, 10, Mark.FAULT)
    assert sum(column(found["gaps S1"], "Legal − best")) == pytest.approx(whole, rel=1e-6)
    line = found["gaps S1 all"][1]
    assert line[3:7] == ("fault", "emission rate", "hj75.substitution.1", "largest looked back on")
    assert line[7] == pytest.approx(np.nanmax(year.value[4820:5000])) and line[8] == 180
    assert f"moves the legal value by +{whole:.4g} t" in html(paper.document, "en").decode()


def test_the_certificates_of_a_quarter_are_those_of_its_hours() -> None:
    """The table had the hours of the whole year beside the quarter's own."""
    paper, year = quality_report(head("quarter"), [stack()], 3, (), "en"), stack()
    sheet = next(rows for name, rows in sheets(paper.document, "en").items() if name.startswith("certificates"))
    inside = np.isin(year.calendar.month, (7, 8, 9))
    assert max(column(sheet, "Measured")) == int((inside & ~np.isnan(year.value)).sum())
    assert {str(cell)[:7] for cell in column(sheet, "From")} <= {"2025-07", "2025-08", "2025-09"}


def test_a_quarter_counts_its_hours_and_checks() -> None:
    paper, year = quality_report(head("quarter"), [stack()], 3, (), "en"), stack()
    fields, found = plain(paper.fields)["stacks"][0], sheets(paper.document, "en")
    assert float(fields["quarter_capture"]) * 100 == pytest.approx(year.capture[3]) == pytest.approx(219800 / 2208)
    assert float(fields["quarter_legal"]) == pytest.approx(float(year.by_quarter("legal")[3].value))
    assert column(found["capture"], "Valid") == pytest.approx([year.capture[3]])
    assert [int(month) for month in column(found["classes"], "Month")] == [7, 8, 9]
    assert "whether the analysers were in control is unknown" in html(paper.document, "en").decode()


def test_checks_are_judged_by_their_limits() -> None:
    zero, span = checks()
    assert zero.series.days[0] == date(2025, 4, 3) and len(zero.series.days) == 17
    assert zero.outside == 0 and zero.chart.ucl == pytest.approx(0.08)
    assert span.outside == 17 and span.chart.ucl == pytest.approx(15.1)  # from 0.12 on, ± 2 · 0.05
    assert span.too_far == sum(100 * 0.04 * n / 20 > 2.5 for n in range(3, 20)) == 7
    paper = quality_report(head("quarter"), [stack()], 2, checks(), "en")
    found = sheets(paper.document, "en")
    assert column(found["checks"], "Verdict") == ["✓ kept", "△ not kept"]
    assert column(found["S1 co2 span"], "Reading") == pytest.approx([15 + 0.04 * n for n in range(3, 20)])
    assert [f["code"] for f in paper.fields["findings"]].count("carbon.checks.drift") == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("2025-03-25", "25 March"), "carbon.checks.day"),
        (("co2,zero,2025-03-28,-0.03", "co2,zero,2025-03-28,"), "carbon.checks.unknown"),
        (("zero,2025-03-28", "null,2025-03-28"), "carbon_monitoring.drift.kind"),
        ((",15,%", ",15,%", "15.04,15,", "15.04,14,"), "carbon.checks.several"),
        (("reference", "gas"), "carbon.table.column"),
    ],
)  # fmt: skip
def test_bad_checks_are_refused(change: tuple[str, ...], code: str) -> None:
    pairs = list(zip(change[::2], change[1::2], strict=True))
    with pytest.raises(Refused) as refused:
        read_checks(checks_table(instead=pairs), "checks.csv")
    assert code in [item.code for item in refused.value.findings]


def test_checks_without_limits_are_told() -> None:
    one = read_checks(b"stack,channel,kind,day,reading,reference\nS1,co2,zero,2025-04-01,0.1,0\n", "c.csv")[0]
    found = judged(one, DAY)
    assert found.chart is None and [item.code for item in found.findings] == ["carbon.checks.unjudged"]


# ---------------------------------------------------------------- schemes that replace parts of the rate


@pytest.mark.parametrize("scheme", ["EU 2018/2066", "40 CFR 75"])
def test_other_schemes_tell_each_part_and_what_stays_unknown(scheme: str) -> None:
    """The flow of an hour lost with all else has no substitute by the EU rule: unknown, and in no total."""
    from tests.carbon.monitoring.stacks import minutes, plant
    from tests.carbon.monitoring.stacks import year as of_minutes

    lost = [(3000, 400, 2)]
    potential = {"concentration": 0.2, "flow": 4e6, "moisture": 20.0}
    year, _ = of_minutes(scheme, {1: minutes(1, lost=lost)}, plant(potential=potential))
    log, book = substitution_log(head("substitution"), [year]), ledger(head("ledger"), [year], "en", (1,))
    gaps = log.fields["stacks"][0]["gaps"]
    assert {gap["target"] for gap in gaps} >= {"concentration"} and all(gap["hours"] == 7 for gap in gaps)
    told, hours = html(log.document, "en").decode(), sheets(book.document, "en")["hours S1"]
    unknown = int((np.isnan(year.legal) & (year.operating > 0.0)).sum())
    assert ("Running hours without any legal value: 7" in told) == (unknown == 7) == (scheme == "EU 2018/2066")
    assert log.fields["lost"] == 7 - unknown
    assert sum(cell is not None for cell in column(hours, "Legal value")) == 744 - unknown
    assert ("no legal value" in html(book.document, "en").decode()) and sum(
        column(sheets(book.document, "en")["classes"], "no legal value")) == unknown  # fmt: skip
