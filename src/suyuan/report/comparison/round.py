"""The sections of a comparison report that say what was agreed and what happened: protocol, route, decisions, help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from suyuan.comparison.round.help_plan import HelpPlan, Remeasured
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.report import Report
from suyuan.comparison.round.standing import Standing
from suyuan.quantity.finding import LANGUAGES
from suyuan.quantity.notation import notate
from suyuan.report.papers.document import Block, Cell, Facts, Heading, Language, Number, Paragraph, Table, Text, Word
from suyuan.report.papers.words import said_of, table

term = partial(said_of, "comparison")
Mark = Literal["", "good", "bad", "warn"]


@dataclass(frozen=True, slots=True)
class Names:
    """How laboratories are called: by code alone while the round is blind, with their organisation once released; in a
    report in both languages by one of them, so that tables stay readable (the table of members has both)."""

    organisations: Mapping[str, Text]
    blind: bool
    both: bool = True

    @classmethod
    def of(cls, report: Report, language: Language) -> Names:
        return cls({m.code: m.organisation for m in report.protocol.members}, report.blind, language == "both")

    def full(self, code: str) -> Text:
        """«A», or «A 某院»; a blinded report gives the code as the organisation of others."""
        names = self.organisations.get(code, {})
        best = next((names[key] for key in ("zh", "en") if names.get(key)), "")
        said = {one: best if self.both else names.get(one) or best for one in LANGUAGES}
        return {one: f"{code} {name}" if name and name != code else code for one, name in said.items()}


def given(text: Text) -> Text:
    """A person's own text, or the word that says that there is none."""
    return text if any(words.strip() for words in text.values()) else term("none.not_stated")


def same(text: object) -> Text:
    """One text for both languages: a number, a code, what a person wrote in one language."""
    return {"zh": str(text), "en": str(text)} if str(text).strip() else term("none.not_stated")


def moment(time: datetime) -> str:
    """A moment to the minute, with its distance from UTC."""
    return time.strftime("%Y-%m-%d %H:%M%z")


def shown(text: str, names: Names) -> Text:
    """What a person wrote; in a blinded report nothing means that it is not disclosed yet."""
    return term("none.blind") if names.blind and not text.strip() else same(text)


def person(name: str) -> Text:
    """Who answers for something; whoever had to be named and is not here is left out of this copy."""
    return same(name) if name.strip() else term("none.withheld")


def word_or(key: str, otherwise: str) -> Text:
    """A text of the table, or what stands for itself where the table does not know it."""
    return term(key) if key in table("comparison") else same(otherwise)


# ---------------------------------------------------------------- what was agreed


def background(protocol: Protocol) -> Iterator[Block]:
    yield Paragraph(given(protocol.purpose))


def organisation(where: Standing, names: Names) -> Iterator[Block]:
    """Organiser and members; while the round is blind, codes alone in their own order."""
    protocol = where.protocol
    yield Facts((
        (term("word.organiser"), given(protocol.organiser)),
        (term("word.pilot"), names.full(protocol.pilot.code)),
        (term("word.participants"), Number(str(sum(m.active for m in where.members.values())))),
        (term("word.version"), Number(str(protocol.version))),
        (term("word.digest"), protocol.digest or term("none.unknown")),
    ))  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for member in protocol.members:
        state = where.members[member.code]
        roles = [term("word.pilot" if member.pilot else "word.participant")]
        roles += [term("word.linking")] if member.linking else []
        role = {one: (term("word.and")[one]).join(r[one] for r in roles) for one in LANGUAGES}
        hidden = names.blind and names.full(member.code)["zh"] == member.code
        who: Cell = term("none.blind") if hidden else given(member.organisation)
        rows.append((member.code, who, role, _member_state(state.state, state.reason)))
    heads = tuple(term(f"word.{key}") for key in ("code", "organisation", "role", "state"))
    yield Table(term("caption.members"), heads, tuple(rows), "llll", sheet="members")


def _member_state(state: str, reason: str) -> Cell:
    mark: Mark = "warn" if state in ("withdrawn", "declined", "unopened") else ""
    said = word_or(f"member.{state}", state)
    return Word({one: said[one] + (f": {reason}" if reason else "") for one in LANGUAGES}, mark)


def standards(protocol: Protocol) -> Iterator[Block]:
    heads = tuple(term(f"word.{key}") for key in ("standard", "name", "manufacturer", "model", "serial"))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (s.id, given(s.name), *(same(text) for text in (s.manufacturer, s.model, s.serial))) for s in protocol.standards
    )
    yield Table(term("caption.standards"), heads, rows, "lllll", sheet="standards")
    heads = tuple(term(f"word.{key}") for key in ("measurand", "name", "unit", "nominal", "standard", "conditions"))
    measurands = tuple(
        (
            m.id,
            given(m.name),
            m.unit,
            same(m.nominal) if m.nominal else term("word.blind"),
            m.standard,
            given(m.conditions),
        )
        for m in protocol.measurands
    )
    yield Table(term("caption.measurands"), heads, measurands, "llllll", sheet="measurands")


def route(protocol: Protocol, names: Names) -> Iterator[Block]:
    yield Facts((
        (term("word.route"), term(f"route.{protocol.route.kind}")),
        (term("word.opens"), protocol.opens.isoformat()),
        (term("word.closes"), moment(protocol.closes)),
    ))  # fmt: skip
    heads = tuple(term(f"word.{key}") for key in ("standard", "laboratory", "arrives", "leaves"))
    rows = tuple(
        (leg.standard, names.full(leg.member), leg.arrives.isoformat(), leg.leaves.isoformat())
        for leg in protocol.route.legs
    )
    if rows:
        yield Table(term("caption.route"), heads, rows, "llll", sheet="route")


def method(protocol: Protocol) -> Iterator[Block]:
    yield Paragraph(given(protocol.instructions))
    form, drift = protocol.form, protocol.drift
    wanted = {True: term("form.wanted"), False: term("form.not_wanted")}
    yield Facts((
        (term("word.uncertainty_form"), term(f"form.{form.uncertainty}")),
        (term("word.budget"), wanted[form.budget]),
        (term("word.certificate"), wanted[form.certificate]),
        (term("word.reference_rule"), word_or(f"method.{protocol.reference.method}", protocol.reference.method)),
        (term("word.drift_rule"), term(f"drift.{drift.model}", degree=drift.degree)),
        (term("word.decision_rule"), decision_rule(protocol)),
        (term("word.confidentiality"), given(protocol.confidentiality)),
    ))  # fmt: skip


def decision_rule(protocol: Protocol) -> Text:
    rule = protocol.decision
    key = "decision.rule" if rule.questionable is None else "decision.three"
    symbol = term(f"symbol.{rule.score}")
    return term(key, symbol=symbol, limit=_short(rule.limit), questionable=_short(rule.questionable or 0.0),
                k=_short(rule.coverage))  # fmt: skip


def _short(value: float) -> str:
    return notate(value).value_text or ""


# ---------------------------------------------------------------- what was decided and said


def decisions(where: Standing, names: Names) -> Iterator[Block]:
    """Every decision about a result, with person and reason; every correction, with what it was before."""
    if where.decisions:
        heads = tuple(
            term(f"word.{key}") for key in ("laboratory", "measurand", "decision", "reason", "person", "time")
        )
        rows = tuple(
            (
                names.full(d.member),
                d.measurand or term("word.all"),
                term(f"decided.{d.choice}"),
                shown(d.reason, names),
                term("none.blind") if names.blind else person(d.person),
                moment(d.time),
            )
            for d in where.decisions
        )
        yield Table(term("caption.decisions"), heads, rows, "llllll", sheet="decisions")
    else:
        yield Paragraph(term("text.no_decisions"))
    if where.corrections:
        keys = ("laboratory", "measurand", "field", "old", "new", "reason", "time")
        heads = tuple(term(f"word.{key}") for key in keys)
        rows_ = tuple(
            (names.full(c.member), c.measurand, c.field, c.old, c.new, shown(c.reason, names), moment(c.time))
            for c in where.corrections
        )
        yield Table(term("caption.corrections"), heads, rows_, "lllllll", sheet="corrections")


def discussion(where: Standing, names: Names) -> Iterator[Block]:
    if not where.remarks:
        yield Paragraph(term("text.no_remarks"))
        return
    heads = tuple(term(f"word.{key}") for key in ("laboratory", "agrees", "remark", "time"))
    rows = tuple(
        (
            names.full(r.member),
            Word(term("word.yes" if r.agrees else "word.no"), "" if r.agrees else "warn"),
            shown(r.text, names) if r.text or names.blind else term("none.none"),
            moment(r.time),
        )
        for r in where.remarks
    )
    yield Table(term("caption.remarks"), heads, rows, "llll", sheet="remarks")


def help_plans(where: Standing, names: Names) -> Iterator[Block]:
    if not where.help_plans:
        yield Paragraph(term("text.no_help"))
        return
    for plan in where.help_plans:
        title = names.full(plan.member)
        yield Heading({one: f"{title[one]}, {plan.measurand}" for one in LANGUAGES}, 2)
        yield Facts(tuple(_plan_rows(plan, where.protocol, names)))


def _plan_rows(plan: HelpPlan, protocol: Protocol, names: Names) -> Iterator[tuple[Text, Cell]]:
    yield term("word.expert"), shown(plan.expert, names)
    for cause in plan.causes or ("",):
        yield term("word.cause"), shown(cause, names)
    for action in plan.actions or ("",):
        yield term("word.action"), shown(action, names)
    measurand = protocol.measurand(plan.measurand)
    for again in plan.remeasured:
        yield term("word.remeasured"), _again(again, measurand.unit if measurand else "1")
    if plan.closed is not None:
        closed = term("help.closed", day=plan.closed.isoformat())
        yield term("word.outcome"), Word(closed, "good")
    else:
        yield term("word.outcome"), Word(term("help.open"), "warn")


def _again(again: Remeasured, unit: str) -> Text:
    own, other = (
        notate(value, U, unit).pair for value, U in ((again.value, again.U), (again.reference_value, again.reference_U))
    )
    En = f"{again.En:.2f}".replace("-", "\u2212")
    day, against = again.measured or term("none.not_stated"), same(again.compared_with)
    k, k_other = _short(again.k), _short(again.reference_k)
    return term("help.again", own=own, other=other, k=k, k_other=k_other, En=En, day=day, against=against)
