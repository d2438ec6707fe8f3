"""Certificates make corrections: cited values, forms, days and what is known of them, statements, proposals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.quantities import quantities
from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused
from suyuan.series.asof import Status, Subject, mixed, windows
from suyuan.traceability.evidence import Evidence, Statement
from suyuan.verbs.series.corrections import Join, corrections
from suyuan.verbs.series.declared import Declared, declared_document, moment_of, read_declared
from suyuan.verbs.series.proposal import proposed
from suyuan.verbs.series.what_if import Known, happened, off, replaced, withdrawn

DAY = 86_400_000_000
LINE = {"form": "gain_offset", "parameters": {"gain": {"place": "0/0"}, "offset": {"place": "1/0"}},
        "raw_unit": "degC"}  # fmt: skip


def certificate(number: str, ended: str, gain: str = "1.001", offset: str = "0.10", **more: Any) -> Certificate:
    rows = [{"name": "gain", "value": gain, "unit": "1", "U": "0.0004", "k": "2"},
            {"name": "offset", "value": offset, "unit": "degC", "U": "0.02", "k": "2"}]  # fmt: skip
    return typed(number, ended, more.pop("results", rows), **more)


def typed(number: str, ended: str, results: list[Any], **more: Any) -> Certificate:
    fields = {"issuer": "Lab", "number": number, "ended": ended, "issued": ended, "results": results,
              "item": {"name": "thermometer", "serial": "T-7"}, **more}  # fmt: skip
    made, found = read_typed(to_document(fields))
    assert made is not None, found
    return made


def declared(of: Certificate, **fields: Any) -> Declared:
    whole = {"instrument": "T-7", "certificate": {"issuer": of.issuer, "number": of.number}, **LINE, **fields}
    made, found = read_declared(declared_document(whole))
    assert made is not None, found
    return made


def statement(kind: Any, of: Certificate, day: str, known: str, by: Certificate | None = None) -> Statement:
    days = date.fromisoformat(day), date.fromisoformat(known)
    return Statement(kind, of.issuer, of.number, *days, replaced_by=None if by is None else by.key)


def join(evidence: Evidence, *some: Declared, since: Mapping[str, int] | None = None) -> Join:
    return corrections(evidence, some, since or {}, UTC)


def at(made: Join, day: str, known: str) -> tuple[str, str]:
    """Status and number of the certificate that counts on a day, as known at the end of another."""
    held = windows(made.corrections, moment_of(date.fromisoformat(known), UTC, over=True) - 1, Subject("T-7"))
    window = int(held.at(np.array([moment_of(date.fromisoformat(day), UTC)]))[0])
    one = held.corrections[window]
    return Status(int(held.status[window])).word, "" if one is None else one.number


def one(made: Join) -> Correction:
    assert len(made.corrections) == 1, made.findings
    return made.corrections[0]


def test_the_numbers_are_the_certificates_own() -> None:
    c = certificate("C-1", "2026-01-05", correlations=[[0, 1, "-0.5"]], valid_until="2026-12-31")
    made = one(join(Evidence((c,)), declared(c, known="2026-01-08")))
    stated = quantities(c)[0]
    for name, place in (("gain", "0/0"), ("offset", "1/0")):
        assert made.parameters[name].value == stated[place].value
        assert made.parameters[name].blocks.keys() == stated[place].blocks.keys(), "one identity for one statement"
    assert made.valid_from == moment_of(date(2026, 1, 5), UTC)
    assert made.valid_until == moment_of(date(2027, 1, 1), UTC), "the last day counts"
    assert made.known_from == moment_of(date(2026, 1, 8), UTC) and made.certificate == "Lab C-1"


def test_known_since_both_documents_are_there() -> None:
    c = certificate("C-1", "2026-01-05")
    d = declared(c)
    assert one(join(Evidence((c,)), d, since={c.digest: 5, d.digest: 9})).known_from == 9
    assert one(join(Evidence((c,)), d, since={c.digest: 15, d.digest: 9})).known_from == 15


def test_what_is_not_said_stays_unknown_and_is_told() -> None:
    c = certificate("C-1", "2026-01-05")
    made = join(Evidence((c,)), declared(c))
    assert one(made).valid_until is None and one(made).range is None
    codes = {f.code for f in made.findings}
    assert {"series_join.no_end", "series_join.no_range", "series_join.correlation"} <= codes
    stated = certificate("C-2", "2026-01-05", correlations=[[0, 1, "0.2"]], valid_until="2027-01-01")
    assert "series_join.correlation" not in {f.code for f in join(Evidence((stated,)), declared(stated)).findings}


@pytest.mark.parametrize(("states", "sign"), [("correction", 1.0), ("error", -1.0)])
def test_a_table_corrects_between_its_points(states: str, sign: float) -> None:
    rows = [{"name": "indication", "value": ["40", "0", "20"], "unit": "degC"},
            {"name": "points", "value": ["0.20", "0.10", "0.12"], "unit": "degC", "U": "0.06", "k": "2"}]  # fmt: skip
    c = typed("C-1", "2026-01-05", rows)
    fields = {"form": "table", "parameters": None, "at_place": "0/0", "points": {"place": "1/0"}, "states": states,
              "raw_unit": None}  # fmt: skip
    made = one(join(Evidence((c,)), declared(c, **fields)))
    numbers = {name: float(q.value) for name, q in made.parameters.items()}
    for raw, d in ((0.0, 0.10), (10.0, 0.11), (30.0, 0.16), (40.0, 0.20)):
        assert float(made.model(raw=raw, **numbers)) == pytest.approx(raw + sign * d, abs=1e-9)
    assert made.range == (0.0, 40.0) and made.raw_unit == "degC"
    u = [float(q.u) for q in made.parameters.values()]
    assert u == pytest.approx([0.03] * 3), "and together, where nothing is stated about their correlation"
    total = sum(made.parameters.values(), start=0.0 * next(iter(made.parameters.values())))
    assert float(total.u) == pytest.approx(0.09)


def test_a_table_of_reference_values() -> None:
    rows = [{"name": "i", "value": ["0", "100"], "unit": "mm"},
            {"name": "r", "value": ["0.2", "100.5"], "unit": "mm", "U": "0.1", "k": "2"}]  # fmt: skip
    c = typed("C-1", "2026-01-05", rows)
    d = declared(c, form="table", parameters=None, at_place="0/0", points={"place": "1/0"}, states="reference")
    made = one(join(Evidence((c,)), replace(d, raw_unit="mm")))
    numbers = {name: float(q.value) for name, q in made.parameters.items()}
    assert float(made.model(raw=50.0, **numbers)) == pytest.approx(50.35)


def test_a_polynomial_and_a_formula_take_units() -> None:
    rows = [{"name": "a", "value": "1.5", "unit": "mV", "U": "0.2", "k": "2"},
            {"name": "b", "value": "1.0004", "unit": "1", "U": "0.0002", "k": "2"}]  # fmt: skip
    c = typed("C-1", "2026-01-05", rows)
    poly = {"form": "polynomial", "parameters": {"c0": {"place": "0/0"}, "c1": {"place": "1/0"}}, "raw_unit": "V"}
    made = one(join(Evidence((c,)), declared(c, **poly)))
    assert float(made.parameters["c0"].value) == pytest.approx(0.0015), "in the unit of the value"
    free = {"form": "formula", "model": "raw*b + a/1000", "raw_unit": "V",
            "parameters": {"a": {"place": "0/0", "unit": "mV"}, "b": {"place": "1/0"}}}  # fmt: skip
    assert float(one(join(Evidence((c,)), declared(c, **free))).parameters["a"].value) == 1.5


def test_what_cannot_be_made_is_told_and_the_rest_is_made() -> None:
    c = certificate("C-1", "2026-01-05")
    wrong = declared(c, parameters={"gain": {"place": "0/0", "unit": "kg"}})
    lost = replace(declared(c), certificate=replace(declared(c).certificate, number="C-9"))
    nowhere = declared(c, parameters={"gain": {"place": "7/0"}}, instrument="T-8")
    made = join(Evidence((c,)), wrong, lost, nowhere, declared(c))
    assert [x.instrument for x in made.corrections] == ["T-7"]
    errors = [f for f in made.findings if f.severity == "error"]
    assert sum(f.code == "series_join.not_made" for f in errors) == 3
    assert any(f.code == "series_join.unit" for f in errors)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"form": "tabel"}, "typed.field.choice"), ({"instrument": ""}, "typed.field.missing"),
        ({"parameters": {"slope": {"place": "0/0"}}}, "series_join.parameter.unknown"),
        ({"parameters": {"gain": {"unit": "1"}}}, "series_join.cited.one"),
        ({"parameters": {"gain": {"place": "0/0", "value": "1"}}}, "series_join.cited.one"),
        ({"range": ["4", "1"]}, "series_join.range"), ({"known": "2026-02-30"}, "typed.date.impossible"),
        ({"form": "table", "parameters": None, "points": [{"place": "0/0"}], "at": ["3", "1"], "states": "error"},
         "series_join.table.order"),
        ({"raw_unit": "degXY"}, "quantity.unit.unknown"),
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_at_its_place(change: dict[str, Any], code: str) -> None:
    fields = {"instrument": "T-7", "certificate": {"issuer": "Lab", "number": "C-1"}, **LINE, **change}
    made, found = read_declared(declared_document(fields))
    assert made is None and code in {f.code for f in found} and all(f.where.startswith("/") for f in found)


# ---------------------------------------------------------------- two time axes


def test_a_withdrawal_takes_effect_on_its_day_and_is_known_from_another() -> None:
    c = certificate("C-1", "2026-01-05")
    made = join(
        Evidence((c,), (statement("withdrawn", c, "2026-03-01", "2026-04-01"),)), declared(c, known="2026-01-06")
    )
    assert at(made, "2026-03-10", "2026-03-31") == ("valid", "C-1"), "nobody knew"
    assert at(made, "2026-03-10", "2026-04-01") == ("withdrawn", "C-1")
    assert at(made, "2026-02-10", "2026-04-01") == ("valid", "C-1"), "it was valid then"
    assert at(made, "2026-02-10", "2026-01-05") == ("no_certificate", "")
    assert "series_join.withdrawn_later" in {f.code for f in made.findings}
    whole = join(
        Evidence((c,), (statement("withdrawn", c, "2026-01-05", "2026-04-01"),)), declared(c, known="2026-01-06")
    )
    assert at(whole, "2026-02-10", "2026-04-01") == ("withdrawn", "C-1") and len(whole.corrections) == 1


def test_a_piece_after_a_statement_does_not_come_before_a_newer_certificate() -> None:
    old, new = certificate("C-1", "2026-01-05"), certificate("C-2", "2026-02-01")
    evidence = Evidence((old, new), (statement("superseded", old, "2026-02-20", "2026-02-20", new),))
    made = join(evidence, declared(old, known="2026-01-06"), declared(new, known="2026-02-10"))
    assert at(made, "2026-03-01", "2026-02-05") == ("valid", "C-1"), "before the new one was known"
    assert at(made, "2026-03-01", "2026-02-12") == ("valid", "C-2")
    assert at(made, "2026-03-01", "2026-03-01") == ("valid", "C-2")
    assert at(made, "2026-01-20", "2026-03-01") == ("valid", "C-1")


def test_superseded_without_the_new_one_gives_no_value() -> None:
    old, new = certificate("C-1", "2026-01-05"), certificate("C-2", "2026-03-01")
    evidence = Evidence((old,), (statement("superseded", old, "2026-02-01", "2026-02-01", new),))
    made = join(evidence, declared(old, known="2026-01-06"))
    assert at(made, "2026-02-10", "2026-02-10") == ("superseded", "C-1")
    assert at(made, "2026-01-10", "2026-02-10") == ("valid", "C-1")


def test_a_reissue_counts_from_the_same_day_without_a_warning() -> None:
    old, new = certificate("C-1", "2026-01-05"), certificate("C-1A", "2026-01-05", offset="0.30")
    evidence = Evidence((old, new), (statement("superseded", old, "2026-01-05", "2026-02-01", new),))
    made = join(evidence, declared(old, known="2026-01-06"), declared(new, known="2026-02-01"))
    assert at(made, "2026-01-20", "2026-01-31") == ("valid", "C-1")
    assert at(made, "2026-01-20", "2026-02-01") == ("valid", "C-1A")
    assert not windows(made.corrections, 10**18, Subject("T-7")).findings


def test_a_later_declaration_replaces_an_earlier_one() -> None:
    c = certificate("C-1", "2026-01-05")
    first, second = declared(c, known="2026-01-06"), declared(c, known="2026-01-09", range=["0", "40"])
    made = join(Evidence((c,)), first, second)
    held = windows(made.corrections, 10**18, Subject("T-7"))
    assert held.corrections[1] is not None and held.corrections[1].range == (0.0, 40.0) and not held.findings


def test_one_certificate_corrects_two_quantities_of_an_instrument_in_either_order() -> None:
    rows = [{"name": "temperature", "value": "0.10", "unit": "degC", "U": "0.2", "k": "2"},
            {"name": "humidity", "value": "2.0", "unit": "%RH", "U": "1.6", "k": "2"}]  # fmt: skip
    c = typed("TH-9", "2026-01-05", rows)
    warm = declared(c, parameters={"offset": {"place": "0/0"}}, raw_unit="degC", known="2026-01-09")
    damp = declared(c, parameters={"offset": {"place": "1/0"}}, raw_unit="%RH", known="2026-01-09")
    for some in ((warm, damp), (damp, warm)):
        made = join(Evidence((c,)), *some)
        for unit, offset in (("degC", 0.1), ("%RH", 2.0)):
            held = windows(made.corrections, 10**18, Subject("T-7", unit=unit))
            assert [float(x.parameters["offset"].value) for x in held.corrections if x is not None] == [offset]
            assert not held.findings
        assert not made.replaced([warm.digest, damp.digest])
    again = declared(c, parameters={"offset": {"place": "0/0"}}, raw_unit="K", known="2026-01-09")
    told = join(Evidence((c,)), warm, damp, again).replaced([again.digest])
    assert [(f.code, dict(f.parameters)["count"]) for f in told] == [("series_join.replaced", "1")]


def test_two_quantities_of_one_unit_are_told_apart_by_their_name() -> None:
    """An analyser of CO2 and O2, both in %: each correction holds for the readings of its own gas, and a
    statement about one certificate leaves the other as it was."""
    rows = [{"name": "CO2", "value": "0.10", "unit": "%", "U": "0.2", "k": "2"},
            {"name": "O2", "value": "-0.05", "unit": "%", "U": "0.1", "k": "2"}]  # fmt: skip
    c, later = typed("GAS-9", "2026-01-05", rows), typed("GAS-10", "2026-01-05", rows)
    some = [
        declared(of, quantity=gas, parameters={"offset": {"place": f"{n}/0"}}, raw_unit="%", known="2026-01-09")
        for n, (gas, of) in enumerate((("co2", c), ("o2", later)))
    ]
    stated = Evidence((c, later), (statement("withdrawn", c, "2026-03-01", "2026-03-01"),))
    made = join(stated, *some)
    assert "series_join.statement.whole" not in {f.code for f in made.findings}
    for gas, offset, last in (("co2", 0.1, Status.WITHDRAWN), ("o2", -0.05, Status.VALID)):
        held = windows(made.corrections, 10**18, Subject("T-7", unit="%", quantity=gas))
        assert {float(x.parameters["offset"].value) for x in held.corrections if x is not None} == {offset}
        assert held.status[-1] == last
    assert windows(made.corrections, 10**18, Subject("T-7", unit="%")).corrections == (None,), "an unknown gas has none"
    gases = [Subject("T-7", unit="%", quantity=gas, stream=gas) for gas in ("co2", "o2")]
    assert not mixed(made.corrections, gases)
    loose = declared(c, parameters={"offset": {"place": "0/0"}}, raw_unit="%", known="2026-01-09")
    both = join(Evidence((c, later)), loose, some[1])
    (told,) = mixed(both.corrections, gases)
    assert told.code == "series.asof.mixed" and dict(told.parameters)["kinds"] == "co2, o2"
    held = windows(both.corrections, 10**18, gases[1])  # the narrower one counts, without a word
    assert not held.findings and [x.number for x in held.corrections if x is not None] == ["GAS-10"]


def test_a_stream_whose_correction_is_replaced_by_one_of_another_unit_is_told_so() -> None:
    c = certificate("C-1", "2026-01-05")
    damp = declared(c, parameters={"offset": {"value": "2.0"}}, raw_unit="%RH")
    warm, other = join(Evidence((c,)), declared(c), damp).corrections
    held = windows((warm, replace(other, supersedes=(warm.id,))), 10**18, Subject("T-7", unit="degC"))
    assert [f.code for f in held.findings] == ["series.asof.unit"] and held.corrections == (None,)


def test_a_statement_is_taken_whole_where_a_narrower_correction_stands_beside() -> None:
    c, other = certificate("C-1", "2026-01-05"), certificate("C-2", "2026-02-01")
    evidence = Evidence((c, other), (statement("withdrawn", c, "2026-03-01", "2026-03-01"),))
    made = join(evidence, declared(c, known="2026-01-06"), declared(other, configuration="B", known="2026-02-01"))
    assert "series_join.statement.whole" in {f.code for f in made.findings}
    assert at(made, "2026-02-10", "2026-03-02") == ("withdrawn", "C-1"), "cautious"


START = date(2026, 1, 1)
DAYS = st.integers(0, 40)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["withdrawn", "superseded"]), DAYS, DAYS), max_size=4),
)
def test_statements_cut_as_one_would_say_it(some: list[tuple[int, int]], said: list[tuple[int, str, int, int]]) -> None:
    """On each day, as known on each other: the latest start counts, then what was said of it with effect by then."""
    made = [certificate(f"C-{i}", str(START + timedelta(days=day))) for i, (day, _) in enumerate(some)]
    statements = tuple(
        statement(kind, made[i], str(START + timedelta(days=day)), str(START + timedelta(days=later)))
        for i, kind, day, later in said if i < len(made)
    )  # fmt: skip
    own = [declared(c, known=str(START + timedelta(days=later))) for c, (_, later) in zip(made, some, strict=True)]
    found = join(Evidence(tuple(made), statements), *own)
    for known in range(0, 41, 5):
        held = windows(found.corrections, moment_of(START + timedelta(days=known), UTC), Subject("T-7"))
        for day in range(0, 45, 2):
            window = int(held.at(np.array([moment_of(START + timedelta(days=day), UTC)]))[0])
            one = held.corrections[window]
            begun = [(d, k, i) for i, (d, k) in enumerate(some) if k <= known and d <= day]
            if not begun:
                assert held.status[window] == Status.NO_CERTIFICATE
                continue
            which = max(begun)[2]
            kinds = {k for i, k, d, later in said if i == which and d <= day and later <= known}
            expected = Status.WITHDRAWN if "withdrawn" in kinds else Status.SUPERSEDED if kinds else Status.VALID
            assert one is not None and one.number == f"C-{which}"
            assert held.status[window] == expected, (some, said, known, day)


# ---------------------------------------------------------------- proposals


def test_a_proposal_is_made_where_the_form_says_it() -> None:
    rows = [{"name": {"zh": "示值"}, "value": ["0", "20"], "unit": "degC"},
            {"name": {"zh": "示值误差"}, "value": ["0.1", "0.2"], "unit": "degC", "U": "0.06", "k": "2"}]  # fmt: skip
    c = typed("C-1", "2026-01-05", rows)
    fields, told = proposed(c)
    assert (fields["states"], fields["instrument"]) == ("error", "T-7") and told[0].code == "series_join.proposal"
    made, _ = read_declared(declared_document(fields))
    assert made is not None and one(join(Evidence((c,)), made)).range == (0.0, 20.0)
    alone = typed("C-2", "2026-01-05", [{"name": "correction", "value": "0.020", "unit": "K", "U": "0.02", "k": "2",
                                         "range": {"lower": "15", "upper": "35", "unit": "degC"}}])  # fmt: skip
    made, _ = read_declared(declared_document(proposed(alone)[0]))
    assert made is not None and one(join(Evidence((alone,)), made)).range == (15.0, 35.0)
    with pytest.raises(Refused, match=r"series_join\.proposal\.none"):
        proposed(certificate("C-3", "2026-01-05"))


# ---------------------------------------------------------------- what if


def known(evidence: Evidence, *some: Declared) -> Known:
    return Known(evidence, some, {}, UTC, date(2026, 6, 1))


def test_what_if_says_the_same_as_the_statement_itself() -> None:
    c, d = certificate("C-1", "2026-01-05"), certificate("C-2", "2026-02-01", offset="0.4")
    mine = declared(c, known="2026-01-06")
    pair = withdrawn(known(Evidence((c,)), mine), c, date(2026, 3, 1))
    kept = join(Evidence((c,), (statement("withdrawn", c, "2026-03-01", "2026-03-01"),)), mine)
    for day in ("2026-02-10", "2026-03-10"):
        assert at(pair.after, day, "2026-06-01") == at(kept, day, "2026-06-01")
        assert at(pair.before, day, "2026-06-01") == ("valid", "C-1")
    pair = replaced(known(Evidence((c,)), mine), c, d)
    assert at(pair.after, "2026-02-10", "2026-06-01") == ("valid", "C-2")
    assert at(pair.before, "2026-02-10", "2026-06-01") == ("valid", "C-1")
    assert {f.code for f in pair.findings} == {"series_join.carried_over"}
    pair = happened(known(Evidence((c, d)), mine, declared(d, known="2026-02-03")), d)
    assert at(pair.before, "2026-02-10", "2026-06-01") == ("valid", "C-1")
    assert at(pair.after, "2026-02-10", "2026-06-01") == ("valid", "C-2")


def test_a_shift_moves_the_parameter_and_keeps_its_influences() -> None:
    c = certificate("C-1", "2026-01-05")
    pair = off(known(Evidence((c,)), declared(c)), c, "1/0", 0.5)
    before, after = one(pair.before).parameters["offset"], one(pair.after).parameters["offset"]
    assert float(after.value) - float(before.value) == pytest.approx(0.5)
    assert after.blocks.keys() == before.blocks.keys() and float(after.u) == float(before.u)


def test_a_withdrawn_standard_takes_what_was_issued_from_it() -> None:
    parent = certificate("P-1", "2025-06-01")
    child = certificate("C-1", "2026-01-05", equipment=[
        {"name": "standard", "certificate": {"issuer": "Lab", "number": "P-1", "sha256": parent.digest}}])  # fmt: skip
    pair = withdrawn(known(Evidence((parent, child)), declared(child)), parent, date(2026, 2, 1))
    assert at(pair.after, "2026-02-10", "2026-06-01") == ("withdrawn", "C-1")
    assert at(pair.after, "2026-01-10", "2026-06-01") == ("valid", "C-1")
    shifted = off(known(Evidence((parent, child)), declared(child)), parent, "1/0", 0.5)
    assert "series_join.not_computable" in {f.code for f in shifted.findings}, "a typed certificate has no model"


def test_a_document_is_the_same_however_it_was_typed() -> None:
    a = declared_document({"instrument": "T-7 ", "form": "formula", "range": [0, 40]})
    assert a == declared_document({"range": ["0", "40"], "form": "formula", "instrument": "T-7", "source": ""})
    assert json.loads(a)["suyuan"] == "correction"
