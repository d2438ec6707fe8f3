"""Nested gauge study: each operator has parts of its own, because measuring destroys or changes the part.

The trials of a part are then pieces of one batch that is taken as homogeneous, so what differs between the pieces
cannot be told from repeatability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc

from suyuan.assurance.gauge_rr import Components, components, judged, ratio, varied
from suyuan.assurance.observations import above_zero, column, table
from suyuan.quantity.finding import Finding, finding


@dataclass(frozen=True, slots=True)
class NestedGaugeRR:
    """Result of a nested study.

    SS_operator, SS_part (within operators), SS_repeat with their degrees of freedom; F and p of operators against parts
    and of parts against repeatability, nan where unknown; components: as in a crossed study, without interaction.
    """

    SS_operator: float
    SS_part: float
    SS_repeat: float
    dof_operator: int
    dof_part: int
    dof_repeat: int
    F_operator: float
    p_operator: float
    F_part: float
    p_part: float
    components: Components


def gauge_rr_nested(
    readings: ArrayLike,
    tolerance: float | None = None,
    sigma_multiples: Sequence[float] = (6.0,),
    where: str = "gauge_rr",
) -> tuple[NestedGaugeRR, tuple[Finding, ...]]:
    """Nested (destructive) gauge study by analysis of variance.

    s_rep² = MS_rep, s_part² = (MS_part − MS_rep)/r, s_op² = (MS_op − MS_part)/(p·r); negative ones are 0.
    readings: shape (operators, parts of the operator, trials), each at least 2; tolerance: width. Returns the study and
    findings. Raises Refused.

    >>> x = [[[1.0, 3.0], [5.0, 7.0]], [[2.0, 4.0], [2.0, 4.0]]]
    >>> n, _ = gauge_rr_nested(x)
    >>> round(n.SS_repeat, 9), round(n.components.s_repeatability**2, 9), round(n.components.s_part**2, 9)
    (8.0, 2.0, 3.0)

    Source: three-level nested analysis, as `quantity.type_a.nested`; its use in AIAG MSA, 4th ed., chapter IV (from
    memory).
    """
    x = table(readings, f"{where}.readings", ("operator", "part", "trial"), (2, 2, 2))
    varied(x, where)
    width = None if tolerance is None else above_zero(tolerance, f"{where}.tolerance")
    multiples = column(sigma_multiples, f"{where}.sigma_multiples")
    o, p, r = x.shape
    x = x - np.mean(x)
    cells, operators = np.mean(x, axis=2), np.mean(x, axis=(1, 2))
    SS = (
        p * r * float(np.sum(np.square(operators - np.mean(operators)))),
        r * float(np.sum(np.square(cells - operators[:, None]))),
        float(np.sum(np.square(x - cells[:, :, None]))),
    )
    dof = (o - 1, o * (p - 1), o * p * (r - 1))
    MS = [s / d for s, d in zip(SS, dof, strict=True)]
    F = (ratio(MS[0], MS[1]), ratio(MS[1], MS[2]))
    P = [float(fdtrc(dof[i], dof[i + 1], f)) if math.isfinite(f) else math.nan for i, f in enumerate(F)]
    parts = components(MS[2], (MS[0] - MS[1]) / (p * r), 0.0, (MS[1] - MS[2]) / r, width, tuple(multiples.tolist()))
    result = NestedGaugeRR(*SS, *dof, F[0], P[0], F[1], P[1], parts)
    found = [finding("assurance.grr.within_batch", where, "note")]
    for zh, en, low in (("操作者", "operator", MS[0] < MS[1]), ("零件", "part", MS[1] < MS[2])):
        if low:
            found.append(finding("assurance.grr.negative", where, "note", component_zh=zh, component_en=en))
    return result, (*found, *judged(parts.percent_GRR, parts.ndc, where, parts.percent_tolerance))
