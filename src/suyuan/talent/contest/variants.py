"""Variants: the same template with other true values and other readings for every person, from the seed of a contest.

Drawn numbers come from (seed, person, template) by `stream`; the true values are known, the readings are the true
values with the stated scatter, rounded to the resolution. A variant that would not be fair (the right treatment misses
the truth by more than U, a decision hangs on a rounding, a slip would not show) is drawn again, so that variants differ
in their numbers and not in how hard they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.certificate.certificate import Text
from suyuan.quantity.conformity.decision import decide
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.notation import MINUS
from suyuan.talent.contest.chart import first_signal
from suyuan.talent.contest.stream import Stream, key
from suyuan.talent.contest.tasks import CHOICES, Input, Template, evaluate, factor_k, number, spread, templates

MOST_TRIES = 400
CLEAR = 0.15
"""A decision is clear where the value is at least this part of U away from where the decision changes."""
SEEN = 0.3
"""A slip in the value is seen where it moves the value by at least this part of U."""
TYPICAL = (0.6, 1.6)
"""Of the stated scatter: a series that happens to lie closer, or further apart, is an easier or a harder one."""
LARGEST_U = 1.5
"""U_max of a task is this times the right U (proposed: published with the rubric)."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What nobody is shown before the answer is in. true: value of the generating model; value, u, U, k, dof: of the
    right treatment of the given numbers; decision, extra: right ones, «» and None where not asked; lower, upper,
    tolerance: of the decision and of the job, None without; budget: component → contribution |c|u."""

    true: float
    value: float
    u: float
    U: float
    k: float
    dof: float
    decision: str = ""
    extra: float | None = None
    lower: float | None = None
    upper: float | None = None
    tolerance: float | None = None
    budget: Mapping[str, float] | None = None

    @property
    def U_max(self) -> float:
        """The largest U that still passes."""
        return LARGEST_U * self.U

    @property
    def sigma_pt(self) -> float | None:
        """Standard deviation for proficiency assessment: a third of the half-width that the job allows."""
        return None if self.tolerance is None else self.tolerance / 3.0


@dataclass(frozen=True, slots=True)
class Variant:
    """A task for one person. id: «template/number»; text: filled in; inputs: as given; numbers: drawn numbers that are
    given; truth."""

    id: str
    template: Template
    person: str
    text: Text
    inputs: Mapping[str, Input]
    numbers: Mapping[str, float]
    truth: Truth

    def to_json(self) -> dict[str, Any]:
        """What the person is shown, without the truth."""
        return {
            "id": self.id,
            "topic": self.template.topic,
            "title": dict(self.template.title),
            "text": dict(self.text),
            "unit": self.template.unit,
            "k_rule": self.template.k,
            "asks": list(self.template.asks),
            "choices": [{"id": name, **CHOICES[name]} for name in self.template.decision.get("choices", ())],
            "extra": dict(self.template.rule["extra"]["title"]) if "extra" in self.template.asks else {},
            "given": [_given(one) for one in self.inputs.values() if one.kind != "exact"],
        }


@lru_cache(maxsize=2048)
def variant(template: str, seed: bytes, person: str, count: int = 0) -> Variant:
    """The variant of a template for a person; count: of several of one template.

    The same arguments give the same variant on every machine. Raises Refused for a template that is not known.

    >>> a, b = variant("gauge_block", b"seed", "A"), variant("gauge_block", b"seed", "B")
    >>> a == variant("gauge_block", b"seed", "A"), a.truth.true == b.truth.true
    (True, False)
    """
    known = templates()
    if template not in known:
        raise Refused(finding("contest.template.unknown", "template", template=template, known=", ".join(known)))
    row = known[template]
    for attempt in range(MOST_TRIES):
        stream = Stream(key(seed, person, template, str(count), str(attempt)))
        made = _draw(row, stream, f"{template}/{count}", person)
        if made is not None:
            return made
    raise Refused(finding("contest.template.unfair", "template", template=template, tries=MOST_TRIES))


def _draw(template: Template, stream: Stream, name: str, person: str) -> Variant | None:
    """One draw, or None where it would not be fair."""
    drawn, printed = _numbers(template, stream)
    true: dict[str, float] = dict(drawn)
    inputs: dict[str, Input] = {}
    for row in template.rule["inputs"]:
        inputs[row["name"]] = _input(row, stream, true)
    if not all(_typical(row, inputs[row["name"]]) for row in template.rule["inputs"]):
        return None
    values = {**drawn, **{one.name: one.value for one in inputs.values()}}
    exact = {n: _exact(n, drawn[n]) for n in drawn if n not in inputs}
    inputs.update(exact)
    result = evaluate(template.formula, inputs)
    y, u, dof = float(result.value), float(result.u), float(result.dof)
    k = factor_k(template.k, dof)
    U = k * u
    true_value = number(template.formula, true) if template.k else y
    if template.k and abs(y - true_value) > U:
        return None
    moved = [number(f, values) - y for f in template.alternatives.values()]
    if min((abs(m) for m in moved), default=math.inf) < (SEEN * U if template.k else 0.01):
        return None
    lower, upper = (_maybe(template.decision.get(side), values) for side in ("lower", "upper"))
    tolerance = number(template.tolerance, values) if template.tolerance else None
    decision, extra = _decided(template, inputs, values, (y, U, lower, upper))
    if decision is None:
        return None
    budget = _budget(template.formula, inputs)
    truth = Truth(true_value, y, u, U, k, dof, decision, extra, lower, upper, tolerance, budget)
    words = {n: one.printed for n, one in inputs.items()} | printed
    text = {language: sentence.format_map(words) for language, sentence in template.text.items()}
    return Variant(name, template, person, text, inputs, drawn, truth)


def _typical(row: Mapping[str, Any], one: Input) -> bool:
    """Whether the scatter of the readings is of the size that their generating model says."""
    if one.pooled or one.kind not in ("readings", "abba"):
        return True
    return TYPICAL[0] <= one.s / float(row["s"]) <= TYPICAL[1]


def _numbers(template: Template, stream: Stream) -> tuple[dict[str, float], dict[str, str]]:
    """Drawn numbers of a template, as floats and as printed."""
    drawn: dict[str, float] = {}
    printed: dict[str, str] = {}
    for name, spec in template.rule.get("draws", {}).items():
        if "choice" in spec:
            drawn[name] = float(stream.choice(spec["choice"]))
        elif "uniform" in spec:
            low, high = spec["uniform"]
            drawn[name] = low + (high - low) * float(stream.uniform(1)[0])
        else:
            drawn[name] = number(spec["is"], drawn)
        step = spec.get("step", 0.0)
        if step:
            drawn[name] = float(_rounded(drawn[name], step))
        printed[name] = _rounded(drawn[name], step).replace("-", MINUS) if step else format(drawn[name], "g")
    return drawn, printed


def _input(row: Mapping[str, Any], stream: Stream, true: dict[str, float]) -> Input:
    """One input as given; its true value joins the true values."""
    name, kind, step = row["name"], row["kind"], row.get("resolution", row.get("step", 0.0))
    label, unit = row.get("label", {}), row.get("unit", "")
    if kind in ("readings", "abba", "observed"):
        true[name] = number(row["true"], true)
        return _read(row, stream, true[name])
    if kind == "certificate":
        U, k = number(row["U"], true), float(row.get("k", 2.0))
        true[name] = number(row["true"], true)
        text = _rounded(true[name] + U / k * float(stream.normal(1)[0]), step)
        r = float(row.get("r", 0.0))
        return Input(name, label, unit, kind, float(text), text, U=U, k=k, with_=row.get("with", ""), r=r)
    if kind == "limit":
        half = number(row["half"], true)
        text = _rounded(number(row["value"], true), step)
        true[name] = float(text) + half * (2.0 * float(stream.uniform(1)[0]) - 1.0)
        return Input(name, label, unit, kind, float(text), text, half=half)
    text = _rounded(number(row["value"], true), step)
    true[name] = float(text)
    return Input(name, label, unit, "exact", float(text), text)


def _read(row: Mapping[str, Any], stream: Stream, true: float) -> Input:
    """Readings of a true value: scattered, rounded to the resolution."""
    name, kind, s, d = row["name"], row["kind"], float(row["s"]), float(row["resolution"])
    n = int(row.get("n", 1))
    label, unit = row.get("label", {}), row.get("unit", "")
    shift = np.asarray(row.get("shift", [0.0] * n), np.float64)
    if kind == "abba":
        rows, values = _cycles(row, stream, true)
        return Input(
            name, label, unit, kind, float(np.mean(values)), "", tuple(values), rows, spread(values), n - 1.0, n,
            resolution=d,
        )  # fmt: skip
    texts = [_rounded(true + s * float(z) + float(shift[i]), d) for i, z in enumerate(stream.normal(n))]
    values = np.array([float(t) for t in texts])
    mean = float(np.mean(values))
    shown = "" if n > 1 else texts[0]
    if kind == "observed":
        return Input(name, label, unit, kind, mean, shown, tuple(values), tuple((t,) for t in texts), n=n, resolution=d)
    pooled = float(row.get("pooled_dof", 0.0))
    scatter = s if pooled else spread(values)
    return Input(
        name, label, unit, kind, mean, shown, tuple(values), tuple((t,) for t in texts), scatter,
        pooled or n - 1.0, n, bool(pooled), d, row.get("counted", True),
    )  # fmt: skip


def _cycles(
    row: Mapping[str, Any], stream: Stream, true: float
) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.float64]]:
    """Weighings A B B A with a drift of the balance: the difference B − A of each cycle is free of it."""
    n, s, d, drift = int(row["n"]), float(row["s"]), float(row["resolution"]), float(row["drift"])
    start = float(row.get("start", 0.0)) + 20.0 * d * float(stream.uniform(1)[0])
    rows, values = [], []
    for i in range(n):
        noise = s * stream.normal(4)
        level = [start + drift * (4 * i + j) for j in range(4)]
        sides = (0.0, true, true, 0.0)
        texts = tuple(_rounded(level[j] + sides[j] + float(noise[j]), d) for j in range(4))
        a1, b1, b2, a2 = (float(t) for t in texts)
        rows.append(texts)
        values.append(0.5 * (b1 + b2 - a1 - a2))
    return tuple(rows), np.asarray(values)


def _decided(
    template: Template, inputs: Mapping[str, Input], values: Mapping[str, float],
    result: tuple[float, float, float | None, float | None],
) -> tuple[str | None, float | None]:  # fmt: skip
    """The right decision and the extra number, None as decision where it would hang on a rounding."""
    rule, (y, U, lower, upper) = template.decision, result
    extra = template.rule.get("extra")
    asked = number(extra["is"], values) if extra and "is" in extra else None
    if not rule:
        return "", asked
    kind = rule["rule"]
    if kind == "guard":
        edges = [x for limit in (lower, upper) if limit is not None for x in (limit - U, limit + U)]
        if min(abs(y - edge) for edge in edges) < CLEAR * U:
            return None, None
        return decide(y, U, lower, upper).state, asked
    if kind == "below":
        limit = float(rule["limit"])
        return (None if abs(abs(y) - limit) < 0.05 else "pass" if abs(y) <= limit else "fail"), asked
    if kind == "all":
        sizes, limit = [abs(number(check, values)) for check in rule["checks"]], number(rule["limit"], values)
        clear = min(abs(size - limit) for size in sizes) > float(rule["clear"])
        return (None if not clear else "pass" if max(sizes) <= limit else "fail"), asked
    points = [x for name in rule["readings"] for x in inputs[name].readings]
    centre, s = number(rule["centre"], values), number(rule["s"], values)
    point, clear = first_signal(points, centre, s)
    return (None if not clear else "signal" if point else "none"), float(point)


def _budget(formula: str, inputs: Mapping[str, Input]) -> dict[str, float]:
    """Component → |c|·u of the right treatment, each component alone in the model."""
    found: dict[str, float] = {}
    parts = {(one.name, part) for one in inputs.values() for part in one.components()}
    for name, part in sorted(parts):
        alone = {other: 0.0 for other in parts if other != (name, part)}
        found[f"{name}.{part}"] = float(evaluate(formula, inputs, alone, correlated=False).u)
    return {name: size for name, size in found.items() if size > 0.0}


def _exact(name: str, value: float) -> Input:
    return Input(name, {}, "", "exact", value, format(value, "g"))


def _maybe(formula: str | float | None, known: Mapping[str, float]) -> float | None:
    return None if formula is None else number(formula, known)


def _rounded(value: float, step: float) -> str:
    """A number as an instrument shows it: the nearest multiple of its step, with the decimals of the step.

    >>> _rounded(1.23456, 0.02), _rounded(-0.0001, 0.01), _rounded(12.3, 5)
    ('1.24', '0.00', '10')
    """
    if not step:
        return repr(float(value))
    unit = Decimal(str(step))
    whole = Decimal(round(value / step)) * unit
    return format(whole or abs(whole), "f")


def _given(one: Input) -> dict[str, Any]:
    """An input as a page shows it; numbers as text."""
    row: dict[str, Any] = {"name": one.name, "kind": one.kind, "label": dict(one.label), "unit": one.unit}
    if one.printed:
        row["value"] = one.printed.replace("-", MINUS)
    if one.rows:
        row["rows"] = [[text.replace("-", MINUS) for text in line] for line in one.rows]
        row["columns"] = ["A₁", "B₁", "B₂", "A₂"] if one.kind == "abba" else [one.name]
    if one.kind in ("readings", "abba", "observed"):
        row["resolution"] = format(one.resolution, "g")
    if one.pooled:
        row |= {"s": format(one.s, "g"), "s_dof": format(one.dof, "g")}
    if one.kind == "certificate":
        row |= {"U": format(one.U, "g"), "k": format(one.k, "g")}
        row |= {"correlated_with": one.with_, "r": format(one.r, "g")} if one.with_ else {}
    if one.kind == "limit":
        row["half_width"] = format(one.half, "g")
    return row


def variants(chosen: Sequence[str], seed: bytes, person: str) -> tuple[Variant, ...]:
    """The variants of several templates for a person; a template that is named twice gives two."""
    return tuple(variant(name, seed, person, list(chosen[:i]).count(name)) for i, name in enumerate(chosen))
