"""The annual report: tonnes with their budget, shares by method, rules with overrides, evidence with its state.

The legal value and the best estimate stand side by side in every table; what was substituted is a bias of the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.claim.check import Check
from suyuan.carbon.claim.claim import MONTHS, Claim, Evidence, Part
from suyuan.carbon.management.verification import Statement
from suyuan.carbon.plant import Plant
from suyuan.carbon.words import word
from suyuan.quantity.budget import Budget, by_certificate, by_influence
from suyuan.quantity.finding import Finding
from suyuan.report.carbon.activity import activity_blocks, activity_fields
from suyuan.report.carbon.cross_check import check_facts, check_fields, said
from suyuan.report.carbon.statement import OPINIONS
from suyuan.report.carbon.told import (
    COVERAGE,
    Head,
    Paper,
    apart,
    bounded,
    budget_blocks,
    count,
    facts,
    finding_fields,
    findings,
    heads,
    joined,
    known,
    lacking,
    paper,
    percent,
    relative,
    rule_table,
    same,
    say,
    section,
    sentence,
    term,
    tonnes,
    two,
    unknown,
    what,
    with_u,
)
from suyuan.report.figures.carbon.months import Months, months_figure
from suyuan.report.figures.dress import Axis
from suyuan.report.papers.document import Block, Cell, Language, Number, Paragraph, Table, Text, Word
from suyuan.verbs.carbon.claims import Standing
from suyuan.verbs.carbon.links import FactorLink

STATES: Mapping[str, str] = {"valid": "good", "used": "good", "unknown": "warn", "absent": "warn", "expired": "bad",
                             "not_yet": "bad", "withdrawn": "bad", "superseded": "warn"}  # fmt: skip
"""State of a certificate on the last day of the year → mark."""


def annual_report(
    claim: Claim, issued: date, language: Language = "both", *, states: Standing | None = None,
    check: Check | None = None, links: Sequence[FactorLink] = (), told: Sequence[Finding] = (),
    verified: Sequence[Statement] = (), plant: Plant | None = None,
) -> Paper:  # fmt: skip
    """The annual report of a claim.

    states: of each certificate (`suyuan.verbs.carbon.claims.standing`), None where no store was asked; check: of
    monitoring against calculation, where both are there; links: of measured factors to the SI, as the store has them;
    told: findings of the claim; verified: the statements on it that stand; plant:
    the document behind it, where it is at hand, for its activity data by month; language: of words in figures.
    """
    head = Head.of("annual", claim, issued)
    budgets = by_influence(claim.best), by_certificate(claim.best)
    blocks: list[Block] = [*_answer(claim), *_about(claim), section("tonnes"), parts_table(claim)]
    blocks += _months(claim, language)
    blocks += list(activity_blocks(plant, claim)) if plant is not None else []
    blocks += [section("methods"), methods_table(claim.methods, claim.legal), Paragraph(term("text.bias"), "note")]
    blocks += [section("budget"), *_budgets(claim, budgets, language)]
    if check is not None:
        blocks += [section("check"), Paragraph(said(check)), check_facts(check), Paragraph(term("text.check"), "note")]
    blocks += [section("rules"), rule_table(claim.rows), *_overrides(claim)]
    blocks += [section("evidence"), *_evidence(claim, states, budgets[1])]
    blocks += [section("links"), _links(links)] if links else []
    blocks += [section("verification"), _verified(verified)] if verified else []
    blocks += findings([item for item in told if item.code != "carbon.rule.overridden"])  # their table says it
    fields = {**annual_fields(claim, budgets, states, check), "findings": finding_fields(told),
              "links": [link_fields(one) for one in links],
              "verified": [verified_fields(one) for one in verified],
              "activity": activity_fields(plant) if plant is not None else None}  # fmt: skip
    return paper(head, blocks, fields)


def annual_fields(
    claim: Claim, budgets: tuple[Budget, Budget], states: Standing | None, check: Check | None
) -> dict[str, Any]:
    """The report as data."""
    best, months = claim.best, claim.months
    return {
        "scheme": claim.scheme, "rule_set": claim.rule_set, "supersedes": claim.supersedes, "reason": claim.reason,
        "made": claim.made, "by": claim.by, "plant": claim.plant, "unit_of_mass": "t", "coverage": COVERAGE,
        "legal": claim.legal,
        "best": float(best.value), "u": float(best.u), "u_is_least": claim.least, "methods": dict(claim.methods),
        "parts": [_part_fields(part) for part in claim.parts], "missing": claim.missing, "unknown": claim.unknown,
        "months": _month_fields(claim, months),
        "influences": [{"name": r.name, "source": str(r.source), "contribution": r.contribution, "share": r.share}
                       for r in budgets[0]],
        "certificates": [{"source": str(r.source), "contribution": r.contribution, "share": r.share}
                         for r in budgets[1]],
        "rules": [{"id": r["id"], "value": str(r.get("value")), "unit": r.get("unit"), "source": r["source"],
                   "status": r["status"]} for r in claim.rows],
        "overrides": [{"row": o.row, "person": o.person, "reason": o.reason, "day": o.day} for o in claim.overrides],
        "evidence": [{"role": e.role, "issuer": e.issuer, "number": e.number, "digest": e.digest, "part": e.part,
                      "valid_until": e.valid_until, "months": list(e.months),
                      **_judged(e, states)} for e in claim.evidence],
        "check": None if check is None else check_fields(check),
    }  # fmt: skip


def _part_fields(part: Any) -> dict[str, Any]:
    year = part.months.sum()
    return {"name": part.name, "kind": part.kind, "counted": part.counted, "legal": sum(part.legal),
            "best": float(year.value), "u": float(year.u), "u_is_least": part.least, "methods": dict(part.methods),
            "missing": list(part.missing), "unknown": list(part.unknown)}  # fmt: skip


def _month_fields(claim: Claim, months: Any) -> dict[str, Any]:
    """Months as data: null where running hours lack, and how many do."""
    missing, unknown = (lost_of(claim, kind) for kind in ("missing", "unknown"))

    def whole(values: Any, lost: NDArray[np.float64]) -> list[float | None]:
        return [None if hours else float(one) for one, hours in zip(values, lost.tolist(), strict=True)]

    return {"legal": whole(_legal_months(claim), missing), "best": whole(months.value, unknown),
            "u": whole(months.u, unknown), "missing": missing.tolist(), "unknown": unknown.tolist(),
            "u_is_least": [claim.least_in(month + 1) for month in range(MONTHS)],
            "methods": [list(claim.methods_in(month + 1)) for month in range(MONTHS)]}  # fmt: skip


# ---------------------------------------------------------------- the answer


def _answer(claim: Claim) -> Iterator[Block]:
    best = claim.best
    U, value = COVERAGE * float(best.u), float(best.value)
    share = relative(U, value, claim.least)
    yield Paragraph(
        term("lead.annual", unit=claim.unit, year=claim.year, legal=sentence(claim.legal), best=sentence(value, U),
             U=bounded(U, claim.least), percent=share.text if isinstance(share, Number) else "?",
             apart=sentence(apart(claim.legal, value), sign=True)), "lead",
    )  # fmt: skip
    for part in claim.parts:
        if lost := sum(part.missing):
            yield Paragraph(term("alert.incomplete", name=part.name, n=f"{lost:.6g}"), "alert")
        elif lost := sum(part.unknown):
            yield Paragraph(term("alert.incomplete_best", name=part.name, n=f"{lost:.6g}"), "alert")
    if claim.supersedes:
        yield Paragraph(term("alert.supersedes", digest=claim.supersedes[:16], reason=claim.reason), "alert")
    admitted = {one.row for one in claim.overrides}
    held = sum(str(row["id"]) in admitted for row in claim.rows)
    if held:
        yield Paragraph(term("alert.overrides", n=held), "alert")


def _about(claim: Claim) -> Iterator[Block]:
    yield facts(
        ("enterprise", claim.enterprise), ("unit", claim.unit), ("year", str(claim.year)),
        ("scheme", word("scheme", claim.scheme)),
        ("made", claim.made.isoformat() if claim.made > date.min else ""), ("by", claim.by),
        ("rule_set", claim.rule_set),
        ("supersedes", claim.supersedes), ("reason", claim.reason),
    )  # fmt: skip


def parts_table(claim: Claim) -> Table:
    """What each source brings: legal value, best estimate, U."""
    years = [part.months.sum() for part in claim.parts]
    values, spreads = [float(year.value) for year in years], [COVERAGE * float(year.u) for year in years]
    legal = tonnes([known(sum(part.legal), sum(part.missing)) for part in claim.parts])
    best, spread = with_u(values, spreads, [part.least for part in claim.parts])
    rows: list[tuple[Cell, ...]] = [
        (part.name, term(f"kind.{part.kind}"), legal[n], best[n], spread[n],
         relative(spreads[n], values[n], part.least), _part_note(part))
        for n, part in enumerate(claim.parts)
    ]  # fmt: skip
    value, U = float(claim.best.value), COVERAGE * float(claim.best.u)
    (whole,), (wide,) = with_u([value], [U], [claim.least])
    rows.append((term("word.total"), {}, tonnes([claim.legal])[0], whole, wide, relative(U, value, claim.least),
                 lacking(claim.missing)))  # fmt: skip
    columns = heads("part", "kind", "legal", "best", "U", "U_percent", "note")
    return Table(term("table.parts"), columns, tuple(rows), "llrrrrl", (term("note.total"),), "parts")


def _part_note(part: Part) -> Cell:
    """What is to be known of a source: that it only checks, and which hours its tonnes leave out."""
    said = [] if part.counted else [term("word.checks_only")]
    said += [lacking(sum(part.missing))] if any(part.missing) else []
    said += [term("word.lacking_best", n=f"{sum(part.unknown):.6g}")] if any(part.unknown) else []
    return Word(joined(said), "bad") if any(part.missing) or any(part.unknown) else joined(said)


def methods_table(methods: Mapping[str, float], legal: float) -> Table:
    """Tonnes of the legal value by how they came about."""
    written = tonnes(methods.values())
    rows = tuple(
        (term(f"method.{name}"), written[n], percent(value / legal if legal else None, 2))
        for n, (name, value) in enumerate(methods.items())
    )
    return Table(term("table.methods"), heads("method", "legal", "share"), rows, "lrr", (), "methods")


# ---------------------------------------------------------------- months


def _legal_months(claim: Claim) -> list[float]:
    return [sum(part.legal[month] for part in claim.parts if part.counted) for month in range(MONTHS)]


def _months(claim: Claim, language: Language) -> Iterator[Block]:
    months, numbers = claim.months, tuple(range(1, MONTHS + 1))
    missing, unknown = lost_of(claim, "missing"), lost_of(claim, "unknown")
    values = np.asarray(months.value)
    legal = np.array([known(t, hours) for t, hours in zip(_legal_months(claim), missing.tolist(), strict=True)])
    best = np.where((unknown > 0.0) & (values == 0.0), np.nan, values)
    how = [[term(f"method.{name}") for name in claim.methods_in(month)] for month in numbers]
    yield from months_blocks(numbers, legal, (best, np.asarray(months.u)), language,
                             Beside(missing, [claim.least_in(month) for month in numbers], how))  # fmt: skip


def lost_of(claim: Claim, kind: Literal["missing", "unknown"]) -> NDArray[np.float64]:
    """Running hours of each month (12,) that what counts leaves out."""
    lost = [getattr(part, kind) for part in claim.parts if part.counted and any(getattr(part, kind))]
    return np.sum(lost, axis=0) if lost else np.zeros(MONTHS)


@dataclass(frozen=True, slots=True)
class Beside:
    """What months have beside their numbers. missing: running hours of each without a legal value; least: whether its U
    is a lower bound; how: words of how its tonnes came about, nothing where no month says."""

    missing: NDArray[np.float64]
    least: Sequence[bool] = ()
    how: Sequence[Sequence[Text]] = ()


def months_blocks(
    numbers: tuple[int, ...], legal: np.ndarray, best: tuple[np.ndarray, np.ndarray], language: Language, beside: Beside
) -> Iterator[Block]:
    """Months as figure and table. best: (value, u) by month."""
    U = COVERAGE * best[1]
    bias = [apart(float(one), float(other)) for one, other in zip(legal, best[0], strict=True)]
    if np.isfinite(np.concatenate([legal, best[0]])).any():  # months of which something is known
        series = (Months(say("word.best_U", language), best[0], U), Months(say("word.legal", language), legal))
        axis, n = Axis(say("figure.emission", language), "t"), int(np.argmax(np.nan_to_num(np.abs(bias))))
        label = term("alt.months", month=numbers[n], apart=sentence(bias[n], sign=True))
        yield two(lambda size: months_figure(numbers, series, axis, say("head.month", language), size),
                  term("figure.months"), label)  # fmt: skip
    columns: list[Sequence[Cell]] = [tonnes(legal), *with_u(best[0].tolist(), U.tolist(), beside.least),
                                     tonnes(bias, sign=True)]  # fmt: skip
    names, sides = ["month", "legal", "best", "U", "apart"], "rrrrr"
    if beside.how:
        columns.append([joined(words) for words in beside.how])
        names, sides = [*names, "method"], sides + "l"
    if beside.missing.any():
        columns.append([Word(lacking(hours), "bad") if hours else {} for hours in beside.missing.tolist()])
        names, sides = [*names, "note"], sides + "l"
    rows = tuple((count(number), *cells) for number, *cells in zip(numbers, *columns, strict=True))
    yield Table(term("table.months"), heads(*names), rows, sides, (), "months")


# ---------------------------------------------------------------- budget, rules, evidence


def _budgets(claim: Claim, budgets: tuple[Budget, Budget], language: Language) -> Iterator[Block]:
    u = float(claim.best.u)
    if not u > 0.0:
        yield Paragraph(term("text.no_u"), "alert")
        return
    yield from budget_blocks(budgets[0], u, "influence", language)
    yield from budget_blocks(budgets[1], u, "certificate", language)


def _overrides(claim: Claim) -> Iterator[Block]:
    if not claim.overrides:
        yield Paragraph(term("text.no_overrides"))
        return
    rows = tuple((o.row, o.person, o.reason, o.day.isoformat()) for o in claim.overrides)
    yield Table(term("table.overrides"), heads("row", "person", "reason", "day"), rows, "llll", (), "overrides")


def _evidence(claim: Claim, states: Standing | None, certificates: Budget) -> Iterator[Block]:
    if not claim.evidence:
        yield Paragraph(term("text.no_evidence"), "alert")
        return
    share = {(row.source.issuer, row.source.number): row.share for row in certificates}
    stacks = {part.name for part in claim.parts if part.kind == "monitoring"}
    rows = tuple(
        (_role(e), e.part or "", f"{e.issuer} {e.number}".strip(), span(e), _until(e, claim.year, e.part in stacks),
         *_states(e, states), percent(share.get((e.issuer, e.number), 0.0)),
         e.digest[:12] or unknown())
        for e in claim.evidence
    )  # fmt: skip
    columns = heads("role", "part", "certificate", "months", "until", "state_then", "state_now", "share", "sha256")
    note = term("note.evidence") if states is not None else term("note.no_store")
    yield Table(term("table.evidence"), columns, rows, "lllllllrl", (note,), "evidence", size="small")


def span(item: Evidence) -> Text:
    """The months for which a certificate was used."""
    if not item.months:
        return term("word.all_months")
    first, last = min(item.months), max(item.months)
    if len(item.months) == last - first + 1:
        return same(f"{first}" if first == last else f"{first}–{last}")
    return same(", ".join(map(str, item.months)))


def _role(item: Evidence) -> Text:
    """What a certificate is used for: a channel or a month's report by its word; its source has a column of its own."""
    name = item.role.removeprefix(f"{item.part} ")
    if item.sample and name.isdigit():
        return term("word.report_of", month=name)
    return word("channel" if name != item.role else "factor", name)


def _until(item: Evidence, year: int, of_stack: bool) -> Cell:
    if item.valid_until is None:
        return term("word.follows_months") if item.sample else unknown()
    return Word(same(item.valid_until.isoformat()), "bad" if _ended(item, year, of_stack) else "")


def _ended(item: Evidence, year: int, of_stack: bool) -> bool:
    """Whether a certificate ended before the last month that it was used for; one of a stack counts by the hour."""
    return not of_stack and item.valid_until is not None and item.valid_until < item.last_day(year)


def _judged(item: Evidence, states: Standing | None) -> dict[str, str]:
    """The state of a certificate as known on the day of the claim, and by the documents of today."""
    if states is None:
        return {"state_then": "", "state": ""}
    return {"state_then": states.then.get(item, "absent"), "state": states.now.get(item, "absent")}


def _states(item: Evidence, states: Standing | None) -> list[Word]:
    names = [name or "unasked" for name in _judged(item, states).values()]
    return [Word(term(f"state.{name}"), STATES.get(name, "warn")) for name in names]  # type: ignore[arg-type]


def _verified(statements: Sequence[Statement]) -> Table:
    limits = tonnes([one.opined.limit for one in statements])
    projected = tonnes([one.opined.projected for one in statements], sign=True)
    rows = tuple(
        (one.issuer, one.day.isoformat(), Word(term(f"opinion.{one.opined.opinion}"), OPINIONS[one.opined.opinion]),  # type: ignore[arg-type]
         projected[n], limits[n], one.digest[:12])
        for n, one in enumerate(statements)
    )  # fmt: skip
    columns = heads("verifier", "day", "opinion", "projected", "limit", "sha256")
    return Table(term("table.verified"), columns, rows, "lllrrl", (), "verified")


def verified_fields(one: Statement) -> dict[str, Any]:
    """A verification statement as data."""
    return {"statement": one.digest, "verifier": one.issuer, "day": one.day, "opinion": one.opined.opinion,
            "stated": one.opined.stated, "projected": one.opined.projected, "limit": one.opined.limit}  # fmt: skip


# ---------------------------------------------------------------- traceability

LINKED = {"complete": "good", "broken": "bad", "absent": "warn", "none": "bad"}


def _links(links: Sequence[FactorLink]) -> Table:
    rows = tuple(
        (one.part, what(one.row), f"{one.behind.issuer} {one.behind.number}".strip() if one.behind else "",
         Word(term(f"link.{one.state}"), LINKED[one.state]), ", ".join(dict.fromkeys(one.anchors)))  # type: ignore[arg-type]
        for one in links
    )  # fmt: skip
    return Table(term("table.links"), heads("part", "link", "certificate", "state", "anchor"), rows, "lllll",
                 (term("note.links"),), "links", size="small")  # fmt: skip


def link_fields(one: FactorLink) -> dict[str, Any]:
    """A link as data."""
    named = None if one.behind is None else f"{one.behind.issuer} {one.behind.number}".strip()
    return {"part": one.part, "factor": one.row["factor"], "state": one.state, "certificate": named,
            "anchors": list(one.anchors)}  # fmt: skip
