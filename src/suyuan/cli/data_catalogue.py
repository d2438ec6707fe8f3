"""`suyuan data find|describe|lineage`: what the catalogue knows, and where a number comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading, service
from suyuan.cli.command import DataNeeded
from suyuan.cli.data_quality import Name, meant, versions
from suyuan.cli.language import language, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.quantity.correction import Correction
    from suyuan.series.catalogue import Entry
    from suyuan.series.dataset.version import DatasetVersion
    from suyuan.verbs.series.found import Hit
    from suyuan.verbs.series.lineage import Lineage


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


# ---------------------------------------------------------------- catalogue


def _catalogue(asked: Any) -> tuple[tuple[Entry, ...], tuple[DatasetVersion, ...]]:
    from suyuan.cli.command import today
    from suyuan.lake.beside import lake_of
    from suyuan.series.catalogue import entries, held

    lake = lake_of(asked.data)
    shared, streams = versions(lake), lake.streams()
    blocks = lake.blocks().select(["stream", "n", "first", "last"]).to_pylist()
    papers: dict[str, list[str]] = {}
    for one in _corrections(asked.data):
        papers.setdefault(one.instrument, []).append(one.certificate)
    named = {instrument: tuple(dict.fromkeys(names)) for instrument, names in papers.items()}
    return entries(streams, shared, today(), held(blocks), named), shared


def _corrections(data: Path) -> tuple[Correction, ...]:
    """The corrections of the documents beside a lake; none where there are no documents."""
    try:
        return measured.opened(data).join().corrections
    except Refused:
        return ()


def find(asked: Find) -> Answer:
    """Streams, datasets, instruments and places by words, in Chinese or English."""
    from suyuan.verbs.series.found import found, near

    known, _ = _catalogue(asked)
    hits = found(known, asked.words)
    there = () if hits else near((one.words for one in known), asked.words)
    rows = [
        {"kind": h.entry.kind, "id": h.entry.id, "title": h.entry.title, "grade": h.entry.grade,
         "streams": list(h.entry.about), "why": [{"term": w.term, "word": w.word, "by": w.by} for w in h.why]}
        for h in hits
    ]  # fmt: skip

    def put(page: Page) -> None:
        if not hits:
            page.text(term("data.nothing_found"))
            if there:
                page.text(term("data.near", words=" · ".join(there)))
            return
        page.table(service.columns("kind", "name", "title", "streams", "found_by"), [
            [term("data.kind." + h.entry.kind), h.entry.id, h.entry.title, len(h.entry.about), _why(h)] for h in hits
        ], (3,))  # fmt: skip

    return Answer({"words": asked.words, "found": rows, "near": list(there)}, put)


def _why(hit: Hit) -> str:
    return ", ".join(w.word if w.by == "word" else f"{w.term} → {w.word}" for w in hit.why if w.word)


def describe(asked: Describe) -> Answer:
    """What the catalogue says of a stream or a dataset, with what it lacks; --out: DCAT as JSON-LD."""
    import json

    from suyuan.series.catalogue import CONTEXT, dcat_catalogue, dcat_of, in_terms, incomplete, incomplete_dataset
    from suyuan.series.dataset.attributes import dcat

    known, shared = _catalogue(asked)
    found: tuple[Finding, ...] = ()
    chosen: tuple[Entry, ...] = tuple(e for e in known if e.kind in ("stream", "dataset"))
    if asked.name:
        entry = _named(known, asked.name)
        version = next((v for v in shared if v.name == entry.id), None) if entry.kind == "dataset" else None
        found = incomplete(entry) if version is None else incomplete_dataset(version)
        made = {"@context": CONTEXT, **(dcat_of(entry) if version is None else in_terms(dcat(version)))}
        chosen = (entry,)
    else:
        made = dcat_catalogue(known, shared, str(asked.data.resolve().name))
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
    waiting = [(made.root, 0, "")]
    while waiting:
        id, depth, state = waiting.pop()
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
            waiting += [(on, depth + 1, how) for on, how in reversed(below.get(id, []))]
    page.text(measured.rest(lines, len(nodes)), "dim")


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("find", Find, find), ("describe", Describe, describe), ("lineage", Origin, lineage),
)  # fmt: skip
