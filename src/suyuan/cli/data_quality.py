"""`suyuan data …`: quality of readings, flags, what the catalogue knows, and where a number comes from."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading, service
from suyuan.cli.command import DataNeeded, Out
from suyuan.cli.language import language, term
from suyuan.cli.output import MARKS, Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.lake.table import Lake
    from suyuan.quantity.correction import Correction
    from suyuan.series.catalogue import Entry
    from suyuan.series.dataset.version import DatasetVersion
    from suyuan.series.quality.check import Checked
    from suyuan.series.stream import Stream
    from suyuan.verbs.series.corrections import Join
    from suyuan.verbs.series.found import Hit
    from suyuan.verbs.series.lineage import Lineage

Name = Annotated[str, typer.Argument(metavar="STREAM|DATASET", help=term("help.data.either"))]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """One stream, or all streams of a dataset."""

    name: Name
    data: DataNeeded
    since: measured.Since = ""
    until: measured.Until = ""
    known: measured.Known = ""
    own_u: measured.Own = ""
    rule: Annotated[list[str] | None, typer.Option("--rule", metavar="RULE", help=term("help.data.rule"))] = None
    keep: Annotated[bool, typer.Option("--keep", help=term("help.data.keep"))] = False
    companion: Annotated[str, typer.Option("--companion", metavar="STREAM", help=term("help.data.companion"))] = ""
    zone: measured.Zone = ""


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The flags of one stream."""

    stream: measured.StreamName
    data: DataNeeded
    since: measured.Since = ""
    until: measured.Until = ""
    usable: Annotated[str, typer.Option("--usable", metavar="RULE", help=term("help.data.usable"))] = ""
    out: Out = None


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A person's word about some readings."""

    stream: measured.StreamName
    verdict: Annotated[str, typer.Argument(metavar="good|bad|look", help=term("help.data.verdict"))]
    data: DataNeeded
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=term("help.data.flag_reason"))]
    who: Annotated[str, typer.Option("--who", metavar="NAME", help=term("help.data.flag_who"))] = ""
    since: measured.Since = ""
    until: measured.Until = ""
    block: Annotated[str, typer.Option("--block", metavar="DIGEST", help=term("help.data.flag_block"))] = ""


@dataclass(frozen=True, kw_only=True)
class Find:
    """Words."""

    words: Annotated[str, typer.Argument(metavar="WORDS", help=term("help.data.words"))]
    data: DataNeeded


@dataclass(frozen=True, kw_only=True)
class Describe:
    """One entry, or the whole catalogue."""

    name: Annotated[str, typer.Argument(metavar="[STREAM|DATASET]", help=term("help.data.either"))] = ""
    data: DataNeeded
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=term("help.data.dcat"))] = None


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A dataset, or a summary of a stream over a span."""

    name: Name
    data: DataNeeded
    since: measured.Since = ""
    until: measured.Until = ""
    known: measured.Known = ""


# ---------------------------------------------------------------- what is meant


@dataclass(frozen=True)
class Meant:
    """A stream or a dataset that a name means."""

    stream: Stream | None
    version: DatasetVersion | None


def meant(lake: Lake, name: str) -> Meant:
    """What a name means; a stream comes before a dataset. Raises Refused for a name that neither has."""
    import difflib

    streams = {stream.id: stream for stream in lake.streams()}
    if name in streams:
        return Meant(streams[name], None)
    versions = _versions(lake)
    plain = name.partition(" sha256:")[0]
    if any(plain in (v.name, v.head.id) for v in versions):
        from suyuan.lake.datasets import shelf_of

        return Meant(None, shelf_of(lake).dataset(name))
    known = [*streams, *(v.name for v in versions)]
    near = ", ".join(difflib.get_close_matches(name, known, 3, 0.4) or known[:5]) or "—"
    raise Refused(finding("series_quality.name.unknown", name, given=name[:60], near=near))


def _versions(lake: Lake) -> tuple[DatasetVersion, ...]:
    from suyuan.lake.datasets import shelf_of

    return shelf_of(lake).datasets()[0]


# ---------------------------------------------------------------- quality


def quality(asked: Quality) -> Answer:
    """The rules over a stream, or over each stream of a dataset; with --keep what they flag is kept."""
    opened = measured.opened(asked.data)
    target = meant(opened.lake, asked.name)
    join = opened.join()
    parts: list[tuple[Stream, Any]] = []
    if target.version is not None:
        parts = [(p.stream, (p.first, p.last, p.u)) for p in target.version.parts]
    elif target.stream is not None:
        parts = [(target.stream, _span(asked, opened.lake))]
    found: list[Checked] = []
    with measured.progress(term("data.checking")) as told:
        for number, (stream, span) in enumerate(parts):
            found.append(_checked(asked, opened, join, stream, span))
            told(number + 1, len(parts))
    if asked.keep:
        from suyuan.lake.flags import keep
        from suyuan.series.quality.flags import run_of

        for one in found:
            keep(opened.lake, run_of(one))
    return _quality_shown(asked, found)


def _span(asked: Quality, lake: Lake) -> tuple[int | None, int | None, float | None]:
    given = measured.OfStream(stream=asked.name, data=asked.data, since=asked.since, until=asked.until,
                              known=asked.known, own_u=asked.own_u)  # fmt: skip
    span = measured.span_of(given, lake)
    return span.first, span.last, span.u


def _checked(asked: Quality, opened: measured.Opened, join: Join, stream: Stream, span: Any) -> Checked:
    from suyuan.cli.command import today
    from suyuan.lake.flags import subject
    from suyuan.lake.table import now
    from suyuan.series.quality.check import check
    from suyuan.verbs.series.quality import circumstances

    evidence, _ = opened.store.load()
    instruments = {stream.instrument, *opened.lake.blocks(stream.id)["instrument"].to_pylist()}
    around = circumstances(evidence, join, instruments, now(), today(), measured.zone_of(asked.zone),
                           _companion(asked, opened.lake))  # fmt: skip
    some = subject(opened.lake, stream, join.corrections, measured.known_at(asked.known), around, span)
    return check(some, tuple(asked.rule or ()))


def _companion(asked: Quality, lake: Lake) -> Any:
    if not asked.companion:
        return None
    import numpy as np

    from suyuan.lake.corrected import stream_of
    from suyuan.lake.marks import marked
    from suyuan.series.quality.examined import Companion

    found = marked(lake, stream_of(lake, asked.companion).id)
    some = found.counts & ~np.isnan(found.value)
    return Companion(asked.companion, found.time[some], found.value[some])


def _quality_shown(asked: Quality, found: Sequence[Checked]) -> Answer:
    values: dict[str, Any] = {
        "streams": [
            {"stream": one.subject.stream.id, "readings": len(one.subject), "asked": one.asked, "unasked": one.unasked,
             "observations": [o.to_json() for o in one.observations]}
            for one in found
        ],
        "kept": asked.keep,
    }  # fmt: skip
    findings = measured.once([f for one in found for f in one.findings])

    def put(page: Page) -> None:
        for one in found:
            page.title(f"{one.subject.stream.id}  {one.subject.stream.title}".rstrip())
            page.facts((
                (term("lake.readings"), len(one.subject)), (term("data.asked"), len(one.asked)),
                (term("data.unasked"), ", ".join(f"{_rule(k)} ({term('data.lacks.' + v)})"
                                                 for k, v in one.unasked.items())),
            ))  # fmt: skip
            if one.observations:
                page.table(service.columns("rule", "severity", "readings", "begins", "ends", "spans"), [
                    [_rule(o.rule), _severity(o.finding.severity), o.readings, measured.shown_time(o.first),
                     measured.shown_time(o.last), len(o.spans)] for o in one.observations
                ], (2, 5))  # fmt: skip
            else:
                page.text("✓ " + term("data.nothing_seen"), "green")

    return Answer(values, put, findings)


def _severity(word: str) -> tuple[str, str]:
    mark, style = MARKS[word]
    return f"{mark} {term('severity.' + word)}", style


def _rule(id: str) -> str:
    """A rule by its title."""
    row = _rules().get(id)
    return id if row is None else str(row[f"title_{language().value}"])


def _rules() -> Mapping[str, Any]:
    from suyuan.cli.command import today
    from suyuan.series.quality.rows import in_force

    return in_force(today())


# ---------------------------------------------------------------- flags


def flags(asked: Flags) -> Answer:
    """Readings that carry a flag: the device's, those of rules, people's words, and which readings a rule lets pass."""
    from suyuan.cli.command import today
    from suyuan.lake.beside import lake_of
    from suyuan.lake.corrected import stream_of
    from suyuan.lake.flags import flags_of
    from suyuan.lake.marks import marked
    from suyuan.series.quality.flags import usable, usable_rule

    measured.check_out(asked.out)
    rule = usable_rule(today(), asked.usable)
    lake = lake_of(asked.data)
    stream = stream_of(lake, asked.stream)
    first, last = measured.moment(asked.since, "--from"), measured.moment(asked.until, "--to", over=True)
    found = marked(lake, stream.id, first, last)
    held = flags_of(lake, found)
    good = usable(held, rule, today())
    texts, code = held.readings.marks
    counted = {name: int((column > 0).sum()) for name, column in held.computed.items()}
    reported = {texts[i]: int((code == i).sum()) for i in range(1, len(texts)) if (code == i).any()}
    if asked.out is not None:
        measured.write_table(asked.out, _flag_columns(found, held, good))
    values: dict[str, Any] = {
        "stream": stream.id, "readings": len(found), "usable": int(good.sum()), "rule": rule["id"],
        "rule_status": rule["status"], "reported": reported, "unexamined": int(held.unasked.sum()),
        "computed": {name: {"readings": n, "versions": list(held.versions[name])} for name, n in counted.items()},
        "human": [{"verdict": p.verdict, "who": p.who, "reason": p.reason, "when": measured.iso(p.when),
                   "first": measured.iso(p.first), "last": measured.iso(p.last),
                   "readings": int((held.human == i).sum())} for i, p in enumerate(held.people)],
        "written": asked.out and str(asked.out),
    }  # fmt: skip

    def put(page: Page) -> None:
        title = rule[f"title_{language().value}"]
        page.title(f"{stream.id}  {stream.title}".rstrip())
        page.facts((
            (term("lake.readings"), len(found)), (term("data.is_usable"), f"{int(good.sum())}  ({title})"),
            (term("data.unexamined"), int(held.unasked.sum()) or None),
        ))  # fmt: skip
        rows = [[term("data.reported"), text, "", count] for text, count in reported.items()]
        rows += [[term("data.computed"), _rule(name), ", ".join(map(str, held.versions[name])), n]
                 for name, n in counted.items() if n]  # fmt: skip
        rows += [[term("data.human"), f"{term('data.verdict.' + p.verdict)}: {p.reason}",
                  f"{p.who} {measured.shown_time(p.when)}", int((held.human == i).sum())]
                 for i, p in enumerate(held.people)]  # fmt: skip
        page.table(service.columns("kind", "what", "by_whom", "readings"), rows, (3,))

    return Answer(values, put)


def _flag_columns(found: Any, held: Any, good: Any) -> dict[str, Any]:
    """The flags of each reading as columns, each kind on its own."""
    import numpy as np
    import pyarrow as pa

    from suyuan.series.block import NO_TIME
    from suyuan.series.quality.flags import SEVERITIES

    texts, code = held.readings.marks
    said = np.array([*(p.verdict for p in held.people), ""], object)
    columns: dict[str, Any] = {
        "time": pa.array(found.time, pa.timestamp("us", "UTC"), mask=found.time == NO_TIME),
        "reported": np.array(texts, object)[code],
        **{name: np.array(SEVERITIES, object)[column] for name, column in held.computed.items()},
        "human": said[held.human], "usable": good,
    }  # fmt: skip
    return columns


def flag(asked: Flag) -> Answer:
    """Keep a person's word about readings; nothing is altered, and earlier words stay."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.corrected import stream_of
    from suyuan.lake.flags import say
    from suyuan.lake.table import now
    from suyuan.series.quality.flags import Human

    lake = lake_of(asked.data)
    stream = stream_of(lake, asked.stream)
    first, last = measured.moment(asked.since, "--from"), measured.moment(asked.until, "--to", over=True)
    who = asked.who or _login()
    one = Human(stream.id, first, last, asked.verdict, who, asked.reason, now(), asked.block)
    version = say(lake, one)
    values = {"stream": stream.id, "verdict": one.verdict, "who": who, "reason": one.reason,
              "first": measured.iso(first), "last": measured.iso(last), "version": version}  # fmt: skip
    return Answer(values, lambda page: page.text("✓ " + term("data.flag_kept", who=who), "green"))


def _login() -> str:
    """Who is at the keyboard; «» where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


# ---------------------------------------------------------------- catalogue


def _catalogue(asked: Any) -> tuple[tuple[Entry, ...], tuple[DatasetVersion, ...]]:
    from suyuan.cli.command import today
    from suyuan.lake.beside import lake_of
    from suyuan.series.catalogue import entries, held

    lake = lake_of(asked.data)
    versions, streams = _versions(lake), lake.streams()
    blocks = lake.blocks().select(["stream", "n", "first", "last"]).to_pylist()
    papers: dict[str, list[str]] = {}
    for one in _corrections(asked.data):
        papers.setdefault(one.instrument, []).append(one.certificate)
    named = {instrument: tuple(dict.fromkeys(names)) for instrument, names in papers.items()}
    return entries(streams, versions, today(), held(blocks), named), versions


def _corrections(data: Path) -> tuple[Correction, ...]:
    """The corrections of the documents beside a lake; none where there are no documents."""
    try:
        return measured.opened(data).join().corrections
    except Refused:
        return ()


def find(asked: Find) -> Answer:
    """Streams, datasets, instruments and places by words, in Chinese or English."""
    from suyuan.verbs.series.found import found

    known, _ = _catalogue(asked)
    hits = found(known, asked.words)
    rows = [
        {"kind": h.entry.kind, "id": h.entry.id, "title": h.entry.title, "grade": h.entry.grade,
         "streams": list(h.entry.about), "why": [{"term": w.term, "word": w.word, "by": w.by} for w in h.why]}
        for h in hits
    ]  # fmt: skip

    def put(page: Page) -> None:
        if not hits:
            page.text(term("data.nothing_found"))
            return
        page.table(service.columns("kind", "name", "title", "streams", "found_by"), [
            [term("data.kind." + h.entry.kind), h.entry.id, h.entry.title, len(h.entry.about), _why(h)] for h in hits
        ], (3,))  # fmt: skip

    return Answer({"words": asked.words, "found": rows}, put)


def _why(hit: Hit) -> str:
    return ", ".join(w.word if w.by == "word" else f"{w.term} → {w.word}" for w in hit.why if w.word)


def describe(asked: Describe) -> Answer:
    """What the catalogue says of a stream or a dataset, with what it lacks; --out: DCAT as JSON-LD."""
    import json

    from suyuan.series.catalogue import dcat_catalogue, dcat_of, incomplete, incomplete_dataset
    from suyuan.series.dataset.attributes import dcat

    known, versions = _catalogue(asked)
    found: tuple[Finding, ...] = ()
    chosen: tuple[Entry, ...] = tuple(e for e in known if e.kind in ("stream", "dataset"))
    if asked.name:
        entry = _named(known, asked.name)
        version = next((v for v in versions if v.name == entry.id), None) if entry.kind == "dataset" else None
        found = incomplete(entry) if version is None else incomplete_dataset(version)
        made = dcat_of(entry) if version is None else dcat(version)
        chosen = (entry,)
    else:
        made = dcat_catalogue(known, versions, str(asked.data.resolve().name))
    if asked.out is not None:
        text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
        reading.write_new(asked.out, text.encode("utf-8"))
    values = {"entries": [_entry(e) for e in chosen], "dcat": made, "written": asked.out and str(asked.out)}

    def put(page: Page) -> None:
        if asked.name:
            entry = chosen[0]
            page.title(f"{entry.id}  {entry.title}".rstrip())
            page.table(service.columns("scheme", "name", "value", "rule_status"), [
                [a.rule["scheme"], a.rule[f"title_{language().value}"], a.value, a.rule["status"]]
                for a in entry.attributes if a.value
            ])  # fmt: skip
        else:
            page.table(service.columns("kind", "name", "title", "grade"), [
                [term("data.kind." + e.kind), e.id, e.title, e.grade] for e in chosen[: measured.MOST]
            ])  # fmt: skip
            page.text(measured.rest(measured.MOST, len(chosen)), "dim")
        if asked.out is not None:
            page.text(service.written(asked.out))

    return Answer(values, put, found)


def _named(known: Sequence[Entry], name: str) -> Entry:
    import difflib

    plain = name.partition(" sha256:")[0]
    some = {e.id: e for e in known if e.kind in ("stream", "dataset")}
    found = some.get(plain) or next((e for e in some.values() if e.id.partition("@")[0] == plain), None)
    if found is None:
        near = ", ".join(difflib.get_close_matches(name, some, 3, 0.4) or list(some)[:5]) or "—"
        raise Refused(finding("series_quality.name.unknown", name, given=name[:60], near=near))
    return found


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind, "id": entry.id, "title": entry.title, "grade": entry.grade, "streams": list(entry.about),
        "attributes": [{"scheme": a.rule["scheme"], "name": a.rule["name"], "value": a.value,
                        "required": a.rule["required"], "status": a.rule["status"], "source": a.rule["source"]}
                       for a in entry.attributes],
    }  # fmt: skip


# ---------------------------------------------------------------- lineage


def lineage(asked: Origin) -> Answer:
    """From a dataset, or a summary of a stream, to blocks, files, certificates and the anchors above them."""
    from suyuan.lake.datasets import shelf_of
    from suyuan.lake.table import now
    from suyuan.verbs.series.lineage import Held, Papers, dataset_lineage, summary_lineage

    opened = measured.opened(asked.data)
    target = meant(opened.lake, asked.name)
    join = opened.join()
    evidence, damaged = opened.store.load()
    blocks = opened.lake.blocks().sort_by([("written", "ascending"), ("block", "ascending")]).to_pylist()
    held = Held(opened.lake.streams(), blocks)
    if target.version is not None:
        cited, more = shelf_of(opened.lake).certificates()
        own = {c.id for c in join.corrections}
        papers = Papers((*join.corrections, *(c for c in cited if c.id not in own)), join.used, evidence)
        made, damaged = dataset_lineage(target.version, held, papers), (*damaged, *more)
    else:
        assert target.stream is not None
        first, last = measured.moment(asked.since, "--from"), measured.moment(asked.until, "--to", over=True)
        known = measured.known_at(asked.known) if asked.known else now()
        papers = Papers(join.corrections, join.used, evidence)
        made = summary_lineage(target.stream, first, last, known, held, papers)
    return Answer(made.to_json(), lambda page: _show_lineage(page, made), (*damaged, *made.findings))


def _show_lineage(page: Page, made: Lineage) -> None:
    """The graph as an indented list: each node once, under what it was first met under."""
    nodes = {node.id: node for node in made.nodes}
    below: dict[str, list[tuple[str, str]]] = {}
    for link in made.links:
        below.setdefault(link.of, []).append((link.on, link.state))
    seen: set[str] = set()
    lines = 0
    todo = [(made.root, 0, "")]
    while todo:
        id, depth, state = todo.pop()
        node = nodes.get(id)
        if node is None or lines >= 4 * measured.MOST:
            continue
        again = id in seen
        seen.add(id)
        shown = "" if state in ("", "resolved", "valid") else f"  [{state}]"
        kind = term("data.kind." + node.kind)
        page.text(f"{'  ' * depth}{kind}  {node.title}{shown}{'  ↑' if again else ''}", "dim" if again else "")
        lines += 1
        if not again:
            todo += [(on, depth + 1, how) for on, how in reversed(below.get(id, []))]
    page.text(measured.rest(lines, len(nodes)), "dim")


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("quality", Quality, quality), ("flags", Flags, flags), ("flag", Flag, flag), ("find", Find, find),
    ("describe", Describe, describe), ("lineage", Origin, lineage),
)  # fmt: skip
