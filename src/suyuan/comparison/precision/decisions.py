"""What a person decided about a laboratory that a test found apart: nothing is dropped without a name and a reason.

A test proposes; the record stays with the result, whether the laboratory was kept or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
State = Literal["correct", "straggler", "outlier"]


@dataclass(frozen=True, slots=True)
class OutlierDecision:
    """One laboratory, one measurand, one test, and what was decided.

    lab, measurand: names; test: «cochran», «grubbs_high», «grubbs_low», «grubbs_double_high», «grubbs_double_low», or a
    technical reason without a test; statistic, critical: of the test, critical at 1 % for an outlier, at 5 % else; None
    where there was no test; state: by the test; kept: whether its results count; person, reason: who decided and why.
    """

    lab: str
    measurand: str
    test: str
    statistic: float | None
    critical: float | None
    state: State
    kept: bool = True
    person: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """labs: names of the laboratories, by default their numbers from 1; measurands: of the measurands, by default their
    numbers from 1, or the empty name where there is but one without an axis."""

    labs: tuple[str, ...] = field(default=())
    measurands: tuple[str, ...] = field(default=())

    def full(self, shape: tuple[int, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of laboratories and measurands for results of the shape (…, p). Refused where they do not fit."""
        labs = self.labs or tuple(str(i + 1) for i in range(shape[-1]))
        size = int(np.prod(shape[:-1]))
        by_default = ("",) if len(shape) == 1 else tuple(str(i + 1) for i in range(size))
        measurands = self.measurands or by_default
        for name, row, wanted in (("labs", labs, shape[-1]), ("measurands", measurands, size)):
            if len(row) != wanted or len(set(row)) != wanted:
                raise Refused(finding("comparison.decision.names", name, n=len(set(row)), wanted=wanted))
        return labs, measurands


NAMELESS = Names()
"""Laboratories and measurands by their numbers."""


def decided(proposal: OutlierDecision, kept: bool, person: str, reason: str) -> OutlierDecision:
    """The proposal of a test with what a person decided. Raises Refused without a person or a reason.

    >>> seen = OutlierDecision("4", "C", "cochran", 0.724, 0.615, "outlier")
    >>> decided(seen, kept=False, person="demo person", reason="a vial was shared by two assays").kept
    False
    """
    made = replace(proposal, kept=kept, person=person.strip(), reason=reason.strip())
    _whole(made)
    return made


def kept_cells(decisions: Sequence[OutlierDecision], names: Names, shape: tuple[int, ...]) -> Array:
    """Which laboratories count for which measurand, shape (…, p): all but those that a decision does not keep.

    Of several decisions about one laboratory and measurand the last counts. Raises Refused for one that drops without a
    person or a reason, and for names that are not among `names`.
    """
    labs, measurands = names.full(shape)
    kept = np.ones((len(measurands), len(labs)), bool)
    for decision in decisions:
        if not decision.kept:
            _whole(decision)
        if decision.lab not in labs or decision.measurand not in measurands:
            raise Refused(finding("comparison.decision.foreign", "decisions", lab=decision.lab,
                                  measurand=decision.measurand))  # fmt: skip
        kept[measurands.index(decision.measurand), labs.index(decision.lab)] = decision.kept
    return kept.reshape(shape)


def _whole(decision: OutlierDecision) -> None:
    if not (decision.person.strip() and decision.reason.strip()):
        raise Refused(finding("comparison.decision.unsigned", "decisions", lab=decision.lab))
