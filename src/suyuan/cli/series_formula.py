"""`suyuan series formula`: a formula over several corrected streams: by hour or day, as a whole, or over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from suyuan.cli import measured, series_periods, service
from suyuan.cli.command import DataNeeded, Out
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.cli.series_said import K, of_views
from suyuan.quantity.finding import Finding, Refused, errors, finding

if TYPE_CHECKING:
    from suyuan.lake.corrected import Span
    from suyuan.lake.joined import Joined
    from suyuan.quantity.formula.formula import Formula
    from suyuan.quantity.quantity import Quantity
    from suyuan.quantity.unit import Unit
    from suyuan.series.gathered import Gathered
    from suyuan.series.summary import Resampled


@dataclass(frozen=True, kw_only=True)
class OverStreams:
    """A formula, and the streams that its names are."""

    text: Annotated[str, typer.Argument(metavar="FORMULA", help=term("help.series.formula_text"))]
    data: DataNeeded
    of: Annotated[list[str], typer.Option("--of", metavar="NAME=STREAM", help=term("help.series.of"))]
    unit: Annotated[str, typer.Option("--unit", metavar="UNIT", help=term("help.series.result_unit"))]
    by: Annotated[str, typer.Option("--by", metavar="hour|day|span", help=term("help.series.by"))] = "hour"
    what: Annotated[str, typer.Option("--what", metavar="mean|integral", help=term("help.series.formula_what"))] = (
        "mean"
    )
    shown: Annotated[str, typer.Option("--in", metavar="UNIT", help=term("help.series.shown_in"))] = ""
    longest: Annotated[str, typer.Option("--longest", metavar="SECONDS", help=term("help.series.longest"))] = ""
    least: Annotated[str, typer.Option("--least", metavar="SHARE", help=term("help.series.least"))] = ""
    since: measured.Since = ""
    until: measured.Until = ""
    known: measured.Known = ""
    own_u: measured.Own = ""
    counting: measured.Counting = ""
    usable: measured.Usable = ""
    zone: measured.Zone = ""
    out: Out = None


def formula(asked: OverStreams) -> Answer:
    """Hours or days with completeness, or one number with its budget; units are checked as far as they are known."""
    from suyuan.lake.joined import joined
    from suyuan.quantity.formula.formula import Formula
    from suyuan.quantity.formula.units import dimensions
    from suyuan.quantity.unit import parse_unit

    _checked(asked)
    text, names = Formula(asked.text), _named(asked.of)
    measured.check_out(asked.out)
    opened = measured.opened(asked.data)
    spans = {name: _span(asked, stream, opened.lake) for name, stream in names.items()}
    for name in text.names:
        if name not in names:
            raise Refused(finding("lake.joined.names", asked.text[:60], name=name, known=", ".join(names)))
    known, join = measured.known_at(asked.known), opened.join()
    given = joined(opened.lake, {name: spans[name] for name in text.names}, join.corrections, known)
    units = {name: parse_unit(unit) for name, unit in given.units.items()}
    unfit = dimensions(text, units, parse_unit(asked.unit), asked.text[:60], strict=True)[1]
    if errors(unfit):
        raise Refused(*errors(unfit))
    instruments = {one.stream.instrument for one in given.found.values()}
    told = [f for f in join.findings if dict(f.parameters).get("instrument", "") in {"", *instruments}]
    told += [f for one in given.found.values() for f in one.findings]
    told += [finding("lake.joined.alone", name, "note", count=n) for name, n in given.alone.items() if n]
    for name in text.names:
        told += of_views(spans[name], [row[name] for row in given.views]).findings(opened, join)
    about = {"formula": asked.text, "streams": names, "known": measured.iso(known), "k": K, "units": given.units}
    done = _periods(asked, given, text, about) if asked.by != "span" else _whole(asked, given, text, about)
    return Answer(done.values, done.show, measured.once((*told, *unfit, *done.findings)))


@dataclass(frozen=True)
class _Done:
    values: dict[str, Any]
    show: Any
    findings: tuple[Finding, ...] = ()


def _checked(asked: OverStreams) -> None:
    if asked.by not in ("hour", "day", "span"):
        raise Refused(finding("series.periods.kind", "--by", given=asked.by[:40]))
    if asked.what not in ("mean", "integral") or (asked.what == "integral" and asked.by != "span"):
        raise Refused(finding("cli.series.what", "--what", given=f"{asked.what[:40]} --by {asked.by}"))
    from suyuan.quantity.unit import parse_unit

    for unit in (asked.unit, asked.shown):
        if unit:
            parse_unit(unit)


def _named(given: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, stream = text.partition("=")
        if not (name.strip() and equals and stream.strip()):
            raise Refused(finding("lake.joined.names", text[:60], name=text[:40], known="NAME=STREAM"))
        found[name.strip()] = stream.strip()
    return found


def _span(asked: OverStreams, stream: str, lake: Any) -> Span:
    one = measured.OfStream(stream=stream, data=asked.data, since=asked.since, until=asked.until, known=asked.known,
                            own_u=asked.own_u, counting=asked.counting, usable=asked.usable)  # fmt: skip
    return measured.span_of(one, lake)


def _sampling(given: Joined) -> float | None:
    """The longest sampling of the streams: what a row may be expected at; None where one is not known."""
    steps = [one.stream.sampling for one in given.found.values()]
    return None if None in steps or not steps else max(s for s in steps if s is not None)


# ---------------------------------------------------------------- hours and days


def _periods(asked: OverStreams, given: Joined, text: Formula, about: dict[str, Any]) -> _Done:
    from suyuan.lake.joined import sums
    from suyuan.quantity.unit import parse_unit
    from suyuan.series.periods import Periods
    from suyuan.series.stream import Stream
    from suyuan.series.summary import LEAST, resample

    sampling = _sampling(given)
    least = measured.number_of(asked.least, "--least") if asked.least else (LEAST if sampling else 0.0)
    periods = Periods(cast(Literal["hour", "day"], asked.by), measured.zone_of(asked.zone))
    stream = Stream(asked.text[:80], "", asked.unit, "+".join(about["streams"].values()), sampling=sampling)
    made = sums(given, text, asked.unit, periods)
    found = resample(made, stream, least or None)
    factor, unit = _factor(parse_unit(asked.unit), asked.shown)
    rows = series_periods.rows_of(found, made, factor)
    if asked.out is not None:
        measured.write_table(asked.out, series_periods.columns_of(rows, found))
    values = about | {"unit": unit.symbol, "by": asked.by, "what": "mean", "least": least, "rows": rows,
                      "written": asked.out and str(asked.out)}  # fmt: skip
    return _Done(values, lambda page: _show_periods(page, asked, found, rows, unit), found.findings)


def _show_periods(page: Page, asked: OverStreams, found: Resampled, rows: list[dict[str, Any]], unit: Unit) -> None:
    page.title(f"{asked.text}  {term('series.' + asked.by)}")
    if asked.out is not None:
        page.text(service.written(asked.out))
        return
    series_periods.show_rows(page, rows, found, unit.symbol)


# ---------------------------------------------------------------- the whole


def _whole(asked: OverStreams, given: Joined, text: Formula, about: dict[str, Any]) -> _Done:
    from suyuan.lake.joined import integral, sums
    from suyuan.quantity.unit import parse_unit

    values = about | {"what": asked.what, "by": "span", "rows": len(given.times)}
    unit = parse_unit(asked.unit)
    if asked.what == "integral":
        sampling = _sampling(given)
        longest = measured.number_of(asked.longest, "--longest") if asked.longest else 2.0 * sampling if sampling else 0
        if not longest:
            raise Refused(finding("cli.series.longest", "--longest"))
        made = integral(given, text, asked.unit, longest)
        result, unit = _sum(made.sums), unit * parse_unit("s")
        values |= {"covered_s": made.covered, "gaps": made.gaps}
    else:
        result = sums(given, text, asked.unit).means()[0]
    factor, shown = _factor(unit, asked.shown)
    u = abs(factor) * float(result.u)
    budget = [(what, paper, abs(factor) * part) for what, paper, part in _budget(result)]
    rows = [{"influence": what, "certificate": paper, "u": part} for what, paper, part in budget]
    values |= {"value": factor * float(result.value), "u": u, "U": K * u, "unit": shown.symbol, "budget": rows}
    return _Done(values, lambda page: _show_whole(page, asked, values, budget))


def _sum(sums: Gathered) -> Quantity:
    return sums.sums()[0]


def _budget(result: Quantity) -> list[tuple[str, str, float]]:
    """(what, certificate, u) of each influence, the largest first; readings themselves have no certificate."""
    import numpy as np

    from suyuan.quantity.block import variance

    rows = []
    for one in result.influences():
        paper = f"{one.source.issuer} {one.source.number}".strip() if one.source.number else ""
        what = one.label.removeprefix(one.source.number).strip() or one.id[:8] if paper else term("part.own")
        rows.append((what, paper, float(np.sqrt(variance(result.blocks[one.id])))))
    return sorted(rows, key=lambda row: -row[2])


def _show_whole(page: Page, asked: OverStreams, values: dict[str, Any], budget: list[tuple[str, str, float]]) -> None:
    from suyuan.quantity.notation import notate

    page.title(f"{asked.text}  {term('series.' + asked.what)}")
    note = notate(values["value"], values["U"] or None, values["unit"])
    page.text(f"{note.pair}  (k = 2)", "bold")
    known = measured.shown_time(measured.moment(values["known"], ""))
    page.facts(((term("series.known"), known), (term("column.readings"), values["rows"])))
    heads = service.columns("influence", "certificate", "u")
    page.table(heads, [[what, paper, measured.pair(0.0, part)[1]] for what, paper, part in budget], (2,))


def _factor(unit: Unit, shown: str) -> tuple[float, Unit]:
    """What values of a unit are multiplied by to be in the one that is asked for."""
    from suyuan.quantity.unit import convert, parse_unit

    if not shown:
        return 1.0, unit
    target = parse_unit(shown)
    return float(convert(1.0, unit.as_difference(), target.as_difference())), target
