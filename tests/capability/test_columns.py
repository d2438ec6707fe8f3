"""Capabilities as columns, and the screen over them: the same answers as the exact match, for everything drawn."""

from collections import Counter

import numpy as np
import pytest

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.columns import CapabilityColumns
from suyuan.capability.matching.gate import GATES, Support
from suyuan.capability.matching.match import match
from suyuan.capability.matching.screen import screen
from suyuan.capability.matching.screen_rests import OPEN, resting
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import Line, RootSum, Table, Uncertainty, Value
from suyuan.quantity.unit import parse_unit

from . import drawn


def _unit(text):
    return parse_unit(text)


@pytest.mark.parametrize("seed", range(4))
def test_screen_and_match_agree_in_every_gate_and_verdict(seed):
    rng = np.random.default_rng(seed)
    capabilities = [drawn.capability(rng, at) for at in range(250)]
    needs = [drawn.need(rng, at) for at in range(60)]
    supports = {c.key: drawn.support(rng, c.quantity) for c in capabilities}
    proof = "stated" if seed % 2 else "evidence"
    found = screen(CapabilityColumns.of(capabilities), needs, resting(capabilities, supports, proof), drawn.DAY)
    for at, need in enumerate(needs):
        proven = match(need, capabilities, supports, drawn.DAY, proof)
        bits = dict(zip(*(column.tolist() for column in found.of(at)), strict=True))
        gates = found.gates(at)
        assert sorted(capabilities[i].id for i in gates) == sorted(e.capability.id for e in proven.examined)
        for item in proven.examined:
            place = capabilities.index(item.capability)
            failed = [g.name for g in item.gates if g.state != "passed"]
            if bits[place] & OPEN:  # not judged, where another gate fails anyway
                assert set(gates[place]) - {"uncertainty"} == set(failed) - {"uncertainty"}
                assert not item.can
            else:
                assert gates[place] == tuple(failed), (need, item.capability)
        assert found.verdict[at] == proven.verdict, need
        assert sorted(capabilities[i].id for i in found.single[at]) == sorted(e.capability.id for e in proven.single)


def test_what_is_drawn_reaches_every_verdict_and_every_gate():
    """The agreement above would say nothing if all needs had one answer."""
    verdicts, gates = Counter(), Counter()
    for seed in range(8):
        rng = np.random.default_rng(seed)
        capabilities = [drawn.capability(rng, at) for at in range(250)]
        needs = [drawn.need(rng, at) for at in range(60)]
        supports = {c.key: drawn.support(rng, c.quantity) for c in capabilities}
        found = screen(CapabilityColumns.of(capabilities), needs, resting(capabilities, supports, "stated"), drawn.DAY)
        verdicts.update(found.verdict)
        for at in range(len(needs)):
            gates.update(found.counts(at))
    assert set(verdicts) == {"cannot", "partly", "not_accurate", "can", "unknown"}
    assert min(verdicts.values()) >= 5
    assert {name for name, count in gates.items() if count > 20} == set(GATES) - {"measurand"}


def test_a_part_beyond_the_standards_and_a_denied_u_prove_nothing():
    mm, um = _unit("mm"), _unit("um")
    has = Capability("C", {"en": "lab"}, "length", Interval(0.5, 100.0, mm), Uncertainty(Value(0.03), unit=um))
    needs = [Need("in", {"en": "f"}, "length", Interval(1.0, 25.0, mm), Target(0.05, um)),
             Need("out", {"en": "f"}, "length", Interval(1.0, 80.0, mm), Target(0.05, um))]  # fmt: skip
    columns = CapabilityColumns.of([has])
    part = {has.key: Support("complete", reach=Interval(0.5e-3, 25e-3, _unit("m")))}
    found = screen(columns, needs, resting([has], part))
    assert found.verdict == ("can", "not_accurate") == tuple(match(n, [has], part).verdict for n in needs)
    assert found.gates(1) == {0: ("chain",)}
    denied = {has.key: Support("complete", (drawn.DENIED,))}
    found = screen(columns, needs, resting([has], denied))
    assert found.verdict == ("not_accurate",) * 2 == tuple(match(n, [has], denied).verdict for n in needs)
    assert found.gates(0) == {0: ("uncertainty",)}


def test_parts_of_several_capabilities_prove_a_need_together():
    mm, um = _unit("mm"), _unit("um")

    def one(name, low, high, form):
        return Capability(name, {"en": name}, "length", Interval(low, high, mm), Uncertainty(form, unit=um))

    # √(0.03² + (0.0005·y)²) µm reaches 0.05 µm at 80 mm; the other one is good from 80 mm on.
    first, second = one("a", 0.0, 200.0, RootSum(0.03, 0.0005)), one("b", 80.0, 200.0, Value(0.04))
    need = Need("n", {"en": "f"}, "length", Interval(0.0, 200.0, mm), Target(0.05, um))
    columns = CapabilityColumns.of([first, second])
    assert screen(columns, [need]).verdict == ("can",)
    assert screen(columns, [need]).single[0].tolist() == []
    late = CapabilityColumns.of([first, one("b", 80.1, 200.0, Value(0.04))])
    assert screen(late, [need]).verdict == ("not_accurate",)


def test_a_relative_target_is_worst_at_the_lower_end_and_a_concave_difference_in_the_middle():
    v = _unit("V")
    need = Need("n", {"en": "f"}, "voltage", Interval(1.0, 10.0, v), Target(0.01))
    # 0.1 V at 10 V is 1 %, at 1 V 0.01 V is 1 %; a straight line between is above 1 % nowhere, a bump is.
    line = Capability(
        "l", {"en": "a"}, "voltage", Interval(1.0, 10.0, v), Uncertainty(Table((1.0, 10.0), (0.01, 0.1)), unit=v)
    )
    bump = Capability("b", {"en": "a"}, "voltage", Interval(1.0, 10.0, v),
                      Uncertainty(Table((1.0, 5.0, 10.0), (0.01, 0.06, 0.1)), unit=v))  # fmt: skip
    assert screen(CapabilityColumns.of([line, bump]), [need]).gates(0) == {0: (), 1: ("uncertainty",)}


def test_kelvin_celsius_and_fahrenheit_are_one_scale_of_points_and_of_differences():
    c, k, f = _unit("degC"), _unit("K"), _unit("degF")
    has = Capability(
        "t", {"en": "a"}, "temperature", Interval(0.0, 100.0, c), Uncertainty(Value(0.09), unit=f.as_difference())
    )
    needs = [
        Need("k", {"en": "f"}, "temperature", Interval(273.15, 373.15, k), Target(0.05, k)),
        Need("f", {"en": "f"}, "temperature", Interval(32.0, 212.0, f), Target(0.05, c.as_difference())),
        Need("k2", {"en": "f"}, "temperature", Interval(273.15, 373.15, k), Target(0.0499, k)),
    ]
    assert screen(CapabilityColumns.of([has]), needs).verdict == ("can", "can", "not_accurate")


def test_nothing_at_all_is_an_answer():
    need = Need("n", {"en": "f"}, "length", Interval(0.0, 1.0, _unit("m")), Target(0.1, _unit("m")))
    empty = screen(CapabilityColumns.of([]), [need])
    assert empty.verdict == ("cannot",) and empty.gates(0) == {}
    assert screen(CapabilityColumns.of([]), []).verdict == ()
    line = Capability(
        "l", {"en": "a"}, "length", Interval(0.0, 1.0, _unit("m")), Uncertainty(Line(0.1, 0.0), unit=_unit("m"))
    )
    found = screen(CapabilityColumns.of([line]), [need], keep=False)
    assert found.verdict == ("can",) and found.single[0].tolist() == [0] and len(found.failed) == 0


def test_intervals_that_only_meet_cover_nothing_though_a_conversion_rounds():
    f = _unit("degF")
    need = Need("n", {"en": "f"}, "temperature", Interval(-112.0, 18.5, f), Target(1.0, f.as_difference()))
    has = Capability("c", {"en": "a"}, "temperature", Interval(-100.0, -80.0, _unit("degC")), Uncertainty(Value(0.01)))
    assert match(need, [has]).verdict == "cannot"
    assert screen(CapabilityColumns.of([has]), [need]).verdict == ("cannot",)
