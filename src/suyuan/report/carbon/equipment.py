"""The equipment register: meters with certificates and due days, fitting rates, and the control plan they stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from suyuan.carbon.management.meters import Meter, Rate, rates
from suyuan.carbon.management.plan import Plan
from suyuan.carbon.words import word
from suyuan.quantity.finding import Finding
from suyuan.quantity.table import load
from suyuan.report.carbon.annual import STATES, span
from suyuan.report.carbon.told import (
    Head,
    Paper,
    count,
    facts,
    finding_fields,
    findings,
    heads,
    paper,
    percent,
    rule_table,
    section,
    status,
    term,
    unknown,
)
from suyuan.report.papers.document import Block, Cell, Findings, Number, Paragraph, Table, Word
from suyuan.verbs.carbon.register import Instrument, Register

SOON = 60
"""Days before its due day from which a meter is marked."""
METERS: Mapping[str, str] = {"valid": "good", "due": "warn", "unknown": "warn", "no_certificate": "warn",
                             "missing": "bad", "overdue": "bad", "ended": "bad", "withdrawn": "bad"}  # fmt: skip
"""State of a meter → mark."""


def equipment_register(head: Head, found: Register, day: date) -> Paper:
    """The register on a day: meters, the instruments of stacks, rates, the control plan and what departs from it."""
    meters, plan, shares = found.meters, found.plan, rates(found.meters)
    late = [one for one in meters if found.states[one.id] in ("overdue", "ended", "withdrawn")]
    bare = [one for one in meters if one.fitted and not one.number]
    lead = term("lead.meters", needed=len(meters), fitted=sum(one.fitted for one in meters), late=len(late),
                bare=len(bare), short=sum(one.kept is False for one in shares), day=day.isoformat())  # fmt: skip
    blocks: list[Block] = [Paragraph(lead, "lead"), section("meters"), _table(found, day),
                           *_instruments(found.instruments), section("rates"),
                           _rates(shares), Paragraph(term("text.rates"), "note")]  # fmt: skip
    blocks += [section("plan"), *_plan(plan), *_departs(found.departs)]
    carriers = {(one.carrier, one.level) for one in meters}
    rows = [row for row in load("suyuan.carbon", "management.fitting") if (row["carrier"], row["level"]) in carriers]
    rows += [row for row in load("suyuan.carbon", "management.classes") if row["kind"] in {m.kind for m in meters}]
    blocks += [section("rules"), rule_table(rows) if rows else Paragraph(term("text.no_limits"))]
    blocks += findings(found.told)
    fields = {"day": day, "meters": [{**_fields(one, day), "state": found.states[one.id]} for one in meters],
              "instruments": [_instrument_fields(one) for one in found.instruments],
              "departs": finding_fields(found.departs), "findings": finding_fields(found.told),
              "plan": plan.version if plan else None,
              "rates": [_rate_fields(one) for one in shares]}  # fmt: skip
    return paper(head, blocks, fields)


def _table(found: Register, day: date) -> Table:
    meters = found.meters
    rows: list[tuple[Cell, ...]] = [
        (m.id, m.name, word("carrier", m.carrier), word("level", m.level), m.place, m.stream,
         unknown() if m.accuracy is None else Number(f"{m.accuracy:g}", m.accuracy), _certificate(m),
         _state(found.states[m.id]), _due(m, day))
        for m in meters
    ]  # fmt: skip
    names, sides = (
        ["meter", "name", "carrier", "level", "place", "part", "class", "certificate", "state", "due"],
        "llllllrlll",
    )
    if not any(m.place for m in meters):
        at = names.index("place")
        names, sides, rows = (
            names[:at] + names[at + 1 :],
            sides[:at] + sides[at + 1 :],
            [r[:at] + r[at + 1 :] for r in rows],
        )
    return Table(term("table.meters"), heads(*names), tuple(rows), sides, (term("note.meters", day=day.isoformat()),),
                 "meters", size="small")  # fmt: skip


def _state(name: str) -> Word:
    return Word(term(f"meter.{name}"), METERS[name])  # type: ignore[arg-type]


def _instruments(instruments: Sequence[Instrument]) -> list[Block]:
    """The instruments of monitored stacks with the certificates behind the claim; nothing where there is no stack."""
    rows: list[tuple[Cell, ...]] = []
    for one in instruments:
        channel = word("channel", one.role)
        for item, name in one.certificates or ((None, "none"),):
            named: Cell = term("word.no_certificate") if item is None else f"{item.issuer} {item.number}".strip()
            state: Cell = Word(term(f"state.{name or 'unasked'}"), STATES.get(name, "warn")) if item else {}  # type: ignore[arg-type]
            rows.append((one.stack, channel, one.name, named, span(item) if item else {}, state))
    columns = heads("stack", "channel", "instrument", "certificate", "months", "state")
    return [Table(term("table.instruments"), columns, tuple(rows), "llllll", (), "instruments")] if rows else []


def _instrument_fields(one: Instrument) -> dict[str, Any]:
    return {"stack": one.stack, "role": one.role, "instrument": one.name, "certificates": [
        {"issuer": e.issuer, "number": e.number, "months": list(e.months), "state": name}
        for e, name in one.certificates]}  # fmt: skip


def _departs(departs: Sequence[Finding]) -> list[Block]:
    """What departs from the control plan, in words."""
    return [Paragraph(term("text.departs"), "alert"), Findings(tuple(departs))] if departs else []


def _certificate(meter: Meter) -> Cell:
    if not meter.fitted:
        return Word(term("word.not_fitted"), "bad")  # a certificate of what is not there says nothing
    return f"{meter.issuer} {meter.number}".strip() if meter.number else Word(term("word.no_certificate"), "warn")


def _due(meter: Meter, day: date) -> Cell:
    if not meter.fitted:
        return ""
    if meter.due is None:
        return Word(term("word.unknown"), "warn")
    days = (meter.due - day).days
    text = {one: f"{meter.due.isoformat()}" for one in ("zh", "en")}
    return Word(text, "bad" if days < 0 else "warn" if days <= SOON else "")


def _rates(shares: Sequence[Rate]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in shares:
        kept: Cell = {} if one.kept is None else Word(term("word.pass"), "good") if one.kept else Word(
            term("word.fail"), "bad")  # fmt: skip
        rows.append((word("carrier", one.carrier), word("level", one.level), count(one.needed),
                     count(one.fitted), percent(one.rate), percent(one.wanted), kept,
                     status({"status": one.status}) if one.status else {}))  # fmt: skip
    columns = heads("carrier", "level", "needed", "fitted", "fitting_rate", "wanted", "verdict", "status")
    return Table(term("table.rates"), columns, tuple(rows), "llrrrrll", (), "rates")


def _plan(plan: Plan | None) -> list[Block]:
    if plan is None:
        return [Paragraph(term("text.no_plan"), "alert")]
    rows = tuple(
        (p.stream, word("factor", p.factor), word("method", p.method), p.instrument, p.frequency, p.laboratory,
         p.substitute, p.responsible)
        for p in plan.parameters
    )  # fmt: skip
    columns = heads("part", "factor", "method", "instrument", "frequency", "laboratory", "substitute_by",
                    "responsible")  # fmt: skip
    filed: Cell = plan.filed.isoformat() if plan.filed else Word(term("word.not_filed"), "warn")
    made = facts(("version", plan.version), ("year", str(plan.year)), ("filed", filed),
                 ("supersedes", plan.supersedes), ("reason", plan.reason))  # fmt: skip
    return [made, Table(term("table.plan"), columns, rows, "llllllll", (), "plan", size="small")]


def _fields(one: Meter, day: date) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "carrier": one.carrier, "level": one.level, "fitted": one.fitted,
            "kind": one.kind, "accuracy": one.accuracy, "place": one.place, "stream": one.stream,
            "issuer": one.issuer, "number": one.number, "due": one.due,
            "days": None if one.due is None else (one.due - day).days}  # fmt: skip


def _rate_fields(one: Rate) -> dict[str, Any]:
    return {"carrier": one.carrier, "level": one.level, "needed": one.needed, "fitted": one.fitted, "rate": one.rate,
            "wanted": one.wanted, "kept": one.kept, "status": one.status}  # fmt: skip
