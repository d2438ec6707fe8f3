"""Tasks and papers as they stand on a page: what is given, the form of an answer, and what became of it.

Practice and contests show the same parts; where no grade is handed in, nothing of the truth is in the context.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from suyuan.quantity.finding import Finding, sentences
from suyuan.quantity.notation import notate
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits, plain, unit_html
from suyuan.site.web.parts.rows import SEVERITY
from suyuan.site.web.parts.text import term_html, text_html
from suyuan.site.web.shown import sym
from suyuan.talent.contest.answers import read_answer
from suyuan.talent.contest.grading import ItemGrade
from suyuan.talent.contest.rubric import Rubric
from suyuan.talent.contest.tasks import CHOICES, Template
from suyuan.talent.contest.theory import Paper, PaperMarks, right_letters
from suyuan.talent.contest.variants import LARGEST_U, Variant

NUMBERS = ("value", "U", "k", "dof", "extra")
TEXTS = ("unit", "decision", "result")
LINES = 8
"""Lines of an own budget that a form offers."""
LONGEST = 400
_NAME = re.compile(r"([A-Za-z]+)_?([0-9a-z]*)")
_IN_TEXT = re.compile(r"(?<![A-Za-z0-9_&])([A-Za-zνζχκ])_([A-Za-z0-9]{1,3})(?![A-Za-z0-9_])")


def symbol(name: str) -> SafeString:
    """A name of a task as a symbol: `a_x` 𝑎ₓ, `x1` 𝑥₁."""
    found = _NAME.fullmatch(name)
    return sym(found[1], found[2]) if found else format_html("{}", name)


def symbols(html: SafeString) -> SafeString:
    """Names such as e_s in a text as symbols with their subscripts; the text is safe already."""
    return mark_safe(_IN_TEXT.sub(lambda m: sym(m[1], m[2]), html))


# ---------------------------------------------------------------- what is given


def task(variant: Variant) -> dict[str, Any]:
    """A task as the page shows it, without the truth."""
    shown = variant.to_json()
    singles = [_single(row) for row in shown["given"] if "value" in row]
    series = [row for row in shown["given"] if "rows" in row and "value" not in row]
    return {
        "id": shown["id"], "title": shown["title"],
        "text": symbols(text_html(shown["text"])),
        "title_html": symbols(text_html(shown["title"], beside=True)), "unit": shown["unit"],
        "unit_html": unit_html(shown["unit"]), "asks": shown["asks"], "choices": shown["choices"],
        "extra": text_html(shown["extra"]) if shown["extra"] else "", "singles": singles,
        "tables": [_readings(rows) for rows in _alike(series)], "k_rule": shown["k_rule"],
        "level": variant.template.level, "topic": variant.template.topic,
    }  # fmt: skip


def _single(row: Mapping[str, Any]) -> dict[str, Any]:
    """One number that is given, with what makes it uncertain in words."""
    unit = _unit(row["unit"])
    said: list[SafeString] = []
    if "U" in row:
        said.append(format_html("{} = {}{}，{} = {}" if current() == "zh" else "{} = {}{}, {} = {}",
                                sym("U"), digits(row["U"]), unit, sym("k"), digits(row["k"])))  # fmt: skip
    if "correlated_with" in row:
        said.append(format_html("{} = {} ({})", sym("r"), digits(row["r"]), symbol(row["correlated_with"])))
    if "half_width" in row:
        said.append(format_html("± {}{}", digits(row["half_width"]), unit))
    said += _scatter(row)
    return {
        "symbol": symbol(row["name"]), "label": text_html(row["label"]) if row["label"] else "",
        "value": digits(row["value"]), "unit": unit, "kind": f"exam.kind.{row['kind']}",
        "said": mark_safe("; ".join(said)),
    }  # fmt: skip


def _unit(unit: str) -> SafeString:
    """A unit behind a number; one that begins with a power of ten is multiplied."""
    return format_html(" × {}", unit_html(unit)) if unit.startswith("10") else unit_html(unit)


def _scatter(row: Mapping[str, Any]) -> list[SafeString]:
    unit = unit_html(row["unit"])
    said = []
    if row.get("resolution"):
        said.append(format_html("{} {}{}", term("exam.resolution"), digits(row["resolution"]), unit))
    if "s" in row:
        said.append(format_html("{} = {}{}, {} = {}", sym("s"), digits(row["s"]), unit, sym("ν"), digits(row["s_dof"])))
    return said


def _alike(series: Sequence[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    """Series of readings of equal length and one column stand in one table."""
    groups: list[list[Mapping[str, Any]]] = []
    for row in series:
        key = (len(row["rows"]), len(row["columns"]))
        if groups and key[1] == 1 and (len(groups[-1][0]["rows"]), len(groups[-1][0]["columns"])) == key:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _readings(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    unit = rows[0]["unit"]
    names = [symbol(c) if row["kind"] != "abba" else format_html("{}", c) for row in rows for c in row["columns"]]
    slash = format_html(" /{}", unit_html(unit)) if unit_html(unit) else SafeString("")
    body = [[digits(cell) for row in rows for cell in row["rows"][i]] for i in range(len(rows[0]["rows"]))]
    told = [
        format_html("{} {}{}", symbol(row["name"]), text_html(row["label"]) if row["label"] else "",
                    mark_safe("".join(f"; {s}" for s in _scatter(row))))
        for row in rows
    ]  # fmt: skip
    return {
        "heads": [format_html("{}{}", name, slash) for name in names], "rows": list(enumerate(body, 1)),
        "told": told, "across": len(body) > 1 and len(names) <= 4,
    }  # fmt: skip


# ---------------------------------------------------------------- the answer as typed


def typed(sent: QueryDict | Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    """The JSON object of an answer from a form; a field that is empty is not in it."""

    def text(name: str) -> str:
        return str(sent.get(prefix + name, "") or "").strip()[:LONGEST]

    answer: dict[str, Any] = {name: text(name) for name in (*NUMBERS, *TEXTS) if text(name)}
    answer = {name: _plain(value) if name in NUMBERS else value for name, value in answer.items()}
    lines = [
        {"name": text(f"b{i}-name") or str(i + 1), "u": _plain(text(f"b{i}-u"))}
        for i in range(LINES)
        if text(f"b{i}-u")
    ]
    return answer | ({"budget": lines} if lines else {})


def _plain(text: str) -> str:
    """Signs that a page or a phone writes, as a document has them."""
    return text.replace("−", "-").replace("＋", "+").replace("．", ".").replace("－", "-").replace("–", "-")


def is_given(answer: Mapping[str, Any]) -> bool:
    """Whether anything but the unit was answered."""
    return any(name != "unit" for name in answer)


def unread(answer: Mapping[str, Any], template: Template) -> tuple[Finding, ...]:
    """What of an answer cannot be used: no number, no unit, a negative uncertainty. What is left empty is no fault."""
    found = read_answer(answer, template)[1]
    return tuple(replace(f, severity="error") for f in found if f.code != "contest.answer.missing")


def form(
    answer: Mapping[str, Any], unit: str, prefix: str = "", found: Iterable[Finding] = ()
) -> dict[str, dict[str, Any]]:
    """Cells of the form: name → what was typed and what is wrong with it."""
    beside: dict[str, list[Finding]] = {}
    for one in found:
        beside.setdefault(_field(one.where), []).append(one)
    cells = {name: cell(prefix + name, str(answer.get(name, "")), beside.get(name, ())) for name in (*NUMBERS, *TEXTS)}
    cells["unit"]["value"] = cells["unit"]["value"] or unit
    lines = answer.get("budget", ())
    for i in range(LINES):
        line = lines[i] if i < len(lines) else {}
        for part in ("name", "u"):
            told = beside.get(f"b{i}-{part}", ())
            cells[f"b{i}_{part}"] = cell(f"{prefix}b{i}-{part}", str(line.get(part, "")), told)
    return cells


def _field(where: str) -> str:
    """The field that a finding of the reader is about: «/U», «/budget/2/u»."""
    parts = where.strip("/").split("/")
    if parts[0] == "budget" and len(parts) == 3:
        return f"b{parts[1]}-{parts[2]}"
    return parts[-1]


def cell(name: str, value: str, found: Iterable[Finding]) -> dict[str, Any]:
    told = [
        {"mark": SEVERITY[f.severity][0], "tone": SEVERITY[f.severity][1], "word": term(f"state.{f.severity}"),
         "what": sentences(f, current())["what"], "remedy": sentences(f, current())["remedy"]}
        for f in found
    ]  # fmt: skip
    bad = any(f.severity == "error" for f in found)
    return {"name": name, "value": value, "told": told, "tone": "bad" if bad else ""}


# ---------------------------------------------------------------- what became of it


def graded(grade: ItemGrade, rubric: Rubric) -> dict[str, Any]:
    """A graded answer: verdict in a word and a sentence, both limits with their figures, marks, diagnosis, solution."""
    verdict = {True: "passed", False: "failed", None: "unknown"}[grade.passed]
    return {
        "verdict": verdict, "word": f"exam.verdict.{verdict}",
        "word_en": term(f"exam.verdict.{verdict}", "en"), "sentence": symbols(_sentence(grade)),
        "limits": _limits(grade),
        "more": _more(grade), "parts": _parts(grade, rubric), "mark": f"{grade.mark:.1f}",
        "slips": [_slip(f) for f in grade.slips],
        "written": [_slip(f) for f in grade.findings if f.code.startswith("contest.rounding")],
        "solution": solution(grade.variant), "tried": grade.answer.value is not None,
    }  # fmt: skip


def _slip(one: Finding) -> dict[str, Any]:
    said = sentences(one, current())
    return {"code": one.code, **{part: symbols(conditional_escape(said[part])) for part in ("what", "remedy")}}


def _sentence(grade: ItemGrade) -> SafeString:
    """The answer aloud."""
    if grade.answer.value is None:
        return term_html("exam.say.nothing")
    if not grade.variant.template.k:
        return term_html("exam.say.value_right" if grade.En_ok else "exam.say.value_wrong")
    size = "" if grade.U_ratio is None else plain(grade.U_ratio, 2 if grade.U_ratio < 100 else 3)
    if grade.En is None or grade.U_ratio is None:
        return term_html("exam.say.no_U")
    size_of_U = "large" if not grade.U_ok else "optimistic" if grade.U_ratio < 1.0 / LARGEST_U else "small"
    key = f"exam.say.{'near' if grade.En_ok else 'far'}.{size_of_U}"
    En = plain(abs(grade.En), 3) if abs(grade.En) >= 0.005 else "0.00"
    return term_html(key, En=digits(f"{abs(grade.En):.2f}" if abs(grade.En) < 100 else En), ratio=size,
                     most=f"{LARGEST_U:g}")  # fmt: skip


def _limits(grade: ItemGrade) -> list[dict[str, Any]]:
    """The two conditions, each with its strip: |E_n| ≤ 1 and U ≤ U_max."""
    if not grade.variant.template.k:
        return []
    states = {True: "passed", False: "failed", None: "unknown"}
    ratio = grade.U_ratio
    return [
        {"symbol": sym("E", "n"), "value": _shown(grade.En, True), "number": grade.En, "lower": -1.0, "upper": 1.0,
         "limit": symbols(SafeString("|E_n| ≤ 1")),
         "name": "exam.limit.En", "state": states[grade.En_ok], "low": None, "high": None},
        {"symbol": format_html("{}/{}", sym("U"), sym("U", "0")), "value": _shown(ratio), "number": ratio,
         "lower": None, "upper": LARGEST_U, "limit": f"≤ {LARGEST_U:g}", "name": "exam.limit.U",
         "state": states[grade.U_ok], "low": 0.0, "high": max(2.5, min(1.1 * (ratio or 0.0), 6.0))},
    ]  # fmt: skip


def _shown(value: float | None, sign: bool = False) -> SafeString:
    if value is None:
        return format_html('<span class="mute">{}</span>', term("none.unknown"))
    return digits(f"{value:.2f}" if abs(value) < 1000 else f"{value:.2e}", sign=sign)


def _more(grade: ItemGrade) -> list[dict[str, Any]]:
    """ζ by the claimed u, z by what the job allows, and what both say of the budget."""
    if not grade.variant.template.k:
        return []
    zeta, z, ratio = grade.zeta, grade.z, grade.U_ratio
    budget = "unknown"
    if ratio is not None:
        budget = "padded" if ratio > LARGEST_U else "optimistic" if ratio < 1.0 / LARGEST_U else "credible"
    return [
        {"symbol": sym("ζ"), "value": _shown(zeta, True), "say": term_html("exam.zeta.say")},
        {"symbol": sym("z"), "value": _shown(z, True), "say": term_html("exam.z.say")},
        {"symbol": term_html("exam.budget"), "value": term_html(f"exam.budget.{budget}"),
         "say": term_html(f"exam.budget.{budget}.say")},
    ]  # fmt: skip


def _parts(grade: ItemGrade, rubric: Rubric) -> list[dict[str, Any]]:
    """Share of each part of the mark with its weight."""
    return [
        {"key": f"exam.part.{name}", "share": share, "weight": f"{rubric.item.get(name, 0.0):g}",
         "state": "not_given" if share is None else "full" if share == 1.0 else "half" if share > 0.0 else "none"}
        for name, share in grade.parts.items()
    ]  # fmt: skip


def solution(variant: Variant) -> dict[str, Any]:
    """The right treatment: result, coverage, decision, and every component of the budget."""
    truth, unit = variant.truth, variant.template.unit
    rows = sorted((truth.budget or {}).items(), key=lambda row: -row[1])
    largest = rows[0][1] if rows else 0.0
    U_text = notate(truth.value, truth.U).uncertainty_text if truth.U > 0.0 else None
    value = notate(truth.value, truth.U).value_text if truth.U > 0.0 else f"{truth.value:.2f}"
    return {
        "unit": unit_html(unit), "value": digits(value or ""), "U": digits(U_text) if U_text else "",
        "k": digits(f"{truth.k:.2f}" if truth.k != int(truth.k) else f"{truth.k:g}") if variant.template.k else "",
        "u": digits(plain(truth.u, 3)) if truth.u > 0.0 else "",
        "dof": digits(f"{truth.dof:.0f}") if math.isfinite(truth.dof) and truth.dof < 1e4 else "∞",
        "true": _near(truth.true, truth.U), "formula": _formula(variant.template.formula),
        "decision": text_html(CHOICES[truth.decision]) if truth.decision in CHOICES else "",
        "extra": "" if truth.extra is None else digits(plain(truth.extra, 6)),
        "extra_name": text_html(variant.template.rule["extra"]["title"]) if truth.extra is not None else "",
        "U_max": digits(plain(truth.U_max, 2)) if truth.U > 0.0 else "",
        "budget": [
            {"symbol": symbol(name.partition(".")[0]),
             "label": text_html(variant.inputs[name.partition(".")[0]].label or {}),
             "part": f"exam.component.{name.partition('.')[2]}", "number": size,
             "size": digits(notate(size, size).uncertainty_text or ""),
             "share": size * size / (truth.u * truth.u) if truth.u else 0.0}
            for name, size in rows
        ],
        "largest": largest,
    }  # fmt: skip


def _near(value: float, U: float) -> SafeString:
    """A true value with one digit more than U has."""
    return digits(notate(value, U / 10.0).value_text or "" if U > 0.0 else plain(value, 6))


def _formula(text: str) -> SafeString:
    """A model as it is written on paper."""
    written = conditional_escape(text.replace("**", "^").replace("*", "·").replace("-", "−"))
    return symbols(SafeString(written))


# ---------------------------------------------------------------- papers


def paper_form(sheet: Paper, given: Mapping[str, Any], marks: PaperMarks | None = None) -> list[dict[str, Any]]:
    """The questions of a paper; with marks, what each earned and what was right."""
    rows = []
    for n, (row, question) in enumerate(zip(sheet.to_json(), sheet.questions, strict=True), 1):
        answer = str(given.get(question.id, ""))
        options = [
            {"letter": o["letter"], "text": symbols(text_html(o["text"])), "here": o["letter"] in answer}
            for o in row["options"]
        ]
        rows.append({
            "n": n, "id": question.id, "name": f"q-{question.id}", "kind": question.kind, "options": options,
            "text": symbols(text_html(row["text"])), "unit": unit_html(question.unit), "value": answer,
            **(_marked(question, sheet, marks) if marks is not None else {}),
        })  # fmt: skip
    return rows


def _marked(question: Any, sheet: Paper, marks: PaperMarks) -> dict[str, Any]:
    share = marks.shares.get(question.id)
    order = sheet.order[question.id]
    state = "not_given" if share is None else "full" if share == 1.0 else "half" if share > 0.0 else "none"
    letters = right_letters(question, order)
    said = (
        [text_html(question.options[order[ord(x) - ord("a")]]) for x in letters] if question.kind != "numeric" else []
    )
    return {
        "state": state, "right": digits(letters) if question.kind == "numeric" else letters.upper(), "said": said,
        "source": question.source, "status": f"exam.status.{question.status.replace(' ', '_')}",
        "told": [f for f in marks.findings if f.where.strip("/") == question.id],
    }  # fmt: skip


def paper_typed(sent: QueryDict, sheet: Paper) -> dict[str, str]:
    """Answers of a paper from its form; what is empty is not in it."""
    found = {}
    for question in sheet.questions:
        text = "".join(sent.getlist(f"q-{question.id}")).strip()[:LONGEST]
        if text:
            found[question.id] = _plain(text) if question.kind == "numeric" else text.lower()
    return found
