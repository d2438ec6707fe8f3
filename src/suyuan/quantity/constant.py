"""Fundamental physical constants (CODATA 2022) as quantities, with uncertainty and correlation.

A few adjusted constants (the fine-structure constant, the Rydberg constant, relative atomic masses, G, …) are the
influences; all others are exact or products of powers of these and of the defining constants of the SI. So constants
are correlated as they must be: µ0·ε0·c0² is 1 without uncertainty, m_e and µ_B are almost fully anti-correlated.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import parse_unit

SET = "CODATA 2022"
Kind = Literal["defined", "basis", "derived"]


@dataclass(frozen=True, slots=True)
class Constant:
    """One constant as tabulated. symbol: as in formulas; value, u: as printed, u = 0 where exact; kind: «defined»
    (exact by definition), «basis» (adjusted, an influence of its own), «derived» (powers of the others)."""

    symbol: str
    zh: str
    en: str
    value: float
    u: float
    unit: str
    kind: Kind
    source: str

    @property
    def exact(self) -> bool:
        return self.u == 0.0


def known() -> tuple[Constant, ...]:
    """All constants of the table, defining ones first.

    >>> [c.symbol for c in known()][:7]
    ['Dnu_Cs', 'c_0', 'h_P', 'e_0', 'k_B', 'N_A', 'K_cd']
    """
    return tuple(
        Constant(r["symbol"], r["zh"], r["en"], r["value"], r["u"], r["unit"], r["kind"], r["source"])
        for r in _rows().values()
    )


def constant(symbol: str) -> Quantity:
    """A constant by its symbol (`known` lists them), a scalar in the coherent SI unit of the table.

    y = t·πⁿ·Π xᵢ^pᵢ over the basis and defining constants xᵢ, so a constant agrees with the tabulated value and u at
    all printed digits, and with the other constants to rounding of floats. Raises Refused constant.symbol.unknown.

    >>> k_B = constant("k_B")
    >>> float(k_B.value), float(k_B.u), k_B.unit.symbol
    (1.380649e-23, 0.0, 'J/K')
    >>> m_e = constant("m_e")
    >>> f"{float(m_e.value):.10e} {float(m_e.u):.1e}"
    '9.1093837139e-31 2.8e-40'
    >>> float((constant("mu_0") * constant("eps_0") * constant("c_0") ** 2).u) < 1e-24
    True

    Source: CODATA recommended values of the fundamental physical constants: 2022.
    """
    row = _rows().get(symbol)
    if row is None:
        nearest = ", ".join(difflib.get_close_matches(symbol, _rows(), 3, 0.4))
        raise Refused(finding("constant.symbol.unknown", where=symbol, symbol=symbol, nearest=nearest))
    return _made(symbol)


@cache
def _rows() -> Mapping[str, Row]:
    return {row["symbol"]: row for row in load("suyuan.quantity", "constants")}


@cache
def _made(symbol: str) -> Quantity:
    row = _rows()[symbol]
    if row["kind"] == "defined":
        return quantity(row["value"], None, row["unit"])
    if row["kind"] == "basis":
        return _basis()[symbol]
    made = quantity(row.get("times", 1.0) * math.pi ** row.get("pi", 0), None)
    for other, power in row["powers"].items():
        made = made * _made(other) ** power
    return made.to(row["unit"])


@cache
def _basis() -> Mapping[str, Quantity]:
    """The adjusted constants, each an influence of its own, or two of one joint influence where they are correlated."""
    basis: dict[str, Quantity] = {}
    for symbol, row in _rows().items():
        if row["kind"] != "basis" or symbol in basis:
            continue
        group = [symbol, *row.get("correlation", {})]
        rows = [_rows()[name] for name in group]
        values, spread = [r.get("value_lineage", r["value"]) for r in rows], [r.get("u_lineage", r["u"]) for r in rows]
        label, id = " + ".join(group), identity(SET, *group)
        source = Source("CODATA", "2022", "+".join(group))
        if len(group) == 1:
            basis[symbol] = quantity(values[0], spread[0], row["unit"], label=label, source=source, id=id)
        else:
            matrix = np.eye(len(group))
            matrix[0, 1:] = matrix[1:, 0] = list(row["correlation"].values())
            units = [parse_unit(r["unit"]) for r in rows]
            members = joint(values, spread, matrix, units, label=label, source=source, id=id)
            basis.update(zip(group, members, strict=True))
    return basis
