"""Remote metering by energy balance: errors of many meters from one master meter above them, without visiting them.

What the master counts is what the meters should have counted, plus losses. Days on which consumption is distributed
differently tell the meters apart. Two things cannot be told: an error of the master itself, and any loss that is
proportional to energy; both look like one common error of all meters. With the master's certificate as a quantity its
error enters every result as one shared influence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.assurance.criteria import criterion
from suyuan.assurance.observations import above_zero, column, enough, table
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Influence, Source, fresh_id
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import parse_unit

Array = NDArray[np.float64]
SINGULAR = 1e10
"""Condition of the scaled columns beyond which the meters are not separated at all."""
UNCERTAIN = 0.3
"""Standard uncertainty of g = 1/(1 + e), or its share of g, beyond which an error is not determined."""


@dataclass(frozen=True, slots=True)
class Flag:
    """When a meter is flagged: abs(e) > k·u and abs(e) > limit_percent."""

    k: float = 2.0
    limit_percent: float = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class EnergyBalance:
    """Result of a balance. meters: names; error: eᵢ as fractions, correlated, with the master's influence where its
    error was given; fixed_loss: c₀; quadratic_coefficient: c₂; residual_sd; dof; inflation: variance inflation of each
    meter by the other meters; condition: of the scaled columns; flagged: names."""

    meters: tuple[str, ...]
    n_days: int
    error: Quantity
    fixed_loss: Quantity
    quadratic_coefficient: Quantity
    residual_sd: float
    dof: int
    inflation: Array
    condition: float
    flagged: tuple[str, ...]

    @property
    def error_percent(self) -> Array:
        return np.asarray(100.0 * self.error.value)

    @property
    def u_error_percent(self) -> Array:
        return np.asarray(100.0 * self.error.u)


def energy_balance(
    master: ArrayLike,
    meters: Mapping[str, ArrayLike],
    flag: Flag | None = None,
    master_error: Quantity | None = None,
    unit: str = "kW h",
    where: str = "energy_balance",
) -> tuple[EnergyBalance, tuple[Finding, ...]]:
    """Errors of meters from daily energies: master = Σ Wᵢ/(1 + eᵢ) + c₀ + c₂(ΣW)², least squares in gᵢ = 1/(1 + eᵢ).

    u(eᵢ) = u(gᵢ)/gᵢ², with covariances. master: (n,); meters: name → (n,), all in `unit`; flag: when a meter is
    flagged (k = 2, 2 %); master_error: relative error of the master by its certificate, which makes eᵢ =
    (1 + eᵢ)(1 + e_master) − 1. Returns the balance and findings. Raises Refused.

    >>> W = {"a": [1.0, 2.0, 4.0, 3.0, 5.0, 2.0], "b": [3.0, 1.0, 2.0, 5.0, 4.0, 4.0]}
    >>> total = [x / 1.05 + y + 0.1 for x, y in zip(W["a"], W["b"])]
    >>> energy_balance(total, W)[0].error_percent.round(6).tolist()
    [5.0, 0.0]

    Source: own formulation; the model of least squares is the usual one of meter clusters.
    """
    names, W = _energies(meters, where)
    y = column(master, f"{where}.master")
    if y.size != W.shape[0]:
        text = f"master {y.size}, meters {W.shape[0]}"
        raise Refused(finding("assurance.study.lengths", f"{where}.master", lengths=text))
    n, m = W.shape
    enough(n, m + 3, f"{where}.master", "day")
    total = np.sum(W, axis=1)
    X = np.column_stack((W, np.ones(n), np.square(total)))
    scale = np.linalg.norm(X, axis=0)
    q, r = np.linalg.qr(X / scale)
    condition = float(np.linalg.cond(r))
    if not condition < SINGULAR:
        pair = _closest(W, names)
        raise Refused(finding("assurance.balance.singular", f"{where}.meters", pair=pair))
    inverse = np.linalg.inv(r)
    estimate = inverse @ (q.T @ y)
    residual = y - (X / scale) @ estimate
    dof = n - m - 2
    s = float(np.sqrt(residual @ residual / dof))
    factor = inverse / scale[:, None]
    g, c0, c2 = _quantities(estimate / scale, s * factor, dof, unit)
    error = 1.0 / g - 1.0
    if master_error is not None:
        error = (1.0 + error) * (1.0 + master_error.to("1")) - 1.0
    inflation = _inflation(W)
    rule = flag or Flag()
    k, limit = above_zero(rule.k, f"{where}.flag.k"), above_zero(rule.limit_percent, f"{where}.flag.limit_percent")
    e, u = 100.0 * error.value, 100.0 * error.u
    lost = _lost(g)
    flagged = tuple(names[i] for i in np.flatnonzero((np.abs(e) > k * u) & (np.abs(e) > limit) & ~lost))
    result = EnergyBalance(names, n, error, c0, c2, s, dof, inflation, condition, flagged)
    return result, tuple(_said(result, g, master_error, where))


def _energies(meters: Mapping[str, ArrayLike], where: str) -> tuple[tuple[str, ...], Array]:
    """Names, and energies (n, m), not negative; a meter that never counted is refused."""
    if not isinstance(meters, Mapping) or not meters:
        raise Refused(finding("assurance.study.few", f"{where}.meters", n=0, wanted=1, of_zh="表计", of_en="meters"))
    columns = [column(values, f"{where}.meters.{name}") for name, values in meters.items()]
    sizes = {name: c.size for name, c in zip(meters, columns, strict=True)}
    if len(set(sizes.values())) > 1:
        text = ", ".join(f"{name} {size}" for name, size in list(sizes.items())[:12])
        raise Refused(finding("assurance.study.lengths", f"{where}.meters", lengths=text))
    W = table(np.column_stack(columns), f"{where}.meters", ("day", "reading"), (1, 1))
    for name, values in zip(meters, columns, strict=True):
        bad = np.flatnonzero(values < 0.0)
        if bad.size:
            place = f"{where}.meters.{name}.{int(bad[0])}"
            raise Refused(finding("assurance.study.number", place, given=f"{values[bad[0]]:g}", interval="≥ 0"))
        if not np.any(values > 0.0):
            raise Refused(finding("assurance.balance.idle", f"{where}.meters.{name}", meter=name))
    return tuple(str(name) for name in meters), W


def _quantities(p: Array, factor: Array, dof: int, unit: str) -> tuple[Quantity, Quantity, Quantity]:
    """g as one array, c₀ and c₂, from estimates and G with G Gᵀ their covariance: one joint influence."""
    one, energy = parse_unit("1"), parse_unit(unit)
    scatter = Influence(
        fresh_id(), factor.shape[1], np.linalg.norm(factor, axis=1), float(dof), "student_t",
        label="scatter of the balance", source=Source(text="scatter of residuals"), joint=True,
    )  # fmt: skip
    found = Quantity(p, one, {scatter.id: Block(scatter, None, Dense(np.ascontiguousarray(factor.T)))})
    return found[:-2], found[-2].relabelled(energy), found[-1].relabelled(one / energy)


def _lost(g: Quantity) -> NDArray[np.bool_]:
    """Meters whose g is not above nil, or so uncertain that 1/g is no line any more and u(e) = u(g)/g² says nothing."""
    return np.asarray((g.value <= 0.0) | (g.u > UNCERTAIN) | (g.u > UNCERTAIN * np.abs(g.value)))


def _inflation(W: Array) -> Array:
    """1/(1 − R²) of each meter on the others; inf where it follows them exactly or never changes."""
    centred = W - np.mean(W, axis=0)
    spread = np.linalg.norm(centred, axis=0)
    if not np.all(spread > 1e-12 * np.linalg.norm(W, axis=0)):
        return np.where(spread > 0.0, 1.0, np.inf)
    R = centred / spread
    values, vectors = np.linalg.eigh(R.T @ R)
    return np.asarray(np.sum(np.square(vectors) / np.maximum(values, 1e-15), axis=1))


def _closest(W: Array, names: Sequence[str]) -> str:
    """The two meters whose energies go most together, or the meters as a whole."""
    if W.shape[1] < 2:
        return names[0]
    spread = np.std(W, axis=0)
    flat = np.flatnonzero(spread <= 1e-12 * np.max(W))
    if flat.size:
        return names[int(flat[0])]
    r = np.abs(np.corrcoef(W, rowvar=False)) - 2.0 * np.eye(W.shape[1])
    i, j = np.unravel_index(int(np.argmax(r)), r.shape)
    return f"{names[int(i)]}, {names[int(j)]}"


def _said(result: EnergyBalance, g: Quantity, master_error: Quantity | None, where: str) -> list[Finding]:
    """What the balance cannot tell, and what it tells badly."""
    told = []
    if master_error is None:
        told.append(finding("assurance.balance.common_unknown", where, "warning"))
    else:
        u = f"{100.0 * float(master_error.to('1').u):.2g}"
        told.append(finding("assurance.balance.common", where, "note", u=u))
    impossible = [name for name, is_lost in zip(result.meters, _lost(g), strict=True) if is_lost]
    if impossible:
        told.append(finding("assurance.balance.impossible", f"{where}.meters", meters=", ".join(impossible)))
    limit = criterion("VIF")
    hard = [f"{name} ({v:.3g})" for name, v in zip(result.meters, result.inflation, strict=True) if v > limit.low]
    if hard:
        told.append(
            finding("assurance.balance.collinear", f"{where}.meters", "warning", limit.rule, meters=", ".join(hard),
                    limit=f"{limit.low:g}", condition=f"{result.condition:.2g}")
        )  # fmt: skip
    if result.flagged:
        told.append(finding("assurance.balance.flagged", where, "warning", meters=", ".join(result.flagged)))
    return told
