"""A case being written: what a person typed, as typed; and the case document that it means.

A draft never loses anything: fields that the page does not show (further outputs, wants of other programs, comments)
travel with it unchanged. What is no number stays in its field and becomes a finding.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from suyuan.quantity.finding import Finding, finding
from suyuan.site.acts.evaluating import wants
from suyuan.site.acts.evaluating.columns import readings_of
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.acts.evaluating.wants import Methods
from suyuan.site.terms import term

KINDS = (
    "certificate", "normal", "expanded", "observations", "rectangular", "triangular", "arcsine", "trapezoid",
    "curvilinear_trapezoid", "student_t", "student_t_std", "gamma", "exponential", "constant",
)  # fmt: skip
"""How an input is given, as the page offers it; «other» keeps what only the case form knows."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    "normal": ("mean", "std"), "expanded": ("mean", "U", "k"), "rectangular": ("centre", "half_width"),
    "triangular": ("centre", "half_width"), "arcsine": ("centre", "half_width"),
    "trapezoid": ("centre", "half_width", "beta"), "curvilinear_trapezoid": ("centre", "half_width", "d"),
    "student_t": ("location", "scale", "dof"), "student_t_std": ("mean", "std", "dof"), "gamma": ("shape", "scale"),
    "exponential": ("mean",), "constant": ("value",),
}  # fmt: skip
SLOTS = ("a", "b", "k")
WITHOUT_DOF = frozenset(("certificate", "observations", "constant", "student_t", "student_t_std"))
"""Kinds whose degrees of freedom are no field of their own: they follow, or are a parameter."""
MOST_ROWS = 60
OWN = frozenset(
    ("title", "model", "definitions", "inputs", "correlations", "unit", "limits", "guard_factor", "day", "evaluation",
     "coverage_probability", "truncate_dof", "want", "trials", "digits", "interval", "seed")
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One input as typed. raw: the entry of the case where the kind is «other», as JSON text."""

    name: str = ""
    label_zh: str = ""
    label_en: str = ""
    kind: str = "normal"
    a: str = ""
    b: str = ""
    k: str = ""
    dof: str = ""
    unit: str = ""
    source: str = ""
    values: str = ""
    issuer: str = ""
    number: str = ""
    sha256: str = ""
    place: str = ""
    index: str = ""
    at: str = ""
    raw: str = ""

    @property
    def empty(self) -> bool:
        """Nothing was typed into it."""
        typed = (self.name, self.a, self.b, self.values, self.number, self.label_zh, self.label_en, self.source)
        return not any(part.strip() for part in typed)


ROW_FIELDS = tuple(Row.__dataclass_fields__)


@dataclass(frozen=True)
class Target:
    """An output as typed: name («» where the model is one expression), unit, limits."""

    name: str = ""
    unit: str = ""
    lower: str = ""
    upper: str = ""


@dataclass(frozen=True)
class Draft:
    """The whole form. evaluation: identity of the case's own influences; same: it stays as it is, because the same
    measurement is evaluated again; rest: what the page does not show, as JSON text."""

    title_zh: str = ""
    title_en: str = ""
    model: str = ""
    definitions: str = ""
    rows: tuple[Row, ...] = ()
    correlations: tuple[tuple[str, str, str], ...] = ()
    targets: tuple[Target, ...] = (Target(),)
    guard: str = ""
    p: str = ""
    truncate: bool = False
    day: str = ""
    evaluation: str = ""
    same: bool = False
    rest: str = ""
    methods: Methods = field(default_factory=Methods)

    def with_row(self, row: Row) -> Draft:
        """One more input; empty rows in front of it are dropped."""
        return replace(self, rows=(*(r for r in self.rows if not r.empty), row))


# ---------------------------------------------------------------- from the page


def from_form(given: Mapping[str, str]) -> Draft:
    """The draft that a page sent."""

    def text(name: str, most: int = 400) -> str:
        return given.get(name, "")[:most]

    rows = []
    for n in range(min(MOST_ROWS, _count(text("inputs")))):
        fields = {f: given.get(f"in-{n}-{f}", "")[: 200_000 if f in ("values", "raw") else 400] for f in ROW_FIELDS}
        rows.append(Row(**fields))
    joined = [
        (text(f"r-{n}-a"), text(f"r-{n}-b"), text(f"r-{n}-r")) for n in range(min(200, _count(text("correlations"))))
    ]
    targets = [
        Target(text(f"out-{n}-name"), text(f"out-{n}-unit"), text(f"out-{n}-lower"), text(f"out-{n}-upper"))
        for n in range(min(40, _count(text("outputs"))))
    ]
    draft = Draft(
        text("title_zh"), text("title_en"), text("model", 20_000), text("definitions", 20_000), tuple(rows),
        tuple(joined), tuple(targets) or (Target(),), text("guard"), text("p"), text("truncate") == "1", text("day"),
        text("evaluation"), text("same") == "1", text("rest", 200_000), wants.from_form(given),
    )  # fmt: skip
    return replace(draft, targets=_targets(draft))


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _targets(draft: Draft) -> tuple[Target, ...]:
    """One target for each output of the model; what was typed for an output stays with its name."""
    names = [name for name, _ in named_lines(draft.model)[0]] if several(draft.model) else [""]
    known = {target.name: target for target in draft.targets}
    one = draft.targets[0] if len(draft.targets) == 1 else Target()
    return tuple(known.get(name, replace(one, name=name)) for name in names)


def several(model: str) -> bool:
    """Whether the model gives several results: each line «name = expression»."""
    lines = [line for line in model.splitlines() if line.strip()]
    return bool(lines) and all(_named(line) is not None for line in lines)


def _named(line: str) -> tuple[str, str] | None:
    head, sign, tail = line.partition("=")
    return (head.strip(), tail.strip()) if sign and head.strip().isidentifier() and not tail.startswith("=") else None


def named_lines(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Lines «name = expression»: pairs, and the lines that are none."""
    pairs, wrong = [], []
    for line in text.splitlines():
        if line.strip():
            pair = _named(line)
            if pair is None:
                wrong.append(line.strip()[:80])
            else:
                pairs.append(pair)
    return pairs, wrong


# ---------------------------------------------------------------- the case document


def document(draft: Draft) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The case document of a draft, and what in it is no number or no formula line. Empty rows are left out."""
    reader = _Reader()
    body: dict[str, Any] = _rest(draft.rest)
    body["model"] = _model(draft.model, reader)
    definitions, wrong = named_lines(draft.definitions)
    for line in wrong:
        reader.wrong("site.evaluate.definition", "definitions", line=line)
    if definitions:
        body["definitions"] = dict(definitions)
    typed = (row for row in draft.rows if not row.empty)
    body["inputs"] = [reader.entry(row, f"/input/inputs/{n}") for n, row in enumerate(typed)]
    joined = [
        [a.strip(), b.strip(), reader.number(r, f"correlations/{n}", f"r({a}, {b})")]
        for n, (a, b, r) in enumerate(draft.correlations)
        if r.strip() and a.strip() and b.strip()
    ]
    if joined:
        body["correlations"] = joined
    _results(draft, body, reader)
    title = {k: v.strip() for k, v in (("zh", draft.title_zh), ("en", draft.title_en)) if v.strip()}
    for name, value in (("title", title), ("day", draft.day.strip()), ("evaluation", draft.evaluation)):
        if value:
            body[name] = value
    if draft.guard.strip():
        body["guard_factor"] = reader.number(draft.guard, "guard_factor", term("evaluate.guard"))
    if draft.p.strip():
        body["coverage_probability"] = reader.number(draft.p, "coverage_probability", term("evaluate.p"))
    if draft.truncate:
        body["truncate_dof"] = True
    wants.to_case(draft.methods, body, reader.number)
    return {"kind": "model", "input": body}, tuple(reader.findings)


def _rest(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        found = {}
    return {k: v for k, v in found.items() if k not in OWN} if isinstance(found, dict) else {}


def _model(text: str, reader: _Reader) -> Any:
    if several(text):
        pairs = named_lines(text)[0]
        return pairs[0][1] if len(pairs) == 1 else dict(pairs)
    return " ".join(text.split("\n")).strip()


def _results(draft: Draft, body: dict[str, Any], reader: _Reader) -> None:
    units = {t.name: t.unit.strip() for t in draft.targets if t.unit.strip()}
    limits: dict[str, dict[str, float]] = {}
    for target in draft.targets:
        ends = {}
        for side, text in (("lower", target.lower), ("upper", target.upper)):
            if text.strip():
                ends[side] = reader.number(
                    text, f"limits/{target.name}/{side}", f"{target.name} {term(f'evaluate.{side}')}".strip()
                )
        if ends:
            limits[target.name] = ends
    single = not isinstance(body["model"], dict)
    if units:
        body["unit"] = next(iter(units.values())) if single else units
    if limits:
        body["limits"] = next(iter(limits.values())) if single else limits


class _Reader:
    """Turns typed text into numbers and keeps what is none."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def wrong(self, code: str, where: str, **told: str) -> None:
        self.findings.append(finding(code, where, "error", "", **told))

    def number(self, text: str, where: str, name: str) -> float:
        value = number_of(text)
        if value is None:
            self.wrong(
                "site.evaluate.number" if text.strip() else "site.evaluate.empty", where, name=name, given=text[:40]
            )
            return 0.0
        return value

    def entry(self, row: Row, where: str) -> dict[str, Any]:
        """One input of the case; where: its place there."""
        name = row.name.strip()
        entry: dict[str, Any] = {"name": name}
        if row.kind == "other":
            kept = _rest(row.raw)
            entry |= {k: kept[k] for k in ("distribution", "parameters") if k in kept}
        else:
            entry["distribution"] = "normal" if row.kind == "expanded" else row.kind
            entry["parameters"] = self._parameters(row, f"{where}/parameters")
        label = {k: v.strip() for k, v in (("zh", row.label_zh), ("en", row.label_en)) if v.strip()}
        if label:
            entry["label"] = label
        if row.unit.strip():
            entry["unit"] = row.unit.strip()
        if row.source.strip():
            entry["source"] = row.source.strip()
        if row.dof.strip() not in ("", "∞", "inf") and row.kind not in WITHOUT_DOF:
            entry["dof"] = self.number(row.dof, f"{where}/dof", f"{name} ν")
        return entry

    def _parameters(self, row: Row, where: str) -> dict[str, Any]:
        if row.kind == "certificate":
            return self._certificate(row, where)
        if row.kind == "observations":
            values, wrong, doubts = readings_of(row.values, f"{where}/values")
            self.findings.extend(doubts)
            if wrong:
                self.wrong("site.evaluate.readings", f"{where}/values", name=row.name, given=", ".join(wrong[:6]))
            return {"values": values}
        given = dict(zip(SLOTS, (row.a, row.b, row.k), strict=True))
        return {
            key: self.number(given[slot], f"{where}/{key}", f"{row.name} {term(f'evaluate.slot.{key}')}".strip())
            for key, slot in zip(FIELDS.get(row.kind, ()), SLOTS, strict=False)
        }

    def _certificate(self, row: Row, where: str) -> dict[str, Any]:
        parameters: dict[str, Any] = {"issuer": row.issuer, "number": row.number, "place": row.place}
        if row.sha256:
            parameters["sha256"] = row.sha256
        if row.index.strip().isdecimal():
            parameters["index"] = int(row.index)
        if row.at.strip():
            parameters["at"] = self.number(row.at, f"{where}/at", f"{row.name} {term('evaluate.at')}")
        return parameters


# ---------------------------------------------------------------- from a case document


def from_case(case: Mapping[str, Any]) -> Draft:
    """The draft of a case document, whatever it holds; what the page cannot show stays in `rest` and `raw`."""
    inner = case.get("input")
    body: Mapping[str, Any] = inner if isinstance(inner, dict) else {}
    model, definitions = body.get("model"), body.get("definitions")
    texts = model if isinstance(model, dict) else None
    joined = [tuple(str(x) for x in row) for row in _list(body.get("correlations")) if len(_list(row)) == 3]
    title = _text(body.get("title"))
    draft = Draft(
        title.get("zh", ""), title.get("en", ""),
        "\n".join(f"{k} = {v}" for k, v in texts.items()) if texts is not None else str(model or ""),
        "\n".join(f"{k} = {v}" for k, v in definitions.items()) if isinstance(definitions, dict) else "",
        tuple(_row(entry) for entry in _list(body.get("inputs")) if isinstance(entry, dict))[:MOST_ROWS],
        tuple((a, b, r) for a, b, r in joined), (), _shown(body.get("guard_factor")),
        _shown(body.get("coverage_probability")), body.get("truncate_dof") is True, str(body.get("day") or ""),
        str(body.get("evaluation") or ""),
        rest=json.dumps({k: v for k, v in body.items() if k not in OWN}, ensure_ascii=False),
        methods=wants.from_case(body),
    )  # fmt: skip
    names = list(texts) if texts is not None else [""]
    return replace(draft, targets=tuple(_target(name, body, texts is None) for name in names))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _text(value: Any) -> Mapping[str, str]:
    if isinstance(value, str):
        return {"zh": value}
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "")


def _target(name: str, body: Mapping[str, Any], single: bool) -> Target:
    unit, limits = body.get("unit"), body.get("limits")
    if isinstance(unit, dict):
        unit = unit.get(name)
    if isinstance(limits, dict) and not single and not set(limits) <= {"lower", "upper"}:
        limits = limits.get(name)
    ends: Mapping[str, Any] = limits if isinstance(limits, dict) else {}
    return Target(name, str(unit or ""), _shown(ends.get("lower")), _shown(ends.get("upper")))


def _row(entry: Mapping[str, Any]) -> Row:
    distribution, given = str(entry.get("distribution") or ""), entry.get("parameters")
    parameters: Mapping[str, Any] = given if isinstance(given, dict) else {}
    label = _text(entry.get("label"))
    row = Row(
        str(entry.get("name") or ""), label.get("zh", ""), label.get("en", ""), dof=_shown(entry.get("dof")),
        unit=str(entry.get("unit") or ""), source=str(entry.get("source") or ""),
    )  # fmt: skip
    if distribution == "certificate":
        names = ("issuer", "number", "sha256", "place", "index", "at")
        return replace(row, kind="certificate", **{n: _given(parameters.get(n)) for n in names})
    if distribution == "observations" and all(isinstance(x, int | float) for x in _list(parameters.get("values"))):
        return replace(row, kind="observations", values="\n".join(_shown(x) for x in _list(parameters.get("values"))))
    kind = "expanded" if distribution == "normal" and set(parameters) == {"mean", "U", "k"} else distribution
    if set(parameters) == set(FIELDS.get(kind, ("",))):
        filled = {slot: _shown(parameters[key]) for key, slot in zip(FIELDS[kind], SLOTS, strict=False)}
        return replace(row, kind=kind, **filled)
    raw = json.dumps({"distribution": distribution, "parameters": parameters}, ensure_ascii=False)
    return replace(row, kind="other", raw=raw)


def _given(value: Any) -> str:
    return "" if value is None else str(value)


def rows_named(draft: Draft) -> Iterable[str]:
    """The names of the inputs that are filled in."""
    return (row.name.strip() for row in draft.rows if not row.empty and row.name.strip())
