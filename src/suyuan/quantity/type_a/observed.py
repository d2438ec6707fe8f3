"""Type A evaluations as quantities: means with their degrees of freedom, and models evaluated row by row (GUM H.2).

Where several inputs are read together, n times, their scatter may be carried in two ways. Approach 1: means with the
covariance of the means (`type_a.observed_together`), then the model. Approach 2: the model in each row, then the means
of the results with their covariance; it needs no derivative and sees the curvature of the model. For a linear model
they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula.model import RESULT, Model
from suyuan.quantity.formula.text import spelling
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import Quantity, joint, quantity, stack
from suyuan.quantity.type_a.readings import mean, observed_together, readings
from suyuan.quantity.unit import Unit


class Evaluation(Protocol):
    """What a Type A evaluation of a mean has: `MeanOfReadings`, `MeanOfSeries`, `ScaledT`."""

    @property
    def mean(self) -> Any: ...
    @property
    def u(self) -> Any: ...
    @property
    def dof(self) -> Any: ...


def as_quantity(
    found: Evaluation, unit: str | Unit = "1", *, label: str = "", source: Source | None = None, id: str | None = None
) -> Quantity:
    """A mean with its Type A uncertainty as a quantity: t distributed, scale u, with its degrees of freedom.

    found: mean, u and dof, single or arrays; means of an array whose dof differ become influences of their own.
    Raises Refused where the mean or its uncertainty is unknown.

    >>> from suyuan.quantity.type_a.readings import mean
    >>> q = as_quantity(mean([4.999, 5.001, 5.000, 5.003, 4.997])[0], "V")
    >>> float(q.value), float(q.dof)
    (5.0, 4.0)
    """
    value, u, dof = np.asarray(found.mean, float), np.asarray(found.u, float), np.asarray(found.dof, float)
    if not (np.all(np.isfinite(value)) and np.all(np.isfinite(u))):
        raise Refused(finding("type_a.uncertainty.unknown", label))
    if dof.ndim and np.all(dof == dof.flat[0]):
        dof = dof.flat[0]
    if np.ndim(dof) == 0:
        scale = (("scale", float(u)),) if u.ndim == 0 else ()
        return quantity(value, u, unit, dof=float(dof), distribution="student_t", label=label, source=source, id=id,
                        parameters=scale)  # fmt: skip
    if id is not None:
        raise Refused(finding("type_a.identity.several", label, count=value.size))
    members = [
        quantity(v, s, unit, dof=float(nu), distribution="student_t", label=f"{label} {i + 1}".strip(), source=source,
                 parameters=(("scale", float(s)),))
        for i, (v, s, nu) in enumerate(zip(value.ravel(), u.ravel(), dof.ravel(), strict=True))
    ]  # fmt: skip
    return stack(members).reshape(*value.shape)


def means_together(
    columns: Mapping[str, ArrayLike],
    units: Mapping[str, str | Unit] | None = None,
    *,
    source: Source | None = None,
    id: str | None = None,
    where: str = "observed_together",
) -> tuple[dict[str, Quantity], tuple[Finding, ...]]:
    """Approach 1: the means of quantities read in the same rows, as correlated quantities of one joint influence.

    columns: name → n readings, row by row; units: name → unit. One joint t with n − 1 degrees of freedom.
    Returns the quantities by name and findings. Raises Refused for missing readings or fewer than two rows.
    """
    found, findings = observed_together(columns, where)
    if errors(findings):
        raise Refused(*errors(findings))
    given = {spelling(name): unit for name, unit in (units or {}).items()}
    members = joint(
        found.means.tolist(), found.u.tolist(), found.correlation, [given.get(name, "1") for name in found.names],
        dof=found.dof, distribution="student_t", label=", ".join(found.names), source=source, id=id,
    )  # fmt: skip
    return dict(zip(found.names, members, strict=True)), findings


def row_by_row(
    model: Model | Callable[..., Any],
    columns: Mapping[str, ArrayLike],
    units: Mapping[str, str | Unit] | None = None,
    *,
    source: Source | None = None,
    id: str | None = None,
    where: str = "rows",
) -> tuple[dict[str, Quantity], tuple[Finding, ...]]:
    """Approach 2: a model evaluated in each row of readings, the results as correlated quantities.

    model: of `read_model`, or a function of the columns by name that returns an array, or a mapping or sequence of
    them. columns: name → n readings, a single number is the same in all rows; units: result → unit. Systematic
    influences are no part of it: apply them to the results. Returns the results by name («result», or «result 1» … for
    a sequence) and findings. Raises Refused where a row has no finite result.

    >>> V, I = [5.007, 4.994, 5.005, 4.990, 4.999], [19.663e-3, 19.639e-3, 19.640e-3, 19.685e-3, 19.678e-3]
    >>> phase = [1.0456, 1.0438, 1.0468, 1.0428, 1.0433]                                     # GUM table H.2
    >>> def model(V, I, phase):
    ...     return {"R": V / I * np.cos(phase), "X": V / I * np.sin(phase), "Z": V / I}
    >>> z, _ = row_by_row(model, {"V": V, "I": I, "phase": phase}, dict.fromkeys("RXZ", "ohm"))
    >>> [(round(float(q.value), 3), round(float(q.u), 3)) for q in z.values()]            # GUM table H.4
    [(127.732, 0.071), (219.847, 0.295), (254.26, 0.236)]
    """
    rows = {name: readings(values, where=f"{where}.{name}").ravel() for name, values in columns.items()}
    lengths = {name: row.size for name, row in rows.items() if row.size > 1}
    if len(set(lengths.values())) != 1:
        text = ", ".join(f"{name} {size}" for name, size in lengths.items()) or "—"
        raise Refused(finding("evaluation.readings.lengths", where, lengths=text))
    n = next(iter(lengths.values()))
    for name, row in rows.items():
        if not np.all(np.isfinite(row)):
            first = int(np.flatnonzero(~np.isfinite(row))[0]) + 1
            count = int(np.count_nonzero(~np.isfinite(row)))
            raise Refused(finding("evaluation.readings.unknown", f"{where}.{name}", count=count, first=first))
    with np.errstate(all="ignore"):
        results = _results(model, {name: row if row.size > 1 else np.full(n, row[0]) for name, row in rows.items()})
    for name, row in results.items():
        if row.shape != (n,):
            raise Refused(finding("type_a.rows.shape", f"{where}.{name}", name=name, rows=n, shape=row.shape))
        if not np.all(np.isfinite(row)):
            first = int(np.flatnonzero(~np.isfinite(row))[0]) + 1
            count = int(np.count_nonzero(~np.isfinite(row)))
            raise Refused(finding("type_a.rows.not_finite", f"{where}.{name}", name=name, count=count, first=first))
    if len(results) == 1:
        ((name, row),) = results.items()
        found, findings = mean(row, where=f"{where}.{name}")
        if errors(findings):
            raise Refused(*errors(findings))
        unit = {spelling(key): unit for key, unit in (units or {}).items()}.get(name, "1")
        return {name: as_quantity(found, unit, label=name, source=source, id=id)}, findings
    return means_together(results, units, source=source, id=id, where=where)


def _results(model: Model | Callable[..., Any], rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The results of all rows at once, by name."""
    given = model.evaluate(rows) if isinstance(model, Model) else model(**rows)
    if isinstance(given, Mapping):
        named = dict(given)
    elif isinstance(given, Sequence):
        named = {f"{RESULT} {i + 1}": value for i, value in enumerate(given)}
    else:
        named = {RESULT: given}
    return {spelling(str(name)): np.asarray(value, np.float64) for name, value in named.items()}
