"""Correction: what a certificate makes of a reading, from when and as known when.

y = f(raw; p₁ … p_k). A certificate makes a correction, a series uses it, and neither knows the other. Two times are
kept apart: `valid_from` … `valid_until` is when it is true, `known_from`, `withdrawn_known` when one could know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.formula.text import spelling
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import Unit, parse_unit

RAW = "raw"
"""The name of the reading in a model."""
MODEL = "gain*raw + offset"


@dataclass(frozen=True, slots=True)
class Detached:
    """A stream whose readings a correction no longer corrects. start: µs, from when on; known_from: µs, when it was
    said; lifted_known: µs, when it was taken back, None where not."""

    stream: str
    start: int
    known_from: int
    lifted_known: int | None = None

    def known(self, moment: int) -> bool:
        """Whether it holds, as known at a moment."""
        return self.known_from <= moment and (self.lifted_known is None or moment < self.lifted_known)


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """The correction of one instrument by one certificate.

    id: identity; instrument: as streams name it; model: a `Formula`, or a Python function, of `raw` and the parameters
    by name; it sees plain numbers in the declared units; parameters: name → scalar `Quantity`, whose influences
    correlate them and tie corrections of one reference together; issuer, number: of the certificate; raw_unit, unit: of
    the reading that goes in and of the value that comes out; range: lowest and highest raw value that was calibrated,
    None where the certificate states none; valid_from, valid_until: µs since 1970-01-01T00:00Z, the latter the first
    moment at which it no longer holds, None where unknown; known_from: µs, when it was known; supersedes: ids that it
    replaces; superseded_known, withdrawn_known: µs, when it was known that its issuer has superseded or withdrawn it,
    None where not; configuration, place, quantity: where it belongs to one
    of them only, the last as streams name their kind of quantity; detached: streams from which it has been
    taken.

    Raises Refused for a parameter that is missing, not used, or no single quantity, and for times or a range in the
    wrong order. Source: ISO/IEC 17025:2017, 7.8.4, 7.8.8; VIM 2.53.
    """

    id: str
    instrument: str
    model: Formula | Callable[..., Any]
    parameters: Mapping[str, Quantity]
    valid_from: int
    known_from: int
    issuer: str = ""
    number: str = ""
    raw_unit: str = "1"
    unit: str = "1"
    range: tuple[float, float] | None = None
    valid_until: int | None = None
    supersedes: tuple[str, ...] = ()
    superseded_known: int | None = None
    withdrawn_known: int | None = None
    configuration: str = ""
    place: str = ""
    quantity: str = ""
    detached: tuple[Detached, ...] = ()
    _units: tuple[Unit, Unit] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        if not self.id.strip() or not self.instrument.strip():
            raise Refused(finding("series.correction.nameless", self.id, instrument=self.instrument))
        put(self, "_units", (parse_unit(self.raw_unit), parse_unit(self.unit)))
        put(self, "parameters", {spelling(name): q for name, q in self.parameters.items()})
        put(self, "supersedes", tuple(self.supersedes))
        self._check_parameters()
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise Refused(finding("series.correction.times", self.id))
        if self.range is not None:
            low, high = self.range
            if not (math.isfinite(low) and math.isfinite(high) and low <= high):
                raise Refused(finding("series.correction.range", self.id, low=low, high=high))

    def _check_parameters(self) -> None:
        for name, q in self.parameters.items():
            if not isinstance(q, Quantity) or q.ndim or q.is_complex or not math.isfinite(float(q.value)):
                raise Refused(finding("series.correction.parameter", self.id, name=name))
        if not isinstance(self.model, Formula):
            return
        used = set(self.model.names) - {RAW}
        if RAW not in self.model.names:
            raise Refused(finding("series.correction.no_raw", self.id, model=self.model.text[:60]))
        missing, spare = sorted(used - set(self.parameters)), sorted(set(self.parameters) - used)
        if missing or spare:
            names = ", ".join(missing or spare)
            code = "series.correction.missing" if missing else "series.correction.spare"
            raise Refused(finding(code, self.id, names=names, model=self.model.text[:60]))

    @property
    def unit_of_raw(self) -> Unit:
        """The unit of the reading that goes in, read."""
        return self._units[0]

    @property
    def unit_of_value(self) -> Unit:
        """The unit of the value that comes out, read."""
        return self._units[1]

    @property
    def moments(self) -> tuple[int, ...]:
        """When something became known of it, µs."""
        taken = (t for d in self.detached for t in (d.known_from, d.lifted_known))
        some = (self.known_from, self.withdrawn_known, self.superseded_known, *taken)
        return tuple(t for t in some if t is not None)

    @property
    def certificate(self) -> str:
        """Issuer and number, or the id where neither is stated."""
        return f"{self.issuer} {self.number}".strip() or self.id


def gain_and_offset(gain: Quantity, offset: Quantity) -> tuple[Formula, dict[str, Quantity]]:
    """Model and parameters of y = gain·raw + offset.

    >>> from suyuan.quantity.quantity import quantity
    >>> gain_and_offset(quantity(1.0002, 2e-5), quantity(-0.03, 0.004))[0].text
    'gain*raw + offset'
    """
    return Formula(MODEL), {"gain": gain, "offset": offset}


def polynomial(coefficients: Sequence[Quantity]) -> tuple[Formula, dict[str, Quantity]]:
    """Model and parameters of y = c0 + c1·raw + … (constant first), in Horner's form.

    >>> from suyuan.quantity.quantity import quantity
    >>> polynomial([quantity(0.1), quantity(1.0), quantity(2e-6)])[0].text
    'c0 + raw*(c1 + raw*c2)'
    """
    if not coefficients:
        raise Refused(finding("series.correction.table", points=0))
    text = f"c{len(coefficients) - 1}"
    for n in range(len(coefficients) - 2, -1, -1):
        text = f"c{n} + raw*({text})" if "+" in text else f"c{n} + raw*{text}"
    if len(coefficients) == 1:
        text = "c0 + 0*raw"
    return Formula(text), {f"c{n}": c for n, c in enumerate(coefficients)}


def table(at: ArrayLike, corrections: Sequence[Quantity]) -> tuple[Formula, dict[str, Quantity]]:
    """Model and parameters of y = raw + correction, straight between the points of a table, constant beyond them.

    at (n,): raw values, ascending; corrections: one quantity a point, correlated as the certificate says.
    With d_k the correction at x_k: Δ = (d_0 + d_n)/2 + Σ (d_k+1 − d_k)(|x − x_k| − |x − x_k+1|)/(2(x_k+1 − x_k)), one
    formula for every engine. |x| is written √(x² + ε²) with ε = 10⁻¹² of the narrowest step, so that at a point of the
    table the slope is the mean of both sides: |x| has none there.

    >>> from suyuan.quantity.quantity import quantity
    >>> model, given = table([0.0, 10.0, 30.0], [quantity(d) for d in (0.1, 0.3, -0.1)])
    >>> [round(float(model(raw=x, **{k: q.value for k, q in given.items()})), 12) for x in (-5.0, 5.0, 20.0, 40.0)]
    [-4.9, 5.2, 20.1, 39.9]
    """
    points = np.asarray(at, dtype=float)
    if points.ndim != 1 or len(points) != len(corrections) or not len(points) or not np.all(np.diff(points) > 0):
        raise Refused(finding("series.correction.table", points=len(corrections)))
    names = [f"d{k}" for k in range(len(points))]
    width = 1e-12 * float(np.min(np.diff(points), initial=np.inf if len(points) > 1 else 1.0))
    shown = [
        f"hypot(raw - {x!r}, {width!r})" if x >= 0.0 else f"hypot(raw + {-x!r}, {width!r})" for x in points.tolist()
    ]
    text = f"raw + 0.5*({names[0]} + {names[-1]})"
    for k, step in enumerate(np.diff(points).tolist()):
        text += f" + (d{k + 1} - d{k})*(({shown[k]} - {shown[k + 1]})/{2.0 * step!r})"
    return Formula(text), dict(zip(names, corrections, strict=True))


def points_of(correction: Correction) -> dict[str, str]:
    """Parameter of a table → its point as people write it («20 °C»); nothing for other models.

    >>> from suyuan.quantity.quantity import quantity
    >>> model, given = table([-10.0, 20.0], [quantity(d) for d in (0.1, 0.3)])
    >>> points_of(Correction("c", "T-7", model, given, 0, 0, raw_unit="degC", unit="degC"))
    {'d0': '-10 °C', 'd1': '20 °C'}
    """
    text, names = correction.model.text if isinstance(correction.model, Formula) else "", list(correction.parameters)
    found = dict.fromkeys(re.findall(r"hypot\(raw ([-+] [0-9.e+-]+),", text))
    at = [-float(one.replace(" ", "")) for one in found]
    if len(at) != len(names) or names != [f"d{k}" for k in range(len(names))]:
        return {}
    return {name: f"{x + 0.0:g} {correction.unit_of_raw.symbol}".strip() for name, x in zip(names, at, strict=True)}
