"""Sets of capabilities: minimal, all of them, against trying every subset; chains by a transfer standard."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.capability.capability import Capability, Term
from suyuan.capability.interval import Interval
from suyuan.capability.matching.compose import Transfer, minimal_sets, shared
from suyuan.capability.matching.gate import Support
from suyuan.capability.matching.match import match
from suyuan.capability.matching.transfer import steps
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import RootSum, Table, Uncertainty, Value
from suyuan.quantity.unit import parse_unit

DEGC, K, MM, UM = (parse_unit(u) for u in ("degC", "K", "mm", "um"))


def covers(spans: list[tuple[int, int]], low: int, high: int) -> bool:
    """Whether every half step of a whole lies in some span."""
    return all(any(a <= low + i / 2 <= b for a, b in spans) for i in range(2 * (high - low) + 1)) and all(
        any(a <= low + i / 2 and low + (i + 1) / 2 <= b for a, b in spans) for i in range(2 * (high - low))
    )


candidates = st.lists(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(1, 8)).map(lambda p: (p[0], p[0] + p[1])), min_size=1, max_size=2
    ),
    max_size=7,
)


@settings(max_examples=200, deadline=None)
@given(candidates)
def test_all_minimal_sets_are_found_and_no_other(parts: list[list[tuple[int, int]]]) -> None:
    low, high = 2, 14

    def joined(chosen: tuple[int, ...]) -> list[tuple[int, int]]:
        return [span for i in chosen for span in parts[i]]

    subsets = [c for n in range(1, len(parts) + 1) for c in combinations(range(len(parts)), n)]
    good = [c for c in subsets if covers(joined(c), low, high)]
    minimal = {c for c in good if not any(set(other) < set(c) for other in good)}
    found, complete = minimal_sets([(i, own) for i, own in enumerate(parts)], (low, high))
    assert complete and set(found) == minimal and len(found) == len(minimal)


def test_many_candidates_are_bounded_and_a_set_is_still_found() -> None:
    parts = [(i, [(float(j), float(j + 1))]) for i in range(50) for j in range(40)]
    found, complete = minimal_sets(parts, (0.0, 40.0), most=5)
    assert not complete and len(found) == 5 and all(len(s) == 40 for s in found)
    assert minimal_sets(parts, (0.0, 41.0))[0] == ()
    narrow = [(i, [(float(i), float(i + 1))]) for i in range(40)] + [(i, [(0.0, 3.0)]) for i in range(5000)]
    assert len(minimal_sets(narrow, (0.0, 40.0))[0][0]) <= 40  # the wide ones do not crowd out the only cover


def one(id: str, low: float, high: float, U: float, laboratory: str = "West", **more: Any) -> Capability:
    return Capability(id, {"en": laboratory}, "temperature", Interval(low, high, DEGC),
                      Uncertainty(Value(U), unit=DEGC), **more)  # fmt: skip


WANTS = Need("N", {}, "temperature", Interval(-20.0, 500.0, DEGC), Target(0.2, K))


def test_two_adjoining_scopes_of_one_laboratory() -> None:
    pair = [one("a", -40, 300, 0.03), one("b", 300, 600, 0.15), one("c", 300, 600, 0.5)]
    found = match(WANTS, pair, proof="stated")
    assert found.verdict == "can" and not found.single and not found.several
    assert [[e.capability.id for e in c.members] for c in found.composite] == [["a", "b"]]
    assert found.composite[0].parts[0] == (Interval(-20.0, 300.0, DEGC),)
    assert match(WANTS, pair).verdict == "not_accurate"  # no evidence


def test_several_laboratories_are_another_list() -> None:
    found = match(WANTS, [one("a", -40, 300, 0.03), one("b", 300, 600, 0.15, "East")], proof="stated")
    assert found.verdict == "can" and not found.composite
    assert [c.laboratories for c in found.several] == [("West", "East")]
    assert "several" in [route.kind for route in found.routes]


def test_a_part_on_which_U_suffices_may_be_joined() -> None:
    rising = Capability("r", {"en": "West"}, "length", Interval(1.0, 100.0, MM),
                        Uncertainty(RootSum(0.03, 0.0005), unit=UM))  # fmt: skip
    above = Capability("s", {"en": "West"}, "length", Interval(70.0, 100.0, MM), Uncertainty(Value(0.04), unit=UM))
    need = Need("N", {}, "length", Interval(1.0, 100.0, MM), Target(0.05, UM))
    found = match(need, [rising, above], proof="stated")
    assert found.verdict == "can" and len(found.composite) == 1


def test_shared_influences_are_named() -> None:
    common = Term("s", {}, 0.01, certificate=("NIM", "7"), identity="ab" * 16)
    a, b = one("a", 0, 1, 0.1, budget=(common,)), one("b", 1, 2, 0.1, standards=(("NIM", "7"),))
    assert [(s.certificate, s.keys) for s in shared([a, b])] == [(("NIM", "7"), (("West", "a"), ("West", "b")))]
    assert [s.identity for s in shared([a, one("c", 1, 2, 0.1, budget=(common,))])] == ["", "ab" * 16]


def test_a_narrow_peak_of_a_table_is_seen_through_a_transfer_standard() -> None:
    """U of 0.5 °C at 50 °C only, between points 0.01 °C away: no grid of a thousand points meets it by chance."""
    peak = Uncertainty(Table((1.0, 49.99, 50.0, 50.01, 100.0), (0.1, 0.1, 0.5, 0.1, 0.1)), unit=DEGC)
    lab = replace(one("cal", 1, 100, 0.1, item="industrial PRT"), uncertainty=peak)
    carrier = Transfer("T-1", {"en": "West"}, "temperature", "industrial PRT", Interval(0.0, 100.0, DEGC),
                       Uncertainty(Value(0.05), unit=DEGC))  # fmt: skip
    need = Need("N", {}, "temperature", Interval(10.0, 90.0, DEGC), Target(0.2, K), item="furnace")
    assert not match(need, [lab], {lab.key: Support("complete")}, transfers=[carrier]).chains


def test_a_transfer_standard_between() -> None:
    """√(0.03² + 0.04²) = 0.05 °C; with a shared influence of u = 0.005 °C in both √(0.0025 + 2·4·0.005²) °C."""
    lab = one("cal", 0, 100, 0.03, item="industrial PRT", conditions={"site": ("lab",)})
    carrier = Transfer("T-1", {"en": "West"}, "temperature", "industrial PRT", Interval(0.0, 100.0, DEGC),
                       Uncertainty(Value(0.04), unit=DEGC), conditions={"site": ("on-site",)})  # fmt: skip
    need = Need("N", {}, "temperature", Interval(10.0, 90.0, DEGC), Target(0.05, K), item="furnace",
                conditions={"site": "on-site"})  # fmt: skip
    supports = {lab.key: Support("complete")}
    found = match(need, [lab], supports, transfers=[carrier])
    assert found.verdict == "cannot" and len(found.chains) == 1  # no capability measures it on site
    assert found.chains[0].adequacy.worst is not None
    assert pytest.approx(0.05) == found.chains[0].adequacy.worst.U
    assert "transfer" in [route.kind for route in found.routes]
    assert not match(need, [lab], {}, transfers=[carrier]).chains  # no proof of its chain
    term = Term("s", {}, 0.005, identity="cd" * 16)
    lab, carrier = replace(lab, budget=(term,)), replace(carrier, budget=(term,))
    loose = replace(need, target=Target(0.06, K))
    chain = match(loose, [lab], supports, transfers=[carrier]).chains[0]
    assert chain.shared == ("cd" * 16,) and chain.adequacy.worst is not None
    assert pytest.approx(math.sqrt(0.0025 + 2 * 4 * 0.005**2)) == chain.adequacy.worst.U
    found = match(need, [lab], supports, transfers=[carrier])
    assert not found.chains and "transfer" not in [route.kind for route in found.routes]  # now 0.052 °C
    (seeming,) = found.undone  # as if independent it were 0.05 °C, and that is told
    assert seeming.undone and seeming.apart == pytest.approx(1.0)
    both = steps(need, seeming)
    assert both is not None and both.apart == pytest.approx(0.05) and both.shared == pytest.approx(8 * 0.005**2)
    assert both.together == pytest.approx(math.sqrt(0.0025 + 2 * 4 * 0.005**2))
    named = Term("s", {}, 0.005, certificate=("NIM", "7"))  # the same standard named by its certificate
    lab, carrier = replace(lab, budget=(named,)), replace(carrier, budget=(named,))
    assert match(loose, [lab], supports, transfers=[carrier]).chains[0].shared == ("NIM 7",)
    for by, count in (("cal", 1), ("West/cal", 1), ("West cal", 1), ("East/cal", 0), ("other", 0)):
        assert len(match(loose, [lab], supports, transfers=[replace(carrier, calibrated_by=by)]).chains) == count
