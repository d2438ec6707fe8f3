"""`suyuan centre`: metrology centres: who there is, scores with their facts, versions of a guideline compared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import service
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.centre.compare_versions import Change, Comparison
    from suyuan.centre.facts import Fact
    from suyuan.centre.guideline import Guideline
    from suyuan.centre.records import Centre
    from suyuan.centre.scorecard import GateRow, Scorecard
    from suyuan.verbs.centre.register_of_centres import Entry
    from suyuan.verbs.snapshot import Snapshot

Which = Annotated[str, typer.Argument(metavar="ID", help=term("help.centre.id"))]
Number = Annotated[str, typer.Option("--guideline", metavar="NUMBER", help=term("help.centre.guideline"))]
Version = Annotated[str, typer.Option("--version", metavar="V", help=term("help.centre.version"))]
TITLES = {"good": "facts.good", "bad": "facts.bad", "unknown": "facts.unknown", "against": "facts.against"}


@dataclass(frozen=True, kw_only=True)
class ListOf(service.OnDay):
    """The register of centres on a day."""


@dataclass(frozen=True, kw_only=True)
class Score(service.OnDay):
    """Which centre, by which guideline (its own where none is named)."""

    id: Which
    guideline: Number = ""
    version: Version = ""


@dataclass(frozen=True, kw_only=True)
class Facts(service.OnDay):
    """The facts behind one indicator or gate."""

    id: Which
    indicator: Annotated[str, typer.Argument(metavar="INDICATOR", help=term("help.centre.indicator"))]
    guideline: Number = ""
    version: Version = ""


@dataclass(frozen=True, kw_only=True)
class Compare(service.OnDay):
    """One centre under two versions of a guideline: the last two, where none are named."""

    id: Which
    guideline: Number = ""
    before: Annotated[str, typer.Option("--from", metavar="V", help=term("help.centre.from"))] = ""
    after: Annotated[str, typer.Option("--to", metavar="V", help=term("help.centre.to"))] = ""


# ---------------------------------------------------------------- the register


def register(asked: ListOf) -> Answer:
    """Every centre with its state, since when, and how many days it is late; sources that differ are findings."""
    from suyuan.verbs.centre.register_of_centres import register_of_centres

    at, damaged = service.on_day(asked)
    entries = register_of_centres(at)
    values = {"day": at.day, "centres": [_entry(item) for item in entries]}
    told = tuple(item for entry in entries for item in entry.findings)

    def show(page: Page) -> None:
        page.table(service.columns("id", "name", "scope", "grade", "industry", "state", "since", "overdue"), [
            [e.centre.id, one_of(e.centre.name), term(f"scope.{e.centre.scope}"), term(f"grade.{e.centre.grade}"),
             e.centre.industry, one_of(e.title) or e.state, e.since or "", service.overdue(e.overdue, e.working)]
            for e in entries
        ], (7,))  # fmt: skip

    return Answer(values, show, (*damaged, *told))


def _entry(item: Entry) -> dict[str, Any]:
    c = item.centre
    return {
        "id": c.id, "name": dict(c.name), "scope": c.scope, "grade": c.grade, "industry": c.industry,
        "region": c.region, "state": item.state, "since": item.since, "due": item.due, "overdue": item.overdue,
        "matter": item.matter, "demo": c.demo,
        "events": [{"state": e.state, "day": e.day, "source": e.source, "evidence": e.evidence, "origin": e.origin}
                   for e in item.events],
    }  # fmt: skip


# ---------------------------------------------------------------- scores


def guideline_for(at: Snapshot, centre: Centre, number: str, version: str) -> Guideline:
    """The guideline that is asked for, else the centre's own. Raises Refused where none fits."""
    from suyuan.centre.shipped import guidelines
    from suyuan.verbs.centre.score import guideline_of, versions_of

    found = guideline_of(at, centre, version)
    if number:
        several = [g for g in versions_of(at, number) if g.scope == centre.scope and version in ("", g.version)]
        found = several[-1] if several else None
    if found is None:
        known = ", ".join(f"{g.number} {g.version}" for g in (*at.guidelines.values(), *guidelines()))
        given = " ".join(filter(None, (number, version))) or "—"
        raise Refused(finding("cli.centre.guideline", centre.id, centre=centre.id, given=given, known=known))
    return found


def score(asked: Score) -> Answer:
    """The card of a centre: gates, indicators with their interval, what is unknown."""
    from suyuan.verbs.centre.score import scorecard

    at, damaged = service.on_day(asked)
    row = service.named(at.rows("centre"), asked.id, "centre", at)
    guideline = guideline_for(at, row, asked.guideline, asked.version)
    card = scorecard(at, row.id, guideline)
    values = {"day": at.day, "centre": row.id, "status": guideline.status} | card_json(card)
    return Answer(values, lambda page: _card(page, row, guideline, card), damaged)


def card_json(card: Scorecard) -> dict[str, Any]:
    """A card as plain values."""
    return {
        "low": card.low, "high": card.high, "total": card.total, "spread": card.spread, "passed": card.passed,
        "provenance": card.provenance,
        "conditions": {id: {"low": low, "high": high, "total": total}
                       for id, (low, high, total) in card.conditions.items()},
        "gates": [{"id": g.gate.id, "title": dict(g.gate.title), "passed": g.passed, "low": g.low, "high": g.high,
                   "facts": g.facts} for g in card.gates],
        "indicators": [
            {"id": r.indicator.id, "title": dict(r.indicator.title), "condition": r.condition, "low": r.low,
             "high": r.high, "unit": r.indicator.unit, "points": list(r.points), "weight": r.indicator.weight,
             "unknown": r.unknown, "facts": r.facts, "status": r.indicator.status}
            for r in card.rows
        ],
    }  # fmt: skip


def _card(page: Page, row: Centre, guideline: Guideline, card: Scorecard) -> None:
    page.title(f"{one_of(row.name)}  {row.id}")
    status = term("status." + guideline.status.replace(" ", "_"))
    page.text(f"{one_of(guideline.title)} {guideline.number} {guideline.version} · {status}")
    page.text(term("centre.total", points=service.span(card.low, card.high), total=f"{card.total:g}"), "bold")
    page.table(service.columns("gate_of", "title", "passed", "value"), [
        [g.gate.id, one_of(g.gate.title), service.mark(g.passed), _value(g.low, g.high) + _limit(g)]
        for g in card.gates
    ])  # fmt: skip
    page.table(service.columns("indicator", "title", "value", "points", "weight", "facts"), [
        [r.indicator.id, one_of(r.indicator.title), term("centre.unknown") if r.unknown else _value(r.low, r.high),
         service.span(*r.points), f"{r.indicator.weight:g}", r.facts]
        for r in card.rows
    ], (4, 5))  # fmt: skip


def _limit(row: GateRow) -> str:
    """The limit of a gate behind its value; «» where it is none of numbers."""
    ends = (("≥", row.gate.least), ("≤", row.gate.most))
    said = ", ".join(f"{sign} {limit:g}" for sign, limit in ends if limit is not None)
    return f" ({said})" if said and row.gate.rule is not None else ""


def _value(low: float, high: float) -> str:
    """The measured value; unknown where it may be anything."""
    if math.isinf(low) and math.isinf(high):
        return term("centre.unknown")
    ends = service.number(low), service.number(high)
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} … {ends[1]}"


def facts(asked: Facts) -> Answer:
    """What an indicator or gate was counted from, good, bad and unknown, each with the address of its evidence."""
    from suyuan.verbs.centre.score import scorecards

    at, damaged = service.on_day(asked)
    row = service.named(at.rows("centre"), asked.id, "centre", at)
    guideline = guideline_for(at, row, asked.guideline, asked.version)
    known = [i.id for c in guideline.conditions for i in c.indicators] + [g.id for g in guideline.gates]
    if asked.indicator not in known:
        raise Refused(finding("cli.centre.indicator", asked.indicator, given=asked.indicator[:40],
                              known=", ".join(known)))  # fmt: skip
    opened = scorecards(at, guideline).opened(row.id, asked.indicator)
    values = {"day": at.day, "centre": row.id, "indicator": asked.indicator,
              "facts": {name: list(found) for name, found in opened.items()}}  # fmt: skip

    def show(page: Page) -> None:
        for name, found in opened.items():
            if found:
                page.title(f"{term(TITLES[name])}  {len(found)}")
                valued = any(item.value is not None for item in found)
                names = ("subject", "title", *(("value",) if valued else ()), "weight", "origin", "until", "evidence")
                page.table(service.columns(*names), [_fact(item, valued) for item in found])
        if not any(opened.values()):
            page.text(term("facts.none"), "yellow")

    return Answer(values, show, damaged)


def _fact(item: Fact, valued: bool) -> list[object]:
    """A fact as a row. valued: whether any of its table has a value."""
    value = [service.number(item.value)] if valued else []
    return [item.subject, one_of(item.title), *value, f"{item.weight:g}", term(f"origin.{item.origin}"),
            item.valid_until or "", item.evidence]  # fmt: skip


# ---------------------------------------------------------------- versions


def compare(asked: Compare) -> Answer:
    """The same centre, the same day, two versions: which indicators moved the total, and why."""
    from suyuan.centre.compare_versions import compare as compared
    from suyuan.verbs.centre.score import scorecard, versions_of

    at, damaged = service.on_day(asked)
    row = service.named(at.rows("centre"), asked.id, "centre", at)
    number = asked.guideline or guideline_for(at, row, "", "").number
    versions = {g.version: g for g in versions_of(at, number)}
    chosen = [name for name in (asked.before, asked.after) if name]
    wrong = [name for name in chosen if name not in versions]
    if wrong or not versions:
        raise Refused(finding("cli.centre.guideline", row.id, centre=row.id, given=f"{number} {''.join(wrong[:1])}",
                              known=", ".join(f"{number} {name}" for name in versions) or "—"))  # fmt: skip
    if len(versions) < 2:
        raise Refused(finding("cli.centre.versions", number, number=number, known=", ".join(versions)))
    order = list(versions)
    after = asked.after or order[-1]
    before = asked.before or next(name for name in reversed(order) if name != after)
    found = compared(scorecard(at, row.id, versions[before]), scorecard(at, row.id, versions[after]))
    values = {
        "day": at.day, "centre": row.id, "guideline": number, "before": before, "after": after,
        "change": found.change, "low": [found.before.low, found.after.low],
        "high": [found.before.high, found.after.high],
        "changes": [{"id": c.id, "why": list(c.why), "by_weight": c.by_weight, "by_score": c.by_score}
                    for c in found.changes],
        "gates": [g.id for g in found.gates],
    }  # fmt: skip
    return Answer(values, lambda page: _compared(page, row, found, (before, after)), damaged)


def _compared(page: Page, row: Centre, found: Comparison, names: tuple[str, str]) -> None:
    page.title(f"{one_of(row.name)}  {row.id}")
    page.facts((name, service.span(card.low, card.high))
               for name, card in zip(names, (found.before, found.after), strict=True))  # fmt: skip
    page.text(term("centre.change", change=_signed(found.change)), "bold")
    moved = [c for c in found.changes if c.why != ("same",)]
    page.table(service.columns("indicator", "title", "before", "after", "by_weight", "by_score", "why"),
               map(_change, moved), (4, 5))  # fmt: skip
    if found.gates:
        page.table(service.columns("gate_of", "title", "before", "after"), [
            [g.id, one_of(_either(g.after, g.before).gate.title), _passed(g.before), _passed(g.after)]
            for g in found.gates
        ])  # fmt: skip


def _either(first: GateRow | None, second: GateRow | None) -> GateRow:
    found = first or second
    assert found is not None
    return found


def _passed(row: GateRow | None) -> str | tuple[str, str]:
    return "" if row is None else service.mark(row.passed)


def _change(item: Change) -> list[object]:
    row = item.after or item.before
    title = one_of(row.indicator.title) if row is not None else ""
    points = ["" if side is None else service.span(*side.points) for side in (item.before, item.after)]
    why = ", ".join(term(f"why.{word}") for word in item.why)
    return [item.id, title, *points, _signed(item.by_weight), _signed(item.by_score), why]


def _signed(value: float) -> str:
    text = f"{value:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("list", ListOf, register), ("score", Score, score), ("facts", Facts, facts), ("compare", Compare, compare),
)  # fmt: skip
