"""Needs against capabilities: our screen, a plain Python loop over the same gates, and a bare NumPy comparison.

10⁵ capabilities and 10³ needs over all kinds of quantity that have a unit, a few of them far more frequent than the
others, as in scopes (weight 1/(rank + 5), our choice), each written in a unit of its own (mm, in, °C, K …),
U = √(a² + (b·y)²), absolute or as a fraction, k = 2 or 3; a need asks for an interval, a target U, an item in
a third of all cases, a site in a third, a standing on a day, and days. All intervals are above zero of their unit, so U
is worst against its target at one of the two ends, which is all that the loop and the bare comparison look at.

    ours   every pair that agrees in measurand with all gates that it fails, and the verdict of every need
    loop   the same gates in plain Python over objects, converting units as it goes; measured on a sample of the needs
           and scaled to all of them in proportion
    bare   for every need whole columns in SI units: quantity, interval, U at both ends, standing; who passes these four

Promises: at least 100 times faster than the loop, at most 5 times the bare comparison. Building the columns is told
apart: it is done once for any number of needs.

    python benchmarks/matching.py [capabilities] [needs] [--sample N]

CPU seconds of this process, medians. Exits 1 where an answer differs or a promise is broken; the promises bind from 10⁵
capabilities and 10³ needs on.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np

from suyuan.capability.capability import Capability, Standing
from suyuan.capability.interval import Interval
from suyuan.capability.matching.columns import ABSOLUTE, CapabilityColumns
from suyuan.capability.matching.screen import Screen, screen
from suyuan.capability.need import Need, Target
from suyuan.capability.taxonomy import items, quantities, same_item
from suyuan.capability.uncertainty import RootSum, Uncertainty
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import Unit, parse_unit, ratio

LOOP, BARE, BINDS = 100.0, 5.0, (100_000, 1_000)
DAY = date(2026, 9, 1)
PREFIXES = ("", "m", "k", "u")
SITES = (("lab",), ("on-site",), ("lab", "on-site"))
TIGHT = 1.0 + 1e-9


def units_of(unit: Unit) -> list[Unit]:
    """Units in which a quantity is written: its own, with prefixes; customary ones of length and temperature."""
    names = {"m": ("m", "mm", "um", "in"), "K": ("degC", "K", "degF")}.get(unit.symbol)
    found = []
    for text in names or tuple(prefix + unit.symbol for prefix in PREFIXES):
        try:
            found.append(parse_unit(text))
        except Refused:
            continue
    return [u for u in found if u.dimension == unit.dimension] or [unit]


class Draw:
    """Capabilities and needs by the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.kinds = [(kind, units_of(kind.unit)) for kind in quantities().values() if kind.unit is not None]
        weight = 1.0 / (np.arange(len(self.kinds)) + 5.0)
        self.share = np.cumsum(weight / weight.sum())
        self.items: dict[str, list[str]] = {}
        for item in items().values():
            for key in item.quantities:
                self.items.setdefault(key, []).append(item.key)

    def _interval(self, kind: Any, units: list[Unit], width: float) -> Interval:
        base = kind.unit if kind.unit.symbol != "K" else parse_unit("degC")
        low = float(self.rng.uniform(1.0, 60.0))
        return Interval(low, low + width * float(self.rng.uniform(0.2, 1.0)), base).to(self.pick(units))

    def kind(self) -> tuple[Any, list[Unit]]:
        """A kind of quantity with its units."""
        return self.kinds[int(np.searchsorted(self.share, self.rng.random()))]

    def pick(self, several: Sequence[Any]) -> Any:
        return several[int(self.rng.integers(len(several)))]

    def capability(self, at: int) -> Capability:
        kind, units = self.kind()
        interval, relative = self._interval(kind, units, 100.0), kind.unit.symbol != "K" and self.rng.random() < 0.4
        a = 10.0 ** float(self.rng.uniform(-4.0, -2.0)) * (1.0 if relative else interval.high)
        form = RootSum(a, a / interval.high * float(self.rng.choice([0.0, 0.5, 2.0])))
        until = date(2026 + int(self.rng.integers(0, 3)), int(self.rng.integers(1, 13)), 15)
        kind_of = self.pick(("accredited", "authorised", "cmc"))
        standing = Standing(kind_of, "a body", f"S{at}", valid_until=until)  # what nobody can look up does not count
        return Capability(
            f"C{at}", {"en": f"laboratory {at % 500}"}, kind.key, interval,
            Uncertainty(form, self.pick((2.0, 2.0, 3.0)), None if relative else interval.unit.as_difference()),
            item=self.pick(self.items.get(kind.key, [""])), conditions={"site": self.pick(SITES)},
            standings=(standing,) if self.rng.random() < 0.8 else (), days=float(self.rng.integers(1, 40)),
        )  # fmt: skip

    def need(self, at: int) -> Need:
        kind, units = self.kind()
        interval, relative = self._interval(kind, units, 30.0), kind.unit.symbol != "K" and self.rng.random() < 0.4
        size = 10.0 ** float(self.rng.uniform(-4.5, -2.0))
        target = Target(size) if relative else Target(size * interval.high, interval.unit.as_difference())
        item = self.pick(self.items.get(kind.key, [""])) if self.rng.random() < 0.33 else ""
        conditions = {"site": self.pick(("lab", "on-site"))} if self.rng.random() < 0.33 else {}
        return Need(f"N{at}", {"en": "factory"}, kind.key, interval, target, item=item, conditions=conditions,
                    standing=self.pick(("", "accredited", "authorised")), day=DAY, days_most=30.0)  # fmt: skip


# ---------------------------------------------------------------- a plain loop


def worst(c: Capability, own: Interval, need: Need) -> float:
    """U/U_target at the worse end of the common part, at one k. own: the capability's interval in the need's unit."""
    u, target, unit = c.uncertainty, need.target, need.interval.unit
    assert u is not None and target is not None and isinstance(u.form, RootSum)
    low, high = max(own.low, need.interval.low), min(own.high, need.interval.high)
    back = Interval(low, high, unit).to(c.interval.unit)
    result = 0.0
    for y, Y in ((back.low, low), (back.high, high)):
        U = math.hypot(u.form.a, u.form.b * y) * target.k / u.k
        if u.unit is None and target.unit is None:
            result = max(result, U / target.U)
            continue
        U *= ratio(u.unit or c.interval.unit.as_difference(), unit.as_difference()) * (
            abs(y) if u.unit is None else 1.0
        )
        limit = target.U * (abs(Y) if target.unit is None else ratio(target.unit, unit.as_difference()))
        result = max(result, U / limit)
    return result


def one_by_one(capabilities: list[Capability], needs: list[Need]) -> list[dict[int, tuple[str, ...]]]:
    """The same gates as anyone would write them: two loops, early exits, the units converted where they meet."""
    found = []
    for need in needs:
        failed: dict[int, tuple[str, ...]] = {}
        for at, c in enumerate(capabilities):
            if c.quantity != need.quantity or (
                need.item and same_item(need.item, c.item) not in ("any", "same", "narrower")
            ):
                continue
            own, gates = c.interval.to(need.interval.unit), []
            slack = 1e-9 * max(abs(need.interval.low), abs(need.interval.high))
            if own.low > need.interval.low + slack or own.high < need.interval.high - slack:
                gates.append("interval")
            if any(word not in c.conditions.get(name, ()) for name, word in need.conditions.items()):  # type: ignore[operator]
                gates.append("conditions")
            apart = own.low > need.interval.high + slack or own.high < need.interval.low - slack
            if apart or worst(c, own, need) > TIGHT:
                gates.append("uncertainty")
            serving = {"accredited": ("accredited", "cmc")}.get(need.standing, (need.standing,))
            if need.standing and not any(s.kind in serving and s.holds(DAY) for s in c.standings):
                gates.append("standing")
            if need.days_most is not None and (c.days is None or c.days > need.days_most):
                gates.append("logistics")
            failed[at] = tuple(gates)
        found.append(failed)
    return found


# ---------------------------------------------------------------- bare


class Bare:
    """Whole columns in SI units, in the order given, and the needs as plain numbers."""

    def __init__(self, columns: CapabilityColumns, needs: list[Need]) -> None:
        order = np.argsort(columns.origin)
        keys = list(dict.fromkeys(kind[0] for kind in columns.kinds))
        code = np.empty(len(columns), np.int32)
        for kind, (start, stop) in columns.kinds.items():
            code[start:stop] = keys.index(kind[0])
        self.code, self.low, self.high = code[order], columns.low[order], columns.high[order]
        self.zero, self.absolute = columns.zero[order], (columns.form == ABSOLUTE)[order]
        self.a, self.b = columns.piece_c[0][order], columns.piece_c[2][order]
        self.kind, self.until = columns.standing[0][order], columns.until[0][order]
        self.needs = [self._numbers(need, keys) for need in needs]

    @staticmethod
    def _numbers(need: Need, keys: list[str]) -> tuple[Any, ...]:
        unit, target = need.interval.unit, need.target
        assert target is not None
        ends = [x * unit.factor + unit.offset for x in (need.interval.low, need.interval.high)]
        limit = target.U * (1.0 if target.unit is None else target.unit.factor) / target.k
        serving = {"": (0, 1, 2, 3), "accredited": (0, 2)}.get(need.standing, (1,))
        code = keys.index(need.quantity) if need.quantity in keys else -2
        return code, *ends, limit**2, target.unit is None, serving, bool(need.standing)

    def run(self) -> list[np.ndarray]:
        """Who passes quantity, interval, uncertainty at both ends and standing, need by need over whole columns."""
        day, result = DAY.toordinal(), []
        for code, low, high, limit, fraction, serving, asked in self.needs:
            passes = (self.code == code) & (self.low <= low * TIGHT) & (self.high >= high / TIGHT)
            for Y in (low, high):
                z = Y - self.zero
                square = self.a + self.b * z * z
                if fraction:
                    passes &= square <= np.where(self.absolute, limit * z * z, limit) * TIGHT**2
                else:
                    passes &= np.where(self.absolute, square, square * z * z) <= limit * TIGHT**2
            if asked:
                right = self.kind == serving[0]
                for other in serving[1:]:
                    right |= self.kind == other
                passes &= right & (self.until >= day)
            result.append(np.flatnonzero(passes))
        return result


# ---------------------------------------------------------------- measured


def timed(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Median CPU seconds, and the last answer."""
    seconds, answer = [], None
    for _ in range(times):
        begin = time.process_time()
        answer = work()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds), answer


def differs(
    found: Screen, needs: list[Need], passed: list[np.ndarray], looped: list[dict[int, tuple[str, ...]]]
) -> str:
    """What does not agree; «» where all does. The bare comparison knows neither item nor conditions: of its answers
    those count that agree in item, and gates that it does not look at are left out of ours."""
    looks = {"interval", "uncertainty", "standing"}
    for at, rows in enumerate(passed):
        gates = found.gates(at)
        ours = {c for c, failed in gates.items() if not looks & set(failed)}
        if ours != {int(c) for c in rows if int(c) in gates}:
            return f"need {at}: bare comparison"
    for at, failed in enumerate(looped):
        if found.gates(at) != failed:
            return f"need {at}: loop"
    return ""


def main() -> int:
    """Draw, check that the answers agree, measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capabilities", nargs="?", type=int, default=BINDS[0])
    parser.add_argument("needs", nargs="?", type=int, default=BINDS[1])
    parser.add_argument("--sample", type=int, default=100, help="needs that the loop runs over")
    wish = parser.parse_args()
    draw = Draw(20_260_901)
    capabilities = [draw.capability(at) for at in range(wish.capabilities)]
    needs = [draw.need(at) for at in range(wish.needs)]
    build, columns = timed(lambda: CapabilityColumns.of(capabilities), 1)
    bare = Bare(columns, needs)
    screen(columns, needs)  # the tables of names are read once
    ours, found = timed(lambda: screen(columns, needs), 5)
    floor, passed = timed(bare.run, 3)
    sample = min(wish.sample, len(needs))
    loop, looped = timed(lambda: one_by_one(capabilities, needs[:sample]), 1)
    loop *= len(needs) / sample
    if fault := differs(found, needs, passed, looped):
        print(f"answers differ at {fault}")
        return 1
    verdicts = ", ".join(f"{name} {found.verdict.count(name)}" for name in dict.fromkeys(found.verdict))
    print(f"{len(capabilities)} capabilities × {len(needs)} needs, {len(found.failed)} pairs agree in measurand")
    print(f"verdicts: {verdicts}; columns built in {build:.2f} s")
    print(f"{'screen':28} {ours:8.3f} s")
    print(f"{'bare comparison':28} {floor:8.3f} s {ours / floor:8.2f} × (ours to bare)")
    print(f"{f'loop ({sample} needs, scaled)':28} {loop:8.1f} s {loop / ours:8.0f} × (loop to ours)")
    if (wish.capabilities, wish.needs) < BINDS:
        print(f"no verdict: the promises bind from {BINDS[0]} × {BINDS[1]} on")
        return 0
    kept = loop / ours >= LOOP and ours / floor <= BARE
    print(f"{'kept' if kept else 'BROKEN'}: {loop / ours:.0f} ≥ {LOOP:g} and {ours / floor:.2f} ≤ {BARE:g}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
