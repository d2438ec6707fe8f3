"""`suyuan trace impact`: what changes when a standard is withdrawn, replaced, or was off; nothing is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page, state_cell
from suyuan.cli.trace import node_json
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.lake.effect import Resting
    from suyuan.traceability.evidence import Evidence
    from suyuan.traceability.impact import Impact
    from suyuan.traceability.impact_rows import Figure, Row
    from suyuan.traceability.scenario import Scenario, Shifted

NARROW = 150  # columns of a screen below which the table would fold its numbers
Cell = tuple[str, str]
COLUMNS = ("result", "output", "day", "old", "new", "relative", "verdict", "how")


@dataclass(frozen=True)
class WhatIf:
    """The standard, and one of three things that happened to it."""

    name: Annotated[str, typer.Argument(metavar="NAME", help=term("help.name"))]
    data: DataNeeded
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help=term("help.withdrawn"))] = False
    replaced_by: Annotated[
        Path | None, typer.Option("--replaced-by", metavar="FILE", help=term("help.replaced"))
    ] = None  # fmt: skip
    off_by: Annotated[str, typer.Option("--off-by", metavar="D", help=term("help.off"))] = ""
    unit: Annotated[str, typer.Option("--unit", metavar="UNIT", help=term("help.unit"))] = ""
    place: Annotated[str, typer.Option("--place", metavar="PLACE", help=term("help.place"))] = ""
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help=term("help.since"))] = ""
    until: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help=term("help.until"))] = ""


_NUMBER = r"[+\-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][+\-−]?\d+)?"
AMOUNT = re.compile(rf"({_NUMBER}(?:,{_NUMBER})*)\s*(.*)")
"""One number, or several for the elements of a list, and perhaps a unit, with or without a blank between."""


def run(asked: WhatIf) -> Answer:
    """Every result downstream, old and new."""
    from suyuan.verbs.trace import impact_of

    chosen = [bool(asked.withdrawn), asked.replaced_by is not None, bool(asked.off_by)]
    if sum(chosen) != 1:
        raise Refused(finding("cli.impact.one", "trace impact"))
    evidence, damaged = reading.evidence_of(asked.data)
    scenario = _scenario(asked, evidence)
    impact = impact_of(evidence, scenario)
    streams = _streams(asked.data, impact)
    values: dict[str, Any] = {
        "seed": node_json(impact.seed),
        "scenario": type(scenario).__name__.lower(),
        "rows": [row.to_json() for row in impact.rows],
        "untouched": impact.untouched,
        "streams": [_stream_row(one) for one in streams],
    }

    def show(page: Page) -> None:
        show_impact(page, impact, bool(streams))
        if streams:
            _show_streams(page, asked.name, values["streams"])

    return Answer(values, show, (*damaged, *impact.findings))


def _streams(data: Path, impact: Impact) -> Sequence[Resting]:
    """Streams whose readings the certificate corrects, or one that was issued from it; none without a lake."""
    from suyuan.certificate.certificate import Certificate
    from suyuan.lake.beside import NAME, lake_of
    from suyuan.lake.effect import State, resting
    from suyuan.lake.table import now
    from suyuan.store.correcting import joined

    if not (data / NAME / "lake.json").is_file():
        return ()
    join = joined(reading.open_store(data))
    nodes = (impact.seed.document, *(row.node.document for row in impact.rows))
    digests = {one.digest for one in nodes if isinstance(one, Certificate)}
    some = [one for digest in digests for one in join.of(digest)]
    return resting(lake_of(data), some, State(join.corrections, now())) if some else ()


def _stream_row(one: Resting) -> dict[str, Any]:
    return {"stream": one.stream, "instrument": one.instrument, "certificate": one.certificate,
            "first": measured.iso(one.first), "last": measured.iso(one.last)}  # fmt: skip


def _show_streams(page: Page, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """What rests on it among readings; how much they change is another command's answer."""
    page.title(term("impact.streams"))
    page.table(measured.columns("stream", "instrument", "certificate", "since", "until"), [
        [row["stream"], row["instrument"], row["certificate"],
         *(measured.shown_time(measured.moment(row[end], "") if row[end] else None) for end in ("first", "last"))]
        for row in rows
    ])  # fmt: skip
    page.text(term("impact.streams.more", name=name), "dim")


def _scenario(asked: WhatIf, evidence: Evidence) -> Scenario:
    from suyuan.cli.named import key_named
    from suyuan.traceability.scenario import Replaced, Withdrawn

    key = key_named(evidence, asked.name)
    if asked.withdrawn:
        return Withdrawn(key)
    if asked.replaced_by is not None:
        return Replaced(key, reading.read_certificate(asked.replaced_by)[0])
    return _shifted(asked, evidence)


def _shifted(asked: WhatIf, evidence: Evidence) -> Shifted:
    """The shift in the certificate's own unit, whatever unit it was given in."""
    from suyuan.cli.named import certificate_named
    from suyuan.quantity.unit import parse_unit, ratio
    from suyuan.traceability.scenario import Shifted

    certificate = certificate_named(evidence, asked.name)
    place = asked.place or _only_place(asked, [q.place for q in certificate.quantities()])
    found = AMOUNT.fullmatch(asked.off_by.strip())
    digits, unit = (found[1], asked.unit or found[2].strip()) if found else (asked.off_by, asked.unit)
    try:
        d = tuple(float(part) for part in digits.replace("−", "-").split(","))
    except ValueError:
        raise Refused(finding("cli.impact.number", "--off-by", given=asked.off_by[:60])) from None
    stated = certificate.at(place)
    if unit and stated is not None:
        with reading.about("--unit"):
            given, own = parse_unit(unit), parse_unit(stated.unit)
            if not given.converts_to(own):
                raise Refused(finding("cli.impact.unit", unit, given=unit, own=own.symbol))
            factor = ratio(given.as_difference(), own.as_difference())
        d = tuple(factor * x for x in d)
    return Shifted(certificate.digest, place, d[0] if len(d) == 1 else d, _window(asked))


def _only_place(asked: WhatIf, places: list[str]) -> str:
    if len(places) == 1:
        return places[0]
    raise Refused(finding("cli.impact.place", asked.name, name=asked.name, places=", ".join(places) or "—"))


def _window(asked: WhatIf) -> tuple[date, date] | None:
    since, until = reading.read_day(asked.since, "--from"), reading.read_day(asked.until, "--to")
    return None if since is until is None else (since or date.min, until or date.max)


def show_impact(page: Page, impact: Impact, more: bool = False) -> None:
    """The table of consequences, the costliest first; more: others are told elsewhere."""
    scenario = type(impact.scenario).__name__.lower()
    page.title(f"{term('word.what_if')}{term('mark.colon')}{impact.seed.title}  {one_of(impact.seed.name)}".rstrip())
    changed = len({row.node.id for row in impact.rows})
    reach = term("impact.counted", count=changed, untouched=impact.untouched)
    told = term(f"scenario.{scenario}") + _amount(impact)
    page.facts(((term("impact.scenario"), told), (term("impact.reach"), reach)))
    if not impact.rows and not more:
        page.text("✓ " + term("impact.none"), "green")
    elif not impact.rows:
        return
    elif page.console.width < NARROW:
        for row in impact.rows:
            _stacked(page, row)
    else:
        page.table([term(f"impact.{name}") for name in COLUMNS], [_cells(row) for row in impact.rows], right=(5,))


def _amount(impact: Impact) -> str:
    """The shift as it was understood: numbers and the certificate's own unit, and the days."""
    from suyuan.quantity.notation import number
    from suyuan.quantity.unit import parse_unit
    from suyuan.traceability.scenario import Shifted

    shifted = impact.scenario
    if not isinstance(shifted, Shifted):
        return ""
    stated = getattr(impact.seed.document, "at", lambda _: None)(shifted.place)
    d = shifted.d if isinstance(shifted.d, tuple) else (shifted.d,)
    unit = parse_unit(stated.unit).as_difference().symbol if stated is not None else ""
    days = "" if shifted.between is None else f"  {shifted.between[0]} … {shifted.between[1]}"
    return f"  {', '.join(number(x, 6, sign=True) or '' for x in d)} {unit}  [{shifted.place}]{days}"


def _stacked(page: Page, row: Row) -> None:
    """One row as three lines, where the screen is too narrow for the table."""
    title, output, day, old, new, relative, (verdict, style), (how, _) = _cells(row)
    page.text(f"{title}  {output}  {day}", "bold")
    page.text(f"  {old} → {new}")
    told = (f"|Δ|/U = {relative}" if relative else "", verdict, how)
    page.text("  " + "   ".join(part for part in told if part), style)


def _cells(row: Row) -> tuple[str, str, object, str, str, str, Cell, Cell]:
    output = row.output if row.index is None else f"{row.output}[{row.index}]"
    return (
        f"{row.node.title}  {one_of(row.node.name)}".rstrip(), output, row.day or "", _figure(row.old, row.unit),
        _figure(row.new, row.unit), _relative(row), _verdicts(row), _how(row),
    )  # fmt: skip


def _figure(figure: Figure | None, unit: str) -> str:
    from suyuan.quantity.notation import grouped, notate

    return "—" if figure is None else grouped(notate(figure.value, figure.U, unit).pair)


def _relative(row: Row) -> str:
    from suyuan.quantity.notation import number

    return "" if row.relative is None else f"{number(row.relative, 2)}"


def _verdicts(row: Row) -> tuple[str, str]:
    before = row.old.verdict if row.old is not None else ""
    after = row.new.verdict if row.new is not None else ""
    if not before and not after:
        return ("", "")
    if before == after:
        return (state_cell(after)[0], "dim")
    words = [state_cell(v)[0] if v else term("state.none") for v in (before, after)]
    return (" → ".join(words), "bold red" if before == "pass" else "yellow")


def _how(row: Row) -> tuple[str, str]:
    return (term(f"how.{row.state}"), "" if row.state == "evaluated" else "yellow")
