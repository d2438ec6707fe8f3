"""Stacks of a plant's document in its claim: against a loop over hours, as known on a day, and what can be wrong.

The stack is constructed: CO2 wet, flow wet at standard conditions, so that t/h is x/100 · Q · 44.0095/22.414/1000.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from suyuan.carbon.monitoring.filed import Filed, read_stacks
from suyuan.carbon.monitoring.hours.calendar import calendar
from suyuan.carbon.plant import Plant, read_plant
from suyuan.quantity.budget import by_certificate
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import quantity
from suyuan.series.block import Block
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.carbon.claims import Claimed, claim_of
from suyuan.verbs.carbon.monitored import Known, Stacked, lost_runs, monitored, stack_years
from suyuan.verbs.carbon.stack_rows import of_blocks, of_table

YEAR, ZONE = 2025, timezone(timedelta(hours=8))
HOURS = calendar(YEAR, ZONE)
DAY = 86_400_000_000
GAS, FLOW = 1.02, 0.97
"""Gains that the certificates state; their relative u is 0.005 and 0.015."""
LOST = slice(5000, 5010)
OTHER = {
    "name": "power",
    "kind": "electricity",
    "amount": [100] * 12,
    "amount_unit": "MW·h",
    "factor": {"value": 0.5, "unit": "tCO2/(MW·h)", "source": "constructed"},
}
COAL = {"name": "coal", "kind": "combustion", "amount": [80000] * 12, "amount_unit": "t",
        "carbon": {"value": 0.55, "unit": "tC/t", "source": "constructed"},
        "oxidation": {"value": 0.99, "unit": "1", "source": "constructed"},
        "components": [{"name": "gas standard", "of": "carbon", "shared": True, "issuer": "lab", "number": "G-1",
                        "place": "0/0", "value": 1.02, "unit": "1", "U": 0.0102, "k": 2}]}  # fmt: skip
STACK: dict[str, Any] = {
    "id": "S1", "rules": "HJ 75-2017", "zone": "+8", "step": 3600,
    "table": {"file": "rows.csv", "time": "time", "status": "status"},
    "channels": [{"role": "co2", "column": "co2", "unit": "%", "instrument": "A-1"},
                 {"role": "flow", "column": "flow", "unit": "m3/h", "instrument": "F-1", "standard": True}],
    "flags": {"N": "measured", "D": "fault"},
}  # fmt: skip
OVERRIDES = [{"row": f"hj75.{row}", "person": "P", "reason": "constructed", "day": "2026-01-02"}
             for row in ("valid_scope", "event_minutes", "valid_minutes", "day_hours", "availability", "substituted",
                         "substitution.1", "substitution.2", "out_of_control")]  # fmt: skip
SHOWN = {"co2": np.where(np.arange(len(HOURS)) < 4980, 10.0, 12.0), "flow": 1e6 + 1e3 * (np.arange(len(HOURS)) % 50)}


def rows(offset: str = "+08:00", **changes: Any) -> bytes:
    """The table; changes: column → cells in place of the usual ones."""
    time = (HOURS.begin + 8 * 3_600_000_000).astype("datetime64[us]").astype("datetime64[m]").astype(str)
    status = np.full(len(HOURS), "N")
    status[LOST] = "D"
    given: dict[str, Any] = {"time": [t + offset for t in time.tolist()], **SHOWN, "status": status, **changes}
    columns = [np.asarray(column).astype(str).tolist() for column in given.values()]
    return ("\n".join([",".join(given), *(",".join(cells) for cells in zip(*columns, strict=True))]) + "\n").encode()


def certificate(number: str, instrument: str, gain: float, u: float, unit: str, **more: Any) -> Correction:
    key, source = identity("lab", number, "0/0"), Source("lab", number, "0/0")
    model, given = gain_and_offset(quantity(gain, u * gain, label=number, id=key, source=source),
                                   quantity(0.0, None, unit))  # fmt: skip
    begin = more.pop("valid_from", int(HOURS.begin[0]) - DAY)
    return Correction(number, instrument, model, given, begin, more.pop("known_from", 0), "lab", number, unit, unit,
                      **more)  # fmt: skip


CERTIFICATES = (certificate("G-1", "A-1", GAS, 0.005, "%"), certificate("F-1", "F-1", FLOW, 0.015, "m3/h"))


def plant(*stacks: Mapping[str, Any], **changes: Any) -> Plant:
    content = {
        "suyuan": "carbon-plant", "enterprise": "E", "unit": "U", "sector": "other", "scheme": "China 2022",
        "year": YEAR, "made": "2026-02-01", "streams": [OTHER], "stacks": list(stacks or (STACK,)),
        "overrides": OVERRIDES, **changes,
    }  # fmt: skip
    found, told = read_plant(json.dumps(content).encode())
    assert found is not None, told
    return found


def zone_of(name: str) -> tzinfo:
    return ZONE if name == "+8" else ZoneInfo(name)


def known(
    table: bytes | None = None, every: Sequence[Correction] = CERTIFICATES, at: int = HOURS.end + 60 * DAY
) -> Known:
    def files(name: str) -> bytes:
        if name != "rows.csv":
            raise Refused(finding("store.case_file.missing", "/input/file", name=name, looked="here"))
        return rows() if table is None else table

    return Known(tuple(every), at, zone_of, lambda filed, hours: of_table(filed, files, hours))


def claimed(one: Plant, by: Known) -> tuple[Claimed, tuple[Stacked, ...]]:
    years = stack_years(one, by)
    return claim_of(one, monitored(one, years), Evidence()), years


def by_loop(flow: float = FLOW) -> tuple[list[float], float]:
    """Legal t of each month and the best of the year, hour by hour: the largest of the last 180 valid hours, and the
    mean of 24 on both sides."""
    rate = [x * GAS / 100.0 * q * flow * 44.0095 / 22.414 / 1000.0
            for x, q in zip(SHOWN["co2"], SHOWN["flow"], strict=True)]  # fmt: skip
    best, legal = list(rate), list(rate)
    around = rate[LOST.start - 24 : LOST.start] + rate[LOST.stop : LOST.stop + 24]
    for hour in range(LOST.start, LOST.stop):
        legal[hour] = max(rate[LOST.start - 180 : LOST.start])
        best[hour] = sum(around) / len(around)
    months = [sum(t for t, m in zip(legal, HOURS.month, strict=True) if m == month) for month in range(1, 13)]
    return months, sum(best)


def test_the_claim_is_the_sum_of_its_hours() -> None:
    found, years = claimed(plant(), known())
    stack = next(part for part in found.claim.parts if part.kind == "monitoring")
    legal, best = by_loop()
    assert stack.legal == pytest.approx(legal, rel=1e-9) and stack.counted
    assert found.claim.legal == pytest.approx(sum(legal) + 600.0, rel=1e-9)
    assert float(stack.months.sum().value) == pytest.approx(best, rel=1e-9)
    contributions = {row.source.number: row.contribution for row in found.certificates}
    assert contributions["G-1"] == pytest.approx(0.005 * best, rel=1e-6)
    assert contributions["F-1"] == pytest.approx(0.015 * best, rel=1e-6)
    assert stack.methods["substituted"] == pytest.approx(
        10.0 * max(SHOWN["co2"][4820:5000] * SHOWN["flow"][4820:5000]) * GAS * FLOW * 44.0095 / 22.414 / 1e5, rel=1e-9
    )
    runs = lost_runs(years[0].year)
    assert [(run.hours, run.reason, run.row) for run in runs] == [(10, "fault", "hj75.substitution.1")]
    assert runs[0].begin == HOURS.told(5000)
    behind = {(item.number, item.factor, item.months) for item in found.claim.evidence}
    assert behind == {("G-1", "co2", ()), ("F-1", "flow", ())}


def test_rows_of_the_year_before_are_looked_back_on() -> None:
    """Hours 3 to 5 are lost: the largest of the last 180 valid hours is one of December, under its own certificate."""
    past = calendar(YEAR - 1, ZONE)
    begin = np.concatenate([past.begin[-300:], HOURS.begin])
    co2 = np.concatenate([np.full(300, 10.0), SHOWN["co2"]])
    co2[270], co2[100] = 13.0, 15.0  # the second is too long ago
    status = np.full(len(begin), "N")
    status[303:306] = "D"
    time = (begin + 8 * 3_600_000_000).astype("datetime64[us]").astype("datetime64[m]").astype(str)
    table = rows(time=[t + "+08:00" for t in time.tolist()], co2=co2, flow=np.full(len(begin), 1e6), status=status)
    gas = (certificate("G-0", "A-1", 1.01, 0.008, "%", valid_from=0), CERTIFICATES[0])
    (one,) = stack_years(plant(), known(table, (*gas, certificate("F-1", "F-1", FLOW, 0.015, "m3/h", valid_from=0))))
    expected = 13.0 * 1.01 / 100.0 * 1e6 * FLOW * 44.0095 / 22.414 / 1000.0
    assert one.year.legal[3:6] == pytest.approx([expected] * 3, rel=1e-9)
    legal = {row.source.number: row.contribution for row in by_certificate(one.year.total("legal"))}
    assert legal["G-0"] == pytest.approx(3 * expected * 0.008, rel=1e-6)
    assert "G-0" not in {row.source.number for row in by_certificate(one.year.total("best"))}
    assert not [item for item in one.findings if item.code.startswith("carbon_monitoring.substitution")]


def test_monitoring_checks_where_calculation_is_the_legal_basis() -> None:
    found, _ = claimed(plant(streams=[COAL, OTHER]), known())
    counted = {part.kind: part.counted for part in found.claim.parts}
    assert counted == {"combustion": True, "electricity": True, "monitoring": False}
    assert found.check is not None
    assert [one.source.number for one in found.check.common] == ["G-1"]  # the gas standard stands behind both
    coal = 960000 * 0.55 * 0.99 * 44 / 12
    _, best = by_loop()
    assert found.check.covariance == pytest.approx(0.005 * coal * 0.005 * best, rel=1e-6)
    other, _ = claimed(plant(streams=[COAL, OTHER], legal_basis="monitoring"), known())
    assert other.claim.legal == pytest.approx(sum(by_loop()[0]) + 600.0, rel=1e-9)


def test_a_withdrawn_certificate_changes_the_next_claim_and_not_the_one_before() -> None:
    made = HOURS.end + 60 * DAY
    wrong = certificate("F-1", "F-1", FLOW, 0.015, "m3/h", withdrawn_known=made + 30 * DAY)
    right = certificate("F-1A", "F-1", 0.95, 0.015, "m3/h", known_from=made + 30 * DAY, supersedes=("F-1",))
    every = (CERTIFICATES[0], wrong, right)
    before, _ = claimed(plant(), known(every=every, at=made))
    after, _ = claimed(plant(), known(every=every, at=made + 31 * DAY))
    assert before.claim.legal == pytest.approx(sum(by_loop()[0]) + 600.0, rel=1e-9)
    assert after.claim.legal == pytest.approx(sum(by_loop(0.95)[0]) + 600.0, rel=1e-9)
    assert "carbon.stack.later" in [item.code for item in before.findings]
    assert "carbon.stack.later" not in [item.code for item in after.findings]
    assert "F-1A" in {item.number for item in after.claim.evidence}


def test_a_year_is_made_again_from_what_is_remembered_as_it_would_be_made_anew() -> None:
    june = int(HOURS.begin[HOURS.of_month(6).start])
    later = certificate("F-2", "F-1", 0.99, 0.008, "m3/h", valid_from=june, known_from=HOURS.end + 70 * DAY)
    every, now = [*CERTIFICATES, later], HOURS.end + 80 * DAY
    former = stack_years(plant(), known(every=every))
    assert float(former[0].year.total().u) > 0.0
    (again,), (anew,) = (stack_years(plant(), known(every=every, at=now), old) for old in (former, ()))
    kept = [month for month in range(1, 13) if again.year.made.months[month] is former[0].year.made.months[month]]
    assert kept == [1, 2, 3, 4, 5]
    for kind in ("legal", "best"):
        a, b = again.year.total(kind), anew.year.total(kind)
        assert float(a.value) == pytest.approx(float(b.value), rel=1e-12)
        assert float(a.u) == pytest.approx(float(b.u), rel=1e-12)
        assert set(a.blocks) == set(b.blocks)
        np.testing.assert_allclose(getattr(again.year, kind), getattr(anew.year, kind), rtol=1e-12)
    assert float(again.year.total().value) > 1.005 * float(former[0].year.total().value)
    assert again.findings == anew.findings and again.year.used == anew.year.used
    assert claim_of(plant(), monitored(plant(), (again,)), Evidence()).claim.evidence == claim_of(
        plant(), monitored(plant(), (anew,)), Evidence()).claim.evidence  # fmt: skip


def test_hours_without_a_legal_value_stop_the_claim_that_counts_them() -> None:
    every = (CERTIFICATES[0], certificate("F-1", "F-1", FLOW, 0.015, "m3/h", valid_until=int(HOURS.begin[6000])))
    with pytest.raises(Refused) as refused:
        claimed(plant(), known(every=every))
    assert "carbon.stack.incomplete" in [item.code for item in refused.value.findings]
    found, _ = claimed(plant(streams=[COAL, OTHER]), known(every=every))  # a stack that only checks is told of
    told = {item.code: item.severity for item in found.findings}
    assert told["carbon.stack.incomplete"] == told["carbon_monitoring.certificate.hours"] == "warning"


def test_a_stack_without_a_measured_hour_brings_nothing_and_not_nil() -> None:
    """40 CFR 75 would put potential values into every hour; the best estimate is then unknown, not 0 ± 0."""
    faults = rows(status=["D"] * len(HOURS))
    potential = {**STACK, "rules": "40 CFR 75", "potential": {"rate": 400.0}}
    for stack in (STACK, potential):
        with pytest.raises(Refused) as refused:
            claimed(plant(stack), known(faults))
        assert "carbon.stack.nothing" in [item.code for item in refused.value.findings]
    found, _ = claimed(plant(streams=[COAL, OTHER]), known(faults))
    (part,) = [part for part in found.claim.parts if part.kind == "monitoring"]  # its row stays, with unknown tonnes
    assert sum(part.unknown) == sum(part.missing) == len(HOURS) and not part.counted and found.check is None
    assert "carbon.stack.nothing" in [item.code for item in found.findings if item.severity == "warning"]


def test_a_stack_in_a_wrong_unit_all_year_says_which_unit() -> None:
    """CO2 written as a fraction: no hour is measured, and the first thing that is told is why."""
    table = rows(co2=SHOWN["co2"] / 100.0)
    found, _ = claimed(plant(streams=[COAL, OTHER]), known(table))
    codes = [item.code for item in found.findings if item.code.startswith(("carbon_monitoring.unit", "carbon.stack"))]
    assert codes[:2] == ["carbon_monitoring.unit.swapped", "carbon.stack.nothing"]
    with pytest.raises(Refused) as refused:
        claimed(plant(), known(table))
    (one,) = [item for item in refused.value.findings if item.code == "carbon_monitoring.unit.swapped"]
    assert one.severity == "error" and dict(one.parameters)["fitting"] == "1" and one.where == HOURS.told(0)


def test_a_channel_without_a_certificate_is_named() -> None:
    """Of two channels one has a certificate, one has only one that was withdrawn before anything was known."""
    gone = certificate("F-1", "F-1", FLOW, 0.015, "m3/h", withdrawn_known=1)
    for every, certificates in (((CERTIFICATES[0],), [None]), ((CERTIFICATES[0], gone), ["lab F-1"])):
        found, _ = claimed(plant(streams=[COAL, OTHER]), known(every=every))
        bare = [dict(item.parameters) for item in found.findings if item.code == "carbon.stack.bare"]
        assert [(one["instrument"], one.get("certificate")) for one in bare] == [("F-1", *certificates)]
        assert bare[0]["role_zh"] == "流量"


@pytest.mark.parametrize(
    ("change", "table", "code"),
    [
        ({"channels": STACK["channels"][:1]}, None, "carbon_monitoring.stack.lacks"),
        ({"table": {"file": "other.csv"}}, None, "store.case_file.missing"),
        ({"table": {"file": "rows.csv", "time": "when"}}, None, "carbon.table.column"),
        ({"channels": [STACK["channels"][0], {**STACK["channels"][1], "unit": "m3"}]}, None,
         "carbon_monitoring.stack.amount"),
        ({"channels": [{**STACK["channels"][0], "unit": "m/s"}, STACK["channels"][1]]}, None,
         "carbon_monitoring.stack.unit"),
        ({"channels": [{**STACK["channels"][0], "role": "CO2"}, STACK["channels"][1]]}, None, "typed.field.choice"),
        ({"rules": "HJ 57"}, None, "carbon.rule.scheme"),
        ({"flags": {"N": "measured"}}, None, "carbon.stack.mark"),
        ({"flags": {"N": "good"}}, None, "typed.field.choice"),
        ({"step": 7200}, None, "carbon.stack.step"),
        ({"step": 60}, None, "carbon.stack.step_times"),
        ({"constants": [{"name": "area", "value": 38, "unit": "m2"}]}, None, "typed.field.missing"),
        ({"constants": [{"name": "area", "value": 38, "unit": "m", "u": 0.1}]}, None,
         "carbon_monitoring.stack.constant"),
        ({"plausible": {"co2": [30, 1]}}, None, "carbon.stack.ends"),
        ({}, rows(time=["soon"] * len(HOURS)), "carbon.stack.time"),
        ({}, rows(time=[""] + ["2025-01-01T00:00Z"] * (len(HOURS) - 1)), "carbon.stack.time"),
        ({}, rows(co2=["much"] * len(HOURS)), "carbon.table.word"),
    ],
)  # fmt: skip
def test_a_wrong_stack_is_refused_with_its_reason(change: dict[str, Any], table: bytes | None, code: str) -> None:
    with pytest.raises(Refused) as refused:
        stack_years(plant({**STACK, **change}), known(table))
    assert code in [item.code for item in refused.value.findings]


def test_a_month_without_fuel_in_which_the_stack_ran_is_no_zero() -> None:
    coal = {**COAL, "amount": [80000, 80000, 0, *[80000] * 9]}
    with pytest.raises(Refused) as refused:
        claimed(plant(streams=[coal, OTHER]), known())
    (one,) = [item for item in refused.value.findings if item.code == "carbon.stack.no_fuel"]
    assert dict(one.parameters)["month"] == "3" and dict(one.parameters)["hours"] == "744"
    status = np.where((HOURS.month == 3) & (np.arange(len(HOURS)) % 31 != 0), "F", "N")  # the unit ran on 24 h of March
    table = rows(status=status)
    stack = {**STACK, "flags": {"N": "measured", "F": "not operating"}}
    with pytest.raises(Refused):
        claimed(plant(stack, streams=[coal, OTHER]), known(table))
    status[np.flatnonzero((HOURS.month == 3) & (status == "N"))[0]] = "F"
    assert claimed(plant(stack, streams=[coal, OTHER]), known(rows(status=status)))


def test_a_basis_that_says_nothing_is_told() -> None:
    moisture = {"role": "moisture", "column": "flow", "unit": "%", "instrument": "H-1", "basis": "dry"}
    content = json.dumps({"stacks": [{**STACK, "channels": [*STACK["channels"], moisture]}]})
    fields = Fields(json.loads(content, parse_float=str, parse_int=str))
    read_stacks(fields, YEAR)
    assert [item.code for item in fields.found] == ["carbon.stack.basis_idle"]
    fields = Fields(json.loads(content.replace('"dry"', '"wet"'), parse_float=str, parse_int=str))
    read_stacks(fields, YEAR)
    assert not fields.found


def test_a_stack_that_stands_twice_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        stack_years(plant(STACK, STACK), known())
    assert [item.code for item in refused.value.findings] == ["carbon.stack.twice"]


def test_clocks_that_are_set() -> None:
    """Stamps of clocks in Paris: the hour of spring that no clock shows, and one pass only of the hour of autumn."""
    hours = calendar(YEAR, ZoneInfo("Europe/Paris"))
    stamps = np.arange(np.datetime64("2025-01-01T00:00"), np.datetime64("2026-01-01T00:00"), np.timedelta64(1, "h"))
    cells = stamps.astype(str).tolist()
    status = ["N"] * len(cells)
    table = rows(time=cells, status=status, **{k: v[: len(cells)] for k, v in SHOWN.items()})
    years = stack_years(plant({**STACK, "zone": "Europe/Paris"}), known(table))
    told = {item.code: item.where for item in years[0].findings}
    assert told["carbon_monitoring.clock.skipped"] == "2025-03-30T03:00+02:00"
    assert told["carbon_monitoring.clock.unclear"] == "2025-10-26T02:00+02:00"
    missing = np.flatnonzero(np.isnan(years[0].year.value))
    assert [hours.told(int(hour)) for hour in missing] == ["2025-10-26T02:00+01:00"]


def filed(**changes: Any) -> Filed:
    streams = [{**{k: v for k, v in one.items() if k != "column"}, "stream": f"s-{one['role']}"}
               for one in STACK["channels"]]  # fmt: skip
    content = {**{k: v for k, v in STACK.items() if k != "table"}, "channels": streams, **changes}
    fields = Fields(json.loads(json.dumps({"stacks": [content]}), parse_float=str, parse_int=str))
    found = read_stacks(fields, YEAR)
    assert len(found) == 1, fields.found
    return found[0]


def block(stream: str, instrument: str, first: int, count: Sequence[int], flag: Sequence[int] | None = None) -> Block:
    from decimal import Decimal

    time = HOURS.begin[first : first + len(count)]
    return Block(stream, instrument, time, np.array(count), Decimal("0.1"), flag=None if flag is None else
                 np.array(flag, np.int32), legend=("", "D") if flag else ("",))  # fmt: skip


def test_streams_of_a_lake_are_rows() -> None:
    given = {"s-co2": ("%", [block("s-co2", "A-1", 0, [100, 110, 120], [0, 1, 0])]),
             "s-flow": ("m3/h", [block("s-flow", "F-1", 1, [10, 20, 30])])}  # fmt: skip
    found = of_blocks(filed(), given.__getitem__)
    assert found.time.tolist() == HOURS.begin[:4].tolist()
    np.testing.assert_allclose(found.columns["s-co2"], [10.0, 11.0, 12.0, np.nan])
    np.testing.assert_allclose(found.columns["s-flow"], [np.nan, 1.0, 2.0, 3.0])
    (flags,) = found.flags
    assert flags.roles == ("co2",) and [flags.legend[c] for c in flags.code] == ["measured", "fault"] + ["measured"] * 2


@pytest.mark.parametrize(
    ("unit", "instrument", "code"),
    [("m3/s", "F-1", "carbon.stack.unit"), ("m3/h", "F-9", "carbon.stack.instrument")],
)
def test_a_stream_of_another_unit_or_instrument_is_refused(unit: str, instrument: str, code: str) -> None:
    given = {
        "s-co2": ("%", [block("s-co2", "A-1", 0, [100])]),
        "s-flow": (unit, [block("s-flow", instrument, 0, [10])]),
    }
    with pytest.raises(Refused) as refused:
        of_blocks(filed(), given.__getitem__)
    assert [item.code for item in refused.value.findings] == [code]
