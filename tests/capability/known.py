"""Needs and capabilities whose verdicts are known because they were built so, as many needs as a challenge has (56).

Nothing here asks the matcher: conversions are written out, each case is put together to give its verdict, and the
capabilities of one need are kept apart from the others by an item of their own, besides those of the same kind that are
there to disturb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from suyuan.capability.capability import Capability, Standing
from suyuan.capability.interval import Interval
from suyuan.capability.matching.gate import Support
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import Formula, Line, Matrix, RootSum, Table, Uncertainty, Value
from suyuan.quantity.unit import parse_unit

DAY = date(2026, 9, 1)
GOOD = Support("complete", persons=2)
FORMS = ("value", "root", "line", "table", "matrix", "formula")
# quantity, interval of another quantity, base unit, (unit, base units in it, base value of its zero), low, high
KINDS: tuple[tuple[str, str, str, tuple[tuple[str, float, float], ...], float, float], ...] = (
    ("length", "", "mm", (("mm", 1.0, 0.0), ("in", 25.4, 0.0), ("um", 1e-3, 0.0), ("m", 1e3, 0.0)), 10.0, 500.0),
    ("diameter", "", "mm", (("mm", 1.0, 0.0), ("in", 25.4, 0.0), ("cm", 10.0, 0.0)), 2.0, 80.0),
    ("temperature", "", "degC", (("degC", 1.0, 0.0), ("K", 1.0, -273.15), ("degF", 5 / 9, -160 / 9)), 20.0, 400.0),
    ("amount_fraction", "", "umol/mol", (("umol/mol", 1.0, 0.0), ("ppm", 1.0, 0.0), ("%", 1e4, 0.0)), 20.0, 900.0),
    ("torque", "", "N.m", (("N.m", 1.0, 0.0), ("kN.m", 1e3, 0.0), ("mN.m", 1e-3, 0.0)), 5.0, 1000.0),
    ("pressure", "", "kPa", (("kPa", 1.0, 0.0), ("bar", 100.0, 0.0), ("MPa", 1e3, 0.0)), 100.0, 6000.0),
    ("mass", "", "g", (("g", 1.0, 0.0), ("kg", 1e3, 0.0), ("mg", 1e-3, 0.0)), 1.0, 200.0),
    ("volume_flow_rate", "", "m3/h", (("m3/h", 1.0, 0.0), ("L/min", 0.06, 0.0)), 2.0, 300.0),
    ("energy_dc", "electric_current", "A", (("A", 1.0, 0.0), ("mA", 1e-3, 0.0), ("kA", 1e3, 0.0)), 1.0, 400.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A need with capabilities made for it and what must come out. single: ids that can alone; failed: id → gates."""

    need: Need
    verdict: str
    single: frozenset[str]
    capabilities: tuple[Capability, ...]
    supports: dict[tuple[str, str], Support] = field(default_factory=dict)
    failed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    case: str = ""


class Maker:
    """Makes one need of a kind, and capabilities around it. low, high: in the base unit of the kind; target: U in it,
    or a fraction."""

    def __init__(self, rng: np.random.Generator, at: int) -> None:
        self.rng, self.at = rng, at
        self.quantity, self.interval_of, self.base, self.units, low, high = KINDS[at % len(KINDS)]
        span = high - low
        self.low, self.high = low + 0.1 * span * rng.integers(0, 3), high - 0.1 * span * rng.integers(0, 3)
        self.relative = bool(self.interval_of) or (rng.random() < 0.4 and self.quantity != "temperature")
        self.target = 0.01 if self.relative else 0.002 * span
        self.item = f"演示件 {at:02d}"
        self.forms = iter(np.roll(FORMS, -at).tolist() * 4)
        self.count = 0

    def _unit(self) -> tuple[str, float, float]:
        return self.units[int(self.rng.integers(len(self.units)))]

    def interval(self, low: float, high: float, unit: tuple[str, float, float]) -> Interval:
        """From base units, as written in another one."""
        name, factor, zero = unit
        return Interval((low - zero) / factor, (high - zero) / factor, parse_unit(name))

    def need(self, **more: Any) -> Need:
        """The need, in some unit, its target in some other one."""
        name, factor, _ = self._unit()
        U = self.target if self.relative else self.target / factor
        target = Target(U, None if self.relative else parse_unit(name).as_difference())
        conditions = {"frequency": Interval(50.0, 50.0, parse_unit("Hz")), "site": "现场"}
        interval = self.interval(self.low, self.high, self._unit())
        return Need(f"N{self.at:02d}", {"zh": "演示工厂"}, self.quantity, interval, target, item=self.item,
                    interval_of=self.interval_of, conditions=conditions, standing="accredited", day=DAY, demo=True,
                    **more)  # fmt: skip

    def capability(self, low: float, high: float, share: float, form: str = "", **more: Any) -> Capability:
        """A capability over [low, high], whose largest U against the target over that part is `share` times it."""
        self.count += 1
        unit = self._unit()
        interval = self.interval(low, high, unit)
        U = self._uncertainty(interval, unit, share, form or next(self.forms))
        plain: dict[str, Any] = {
            "item": self.item, "interval_of": self.interval_of, "persons": 1,
            "standings": (Standing("accredited", "CNAS", "L1", valid_until=date(2027, 1, 1)),),
            "conditions": {"site": ("on-site", "lab"), "frequency": Interval(0.04, 1.2, parse_unit("kHz"))},
        }  # fmt: skip
        name = f"C{self.at:02d}-{self.count}"
        return Capability(
            name, {"zh": f"演示实验室 {self.at % 7}"}, self.quantity, interval, U, demo=True, **(plain | more)
        )

    def _uncertainty(self, i: Interval, unit: tuple[str, float, float], share: float, form: str) -> Uncertainty:
        """A form whose worst place is known: a fraction where the target is one, else in the unit of the interval (°F
        as a difference) or relative with its worst place at the far end."""
        k = float(self.rng.choice([2.0, 2.0, 3.0]))
        top = float(max(abs(i.low), abs(i.high)))
        m = float(share * self.target / (1.0 if self.relative else unit[1]) * k / 2.0)
        own = None if self.relative else i.unit.as_difference()
        if not self.relative and form == "value" and self.at % 2:  # U = r·|y| is largest where |y| is
            m, own = m / top, None
        middle = (i.low + i.high) / 2.0
        if form == "value":
            made: Any = Value(m)
        elif form == "root":
            made = RootSum(0.6 * m, 0.8 * m / top)
        elif form == "line":
            made = Line(0.25 * m, 0.75 * m / top)
        elif form == "table":
            made = Table((i.low, middle, i.high), (0.4 * m, m, 0.7 * m))
        elif form == "matrix":
            rows = ((0.4 * m, 9.0 * m), (m, 9.0 * m), (0.7 * m, 9.0 * m))
            made = Matrix((i.low, middle, i.high), "frequency", (50.0, 1000.0), parse_unit("Hz"), rows)
        else:  # a formula gives U itself, in the U unit or as a fraction
            made = Formula(f"{0.25 * m!r} + {0.75 * m / top!r}*abs(x)")
        return Uncertainty(made, k, own)

    def known(
        self, verdict: str, capabilities: list[Capability], single: int = 0, failed: list[str] | None = None,
        support: Support = GOOD, need: Need | None = None,
    ) -> Known:  # fmt: skip
        """What must come out: the first `single` capabilities can alone; failed: gates of each, joined by +."""
        gates = {
            c.id: tuple(g for g in text.split("+") if g) for c, text in zip(capabilities, failed or [], strict=False)
        }
        supports = {c.key: support for c in capabilities}
        ids = frozenset(c.id for c in capabilities[:single])
        return Known(need or self.need(), verdict, ids, tuple(capabilities), supports, gates)


# ---------------------------------------------------------------- cases

Case = Callable[[Maker], Known]


def can_alone(m: Maker) -> Known:
    wide = 0.05 * (m.high - m.low)
    return m.known("can", [m.capability(m.low - wide * (m.low > wide), m.high + wide, 0.8, "value")], 1, [""])


def can_exactly(m: Maker) -> Known:
    """Ends and U meet what is asked for, in other units: equality passes."""
    return m.known("can", [m.capability(m.low, m.high, 1.0)], 1, [""])


def can_two(m: Maker) -> Known:
    """Two of one laboratory that adjoin."""
    cut = m.low + 0.4 * (m.high - m.low)
    return m.known("can", [m.capability(m.low, cut, 0.9), m.capability(cut, m.high, 0.9)], 0, ["interval", "interval"])


def can_three(m: Maker) -> Known:
    """Three of several laboratories that overlap."""
    at = [m.low + s * (m.high - m.low) for s in (0.0, 0.35, 0.3, 0.7, 0.7, 1.0)]
    parts = [m.capability(at[i], at[i + 1], 0.95)
             for i in (0, 2, 4)]  # fmt: skip
    parts = [replace(c, laboratory={"zh": f"演示实验室 {i}"}) for i, c in enumerate(parts)]
    return m.known("can", parts, 0, ["interval"] * 3)


def can_by_parts(m: Maker) -> Known:
    """One covers all but is too coarse as a whole; another does a part of it well, a third the rest."""
    cut = m.low + 0.5 * (m.high - m.low)
    coarse, fine, rest = (
        m.capability(m.low, m.high, 1.7),
        m.capability(m.low, cut, 0.6),
        m.capability(cut, m.high, 0.9),
    )
    return m.known("can", [coarse, fine, rest], 0, ["uncertainty", "interval", "interval"])


def can_beside_bad(m: Maker) -> Known:
    """One that can, beside one that is too coarse and one that is elsewhere."""
    some = m.low + 0.3 * (m.high - m.low)
    bad = [m.capability(m.low, m.high, 1.5), m.capability(m.high + some, m.high + 2 * some, 0.1)]
    return m.known("can", [m.capability(m.low, m.high, 0.7), *bad], 1, ["", "uncertainty", "interval+uncertainty"])


def inaccurate(m: Maker) -> Known:
    return m.known("not_accurate", [m.capability(m.low, m.high, 1.02)], 0, ["uncertainty"])


def inaccurate_part(m: Maker) -> Known:
    cut = m.low + 0.4 * (m.high - m.low)
    parts = [m.capability(m.low, cut, 0.9), m.capability(cut, m.high, 1.1)]
    return m.known("not_accurate", parts, 0, ["interval", "interval+uncertainty"])


def inaccurate_unstated(m: Maker) -> Known:
    one = replace(m.capability(m.low, m.high, 0.5), uncertainty=None)
    return m.known("not_accurate", [one], 0, ["uncertainty"])


def broken(m: Maker) -> Known:
    return m.known("not_accurate", [m.capability(m.low, m.high, 0.5)], 0, ["chain"], Support("broken", persons=2))


def contradicted(m: Maker) -> Known:
    support = Support("complete", tested="contradicted", persons=2)
    return m.known("not_accurate", [m.capability(m.low, m.high, 0.5)], 0, ["chain"], support)


def nobody(m: Maker) -> Known:
    return m.known("not_accurate", [m.capability(m.low, m.high, 0.5)], 0, ["people"], Support("complete", persons=0))


def expired(m: Maker) -> Known:
    late = (Standing("accredited", "CNAS", "L1", valid_until=date(2026, 8, 31)),)
    return m.known("not_accurate", [m.capability(m.low, m.high, 0.5, standings=late)], 0, ["standing"])


def not_accredited(m: Maker) -> Known:
    return m.known("not_accurate", [m.capability(m.low, m.high, 0.5, standings=())], 0, ["standing"])


def withdrawn(m: Maker) -> Known:
    one = m.capability(m.low, m.high, 0.5, valid_until=date(2026, 8, 31))
    return m.known("not_accurate", [one], 0, ["standing"])


def partly_below(m: Maker) -> Known:
    return m.known("partly", [m.capability(m.low, m.low + 0.6 * (m.high - m.low), 0.5)], 0, ["interval"])


def partly_gap(m: Maker) -> Known:
    at = [m.low + s * (m.high - m.low) for s in (0.0, 0.45, 0.5, 1.0)]
    return m.known("partly", [m.capability(*at[:2], 0.5), m.capability(*at[2:], 0.5)], 0, ["interval", "interval"])


def partly_elsewhere(m: Maker) -> Known:
    """The rest is covered, but only in the laboratory."""
    cut = m.low + 0.4 * (m.high - m.low)
    lab = {"site": ("lab",), "frequency": Interval(0.04, 1.2, parse_unit("kHz"))}
    parts = [m.capability(m.low, cut, 0.9), m.capability(cut, m.high, 0.9, conditions=lab)]
    return m.known("partly", parts, 0, ["interval", "interval+conditions"])


def cannot_item(m: Maker) -> Known:
    return m.known("cannot", [m.capability(m.low, m.high, 0.5, item="演示件 999")])


def cannot_apart(m: Maker) -> Known:
    """Meets the interval in one point, which covers nothing."""
    return m.known("cannot", [m.capability(m.high, 2 * m.high, 0.1, "value")], 0, ["interval"])


def cannot_conditions(m: Maker) -> Known:
    narrow = {"site": ("on-site",), "frequency": Interval(0.1, 1.2, parse_unit("kHz"))}
    other = {"site": ("lab",), "voltage": Interval(0.0, 1.0, parse_unit("V"))}
    some = [m.capability(m.low, m.high, 0.5, conditions=narrow), m.capability(m.low, m.high, 0.5, conditions=other)]
    return m.known("cannot", some, 0, ["conditions", "conditions"])


def unknown_conditions(m: Maker) -> Known:
    """One does not say a condition, another says it fails: the first is to be asked."""
    silent = {"frequency": Interval(0.04, 1.2, parse_unit("kHz"))}
    some = [m.capability(m.low, m.high, 0.5, conditions={"site": ("lab",)}),
            m.capability(m.low, m.high, 0.5, conditions=silent)]  # fmt: skip
    return m.known("unknown", some, 0, ["conditions", "conditions"])


def cannot_analyte(m: Maker) -> Known:
    need = replace(m.need(), analyte="NO")
    return m.known("cannot", [m.capability(m.low, m.high, 0.5, analyte="NO2")], need=need)


def cannot_nothing(m: Maker) -> Known:
    return m.known("cannot", [])


CASES: tuple[Case, ...] = (
    can_alone, inaccurate, partly_below, cannot_item, can_exactly, broken, can_two, expired, partly_gap, cannot_apart,
    can_three, inaccurate_part, can_by_parts, nobody, partly_elsewhere, cannot_conditions, can_beside_bad, contradicted,
    can_exactly, not_accredited, can_two, inaccurate, cannot_analyte, partly_below, withdrawn, can_alone,
    inaccurate_unstated, cannot_nothing, unknown_conditions,
)  # fmt: skip


def challenge(seed: int, needs: int = 56) -> Iterator[Known]:
    """As many needs as a challenge has, each with its capabilities and what must come out."""
    for at in range(needs):
        case = CASES[(at + seed) % len(CASES)]
        yield replace(case(Maker(np.random.default_rng([seed, at]), at)), case=case.__name__)


def disturbing(seed: int, count: int) -> list[Capability]:
    """Capabilities of the same kinds for other items, which must change nothing."""
    made = [Maker(np.random.default_rng([seed, 7, at]), at) for at in range(count)]
    return [replace(m.capability(m.low, m.high, 0.1), id=f"X{m.at}", item=f"别的演示件 {m.at % 5}") for m in made]
