"""Attribute agreement: do appraisers decide alike, does each decide alike twice, and do they decide right?

Cohen's kappa κ = (p_o − p_e)/(1 − p_e): p_o observed share of equal decisions, p_e the share that chance would give
with the frequencies of both. Fleiss' kappa is the same for all appraisers at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.assurance.criteria import criterion
from suyuan.assurance.observations import even
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class AttributeAgreement:
    """Result of an attribute study of a appraisers, p parts, r trials.

    categories: in the order of their text; kappa: (a, a), Cohen's over all decisions in order, 1 on the diagonal, nan
    where it is unknown; kappa_reference: (a,), against the reference, None without one; n_consistent: (a,) parts on
    which all own trials agree; n_right: (a,) parts on which all own trials agree with the reference, None without one;
    n_all_agree: parts on which every decision of everyone agrees; fleiss: over all appraisers, decisions as items;
    fleiss_within: (a,), own trials as raters, nan with one trial.
    """

    appraisers: tuple[str, ...]
    categories: tuple[str, ...]
    parts: int
    kappa: Array
    kappa_reference: Array | None
    n_consistent: Array
    n_right: Array | None
    n_all_agree: int
    fleiss: float
    fleiss_within: Array


def attribute_agreement(
    appraisers: Sequence[str], decisions: Any, reference: Sequence[Any] | None = None, where: str = "agreement"
) -> tuple[AttributeAgreement, tuple[Finding, ...]]:
    """Cohen's kappa of each pair of appraisers and against a reference, own consistency, Fleiss' kappa.

    appraisers: names; decisions: shape (appraisers, parts, trials), words or whole numbers; reference: the right
    decision of each part. Returns the study and findings. Raises Refused.

    >>> d = [[[1, 1], [0, 0], [1, 0], [0, 0]], [[1, 1], [0, 0], [0, 0], [0, 1]]]
    >>> a, _ = attribute_agreement(["A", "B"], d, [1, 0, 0, 0])
    >>> round(float(a.kappa[0, 1]), 4), a.n_consistent.tolist(), a.n_right.tolist()
    (0.4667, [3, 3], [3, 3])

    Source: Cohen, Educational and Psychological Measurement 20 (1960) 37–46; AIAG MSA, 4th ed., chapter III, part C.
    """
    names = _names(appraisers, where)
    codes, categories = _coded(decisions, names, where)
    a, p, r = codes.shape
    right: Array | None = None
    if reference is not None:
        categories, codes, right = _joined(categories, codes, _right(reference, p, where))
    m = len(categories)
    flat = codes.reshape(a, p * r)
    kappa = np.array([[cohen(x, y, m) if i != j else 1.0 for j, y in enumerate(flat)] for i, x in enumerate(flat)])
    against = n_right = None
    same = np.all(codes == codes[:, :, :1], axis=2)
    if right is not None:
        against = np.array([cohen(x, np.repeat(right, r), m) for x in flat])
        n_right = np.sum(same & (codes[:, :, 0] == right), axis=1)
    everyone = np.all(codes == codes[:1, :, :1], axis=(0, 2))
    within = np.array([fleiss(row.T, m) if r > 1 else math.nan for row in codes])
    result = AttributeAgreement(
        names, tuple(str(c) for c in categories), p, kappa, against, np.sum(same, axis=1), n_right,
        int(np.sum(everyone)), fleiss(flat, m) if a > 1 else math.nan, within,
    )  # fmt: skip
    return result, tuple(_said(result, where))


def cohen(x: Array, y: Array, categories: int) -> float:
    """Cohen's kappa of two rows of category numbers; nan where chance alone gives full agreement.

    >>> cohen(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]), 2)
    0.5
    """
    counts = np.bincount(x * categories + y, minlength=categories**2).reshape(categories, categories) / x.size
    observed, chance = float(np.trace(counts)), float(counts.sum(axis=1) @ counts.sum(axis=0))
    return (observed - chance) / (1.0 - chance) if chance < 1.0 - 1e-12 else math.nan


def fleiss(raters: Array, categories: int) -> float:
    """Fleiss' kappa; raters: (raters, items) category numbers. nan where all decisions are the same.

    Source: Fleiss, Psychological Bulletin 76 (1971) 378–382.
    """
    n = raters.shape[0]
    counts = np.array([np.sum(raters == c, axis=0) for c in range(categories)])
    share = counts.sum(axis=1) / counts.sum()
    agreed = (np.sum(np.square(counts), axis=0) - n) / (n * (n - 1))
    chance = float(np.sum(np.square(share)))
    return (float(np.mean(agreed)) - chance) / (1.0 - chance) if chance < 1.0 - 1e-12 else math.nan


def _names(appraisers: Any, where: str) -> tuple[str, ...]:
    ok = isinstance(appraisers, list | tuple) and len(appraisers) > 0
    names = tuple(str(name).strip() for name in appraisers) if ok else ()
    if not names or not all(names) or len(set(names)) < len(names):
        raise Refused(finding("assurance.agreement.names", f"{where}.appraisers"))
    return names


def _coded(decisions: Any, names: tuple[str, ...], where: str) -> tuple[Array, list[Any]]:
    """Decisions as numbers of categories, (a, p, r), and the categories."""
    place = f"{where}.decisions"
    even(decisions, place, 3)
    array = np.array(decisions, dtype=object)
    if array.ndim != 3 or 0 in array.shape:
        shape = "×".join(map(str, array.shape))
        zh, en = "评价人 × 零件 × 重复次数", "appraisers × parts × trials"
        raise Refused(finding("assurance.study.shape", place, axes_zh=zh, axes_en=en, got=shape))
    if array.shape[0] != len(names):
        text = f"appraisers {len(names)}, decisions {array.shape[0]}"
        raise Refused(finding("assurance.study.lengths", where, lengths=text))
    flat = [_category(value, place) for value in array.ravel()]
    categories = sorted(set(flat), key=lambda c: (isinstance(c, str), c))
    number = {c: i for i, c in enumerate(categories)}
    return np.array([number[c] for c in flat], np.int64).reshape(array.shape), categories


def _category(value: Any, where: str) -> Any:
    """A category: a word, a whole number or true/false; a missing decision is none."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.integer | np.floating) and float(value).is_integer():
        return int(value)
    raise Refused(finding("assurance.agreement.category", where, given=str(value)[:40]))


def _right(reference: Any, parts: int, where: str) -> list[Any]:
    place = f"{where}.reference"
    if not isinstance(reference, list | tuple) or len(reference) != parts:
        got = len(reference) if isinstance(reference, list | tuple) else 0
        raise Refused(finding("assurance.study.lengths", place, lengths=f"parts {parts}, reference {got}"))
    return [_category(value, place) for value in reference]


def _joined(categories: list[Any], codes: Array, right: list[Any]) -> tuple[list[Any], Array, Array]:
    """Categories of decisions and reference together, and both as their numbers."""
    every = sorted({*categories, *right}, key=lambda c: (isinstance(c, str), c))
    number = {c: i for i, c in enumerate(every)}
    moved = np.array([number[c] for c in categories], np.int64)
    return every, moved[codes], np.array([number[c] for c in right], np.int64)


def _said(result: AttributeAgreement, where: str) -> list[Finding]:
    told, limits = [], criterion("kappa")
    low, high = f"{limits.low:g}", f"{limits.high:g}"
    pairs = [
        (f"{first} – {second}", result.kappa[i, j])
        for i, first in enumerate(result.appraisers)
        for j, second in enumerate(result.appraisers)
        if i < j
    ]
    if result.kappa_reference is not None:
        pairs += [(f"{name} – reference", k) for name, k in zip(result.appraisers, result.kappa_reference, strict=True)]
    unknown = [pair for pair, k in pairs if math.isnan(k)]
    poor = [f"{pair} {k:.2f}" for pair, k in pairs if k < limits.low]
    if len(result.categories) < 2:
        told.append(finding("assurance.agreement.one_category", where, category=result.categories[0]))
    elif unknown:
        told.append(finding("assurance.agreement.unknown", where, "warning", pairs="; ".join(unknown)))
    if poor:
        told.append(finding("assurance.agreement.poor", where, "warning", limits.rule, pairs="; ".join(poor), low=low))
    fair = [f"{pair} {k:.2f}" for pair, k in pairs if limits.low <= k < limits.high]
    if fair:
        told.append(finding("assurance.agreement.fair", where, "note", limits.rule, pairs="; ".join(fair), high=high))
    return told
