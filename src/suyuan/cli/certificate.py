"""`suyuan certificate read | check | write | add` and `suyuan certificate schemas add | list`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import certificate_table, reading
from suyuan.cli.command import Data, DataNeeded, Day, Files, Out
from suyuan.cli.language import one_of, term
from suyuan.cli.output import STATES, Answer, Batch, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.certificate.certificate import Certificate
    from suyuan.certificate.ladder import Ladder


@dataclass(frozen=True)
class Read:
    """Certificates to show."""

    files: Files
    data: Data = None


@dataclass(frozen=True)
class Check:
    """Certificates to take up the ladder."""

    files: Files
    data: Data = None
    day: Day = ""


@dataclass(frozen=True)
class Write:
    """A typed certificate, or a case with its particulars, to be written as a DCC."""

    document: Annotated[Path, typer.Argument(metavar="DOCUMENT", help=term("help.document"))]
    out: Out = None
    particulars: Annotated[
        Path | None, typer.Option("--particulars", metavar="FILE", help=term("help.particulars"))
    ] = None  # fmt: skip
    data: Data = None


@dataclass(frozen=True)
class Add:
    """Documents to keep in a data folder."""

    files: Files
    data: DataNeeded


@dataclass(frozen=True)
class AddSchemas:
    """Schema files to install."""

    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=term("help.schemas.folder"))]
    data: DataNeeded


@dataclass(frozen=True)
class ListSchemas:
    """Which schemas are installed."""

    data: DataNeeded


def read(asked: Read) -> Answer:
    """Show what certificates state: values, uncertainties, items, equipment, attachments."""
    from suyuan.cli.statement import certificate_json, show_certificate

    evidence, damaged = reading.evidence_of(asked.data)
    shown: list[Certificate] = []
    findings = list(damaged)
    refused: list[Finding] = []
    for path in Batch(term("progress.read")).over(asked.files):
        try:
            certificate, found = reading.certificate_of(_bytes(path, asked.data), str(path))
        except Refused as fault:
            refused += fault.findings
            continue
        shown.append(certificate)
        findings += found

    def show(page: Page) -> None:
        for certificate in shown:
            show_certificate(page, certificate, evidence)

    values = {"certificates": [certificate_json(c, evidence) for c in shown]}
    return Answer(values, show, tuple(findings), tuple(refused))


def _bytes(path: Path, data: Path | None) -> bytes:
    """The bytes of a file, or with a data folder of the certificate that bears this name there."""
    if data is None or path == reading.STDIN or path.exists():
        return reading.read_bytes(path)
    from suyuan.cli.named import certificate_named

    store = reading.open_store(data)
    return store.read(certificate_named(store.evidence(), str(path)).digest)


def check(asked: Check) -> Answer:
    """Take certificates up the whole ladder; every rung says what it saw."""
    from suyuan.certificate.schema import Schemas
    from suyuan.verbs.check import check as climb

    day = reading.read_day(asked.day, "--day")
    store = None if asked.data is None else reading.open_store(asked.data)
    schemas = Schemas() if store is None else store.schemas()
    evidence, damaged = reading.evidence_of(asked.data)
    seen: list[tuple[Path, Ladder]] = []
    refused: list[Finding] = []
    for path in Batch(term("progress.check")).over(asked.files):
        try:
            with reading.about(path):
                ladder = climb(_bytes(path, asked.data), schemas, evidence, day)
        except Refused as fault:
            refused += fault.findings
            continue
        seen.append((path, ladder))
    findings = [(x.certificate, reading.in_file(f, path)) for path, x in seen for f in dict.fromkeys(x.findings)]
    # What cannot be read at all is bad input; what can be read and fails a rung is a certificate with faults.
    refused += [f for certificate, f in findings if certificate is None and f.severity == "error"]
    told = [*damaged, *(f for certificate, f in findings if certificate is not None or f.severity != "error")]
    values = {"day": day, "certificates": [_ladder_json(path, ladder) for path, ladder in seen]}
    return Answer(values, lambda page: _show_ladders(page, seen), tuple(told), tuple(refused))


def _ladder_json(path: Path, ladder: Ladder) -> dict[str, Any]:
    c = ladder.certificate
    return {
        "file": path,
        "issuer": c.issuer if c else None,
        "number": c.number if c else None,
        "sha256": c.digest if c else None,
        "usable": ladder.usable,
        "ladder": [
            {"rung": r.name, "state": r.state, "say": r.say, "findings": [f.code for f in r.findings]}
            for r in ladder.rungs
        ],
    }


def _show_ladders(page: Page, seen: Iterable[tuple[Path, Ladder]]) -> None:
    for path, ladder in seen:
        c = ladder.certificate
        page.title(str(path) if c is None else f"{path}  ·  {c.issuer} {c.number}")
        for rung in ladder.rungs:
            mark, style = STATES[rung.state]
            page.text(f"  {mark} {one_of(rung.say)}", style)


def write(asked: Write) -> Answer:
    """Write a DCC 3.3 from a typed certificate, or from a case with particulars."""
    import hashlib

    if asked.out is None:
        raise Refused(finding("cli.option.needs", "certificate write", option="certificate write", needed="--out FILE"))
    reading.free(asked.out)
    document = reading.read_object(asked.document)
    made = _from_case if "kind" in document and "input" in document else _from_typed
    data, findings = made(asked, document)
    reading.write_new(asked.out, data)
    digest = hashlib.sha256(data).hexdigest()

    def show(page: Page) -> None:
        page.title(term("certificate.written", file=asked.out))
        page.facts((("SHA-256", digest), (term("word.size"), f"{len(data)} B"), (term("word.version"), "DCC 3.3.0")))

    return Answer({"file": asked.out, "sha256": digest, "size": len(data), "version": "3.3.0"}, show, findings)


def _from_case(asked: Write, document: dict[str, Any]) -> tuple[bytes, tuple[Finding, ...]]:
    from suyuan.cli.particulars import read_particulars
    from suyuan.verbs.evaluate import evaluate
    from suyuan.verbs.issue import issue

    if asked.particulars is None:
        needed = "--particulars FILE.json"
        raise Refused(finding("cli.option.needs", str(asked.document), option="certificate write", needed=needed))
    particulars, found = read_particulars(asked.particulars)
    evidence, damaged = reading.evidence_of(asked.data)
    with reading.about(asked.document):
        result = evaluate(document, evidence)
        data = issue(result, particulars, evidence)
    return data, (*damaged, *found, *(reading.in_file(f, asked.document) for f in result.findings))


def _from_typed(asked: Write, document: dict[str, Any]) -> tuple[bytes, tuple[Finding, ...]]:
    from suyuan.certificate.dcc_write import write as dcc
    from suyuan.cli.particulars import complete

    certificate, found = reading.read_certificate(asked.document)
    if certificate.form != "typed":
        raise Refused(finding("cli.file.not_typed", str(asked.document)))
    if any(q.shared for q in certificate.quantities()):
        found = (*found, finding("certificate.shared.not_written", str(asked.document), "warning"))
    if asked.particulars is not None:
        certificate, more = complete(certificate, asked.particulars)
        found = (*found, *more)
    try:
        with reading.about(asked.document):
            return dcc(certificate), found
    except Refused as refused:
        if asked.particulars is not None:
            raise
        # Paper does not say all that the schema demands; the document has no fields for it, the particulars have.
        needed = "--particulars FILE.json"
        hint = finding("cli.option.needs", str(asked.document), option="certificate write", needed=needed)
        raise Refused(*refused.findings, hint) from None


def add(asked: Add) -> Answer:
    """Keep documents: the good ones go in, the others are findings."""
    store = reading.open_store(asked.data, new=True)
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    refused: list[Finding] = []
    for path in Batch(term("progress.add")).over(asked.files):
        row: dict[str, Any] = {"file": path, "kind": None, "issuer": "", "number": "", "sha256": "", "new": False}
        try:
            added = store.add(reading.read_bytes(path), path.name)
        except Refused as fault:
            refused += fault.findings
        else:
            row |= {"kind": added.kind, "issuer": added.issuer, "number": added.number, "sha256": added.digest}
            row["new"] = added.new
            told = [reading.in_file(f, path) for f in added.findings]
            for item in told:  # a number with two contents goes in, and is bad input all the same
                clean = added.stored and item.code != "store.document.conflict"
                (findings if clean else refused).append(item)
        rows.append(row)
    if new := {row["sha256"] for row in rows if row["kind"] == "correction"}:
        from suyuan.cli.series_detach import unfit_of_added
        from suyuan.store.correcting import joined

        fresh = {row["sha256"] for row in rows if row["kind"] == "correction" and row["new"]}
        findings += (*joined(store).replaced(fresh), *unfit_of_added(asked.data, new))

    def show(page: Page) -> None:
        page.title(term("add.title", folder=asked.data))
        columns = [term(f"add.{name}") for name in ("file", "state", "kind", "issuer", "number", "digest")]
        page.table(columns, [_added_cells(row) for row in rows])

    return Answer({"data": asked.data, "documents": rows}, show, tuple(findings), tuple(refused))


def _added_cells(row: dict[str, Any]) -> tuple[object, ...]:
    if row["kind"] is None:
        state = (f"✗ {term('add.refused')}", "bold red")
    else:
        state = (f"✓ {term('add.new' if row['new'] else 'add.there')}", "green")
    kind = term(f"kind.{row['kind']}") if row["kind"] else ""
    return (row["file"], state, kind, row["issuer"], row["number"], row["sha256"][:12])


def add_schemas(asked: AddSchemas) -> Answer:
    """Install schema files after checking their digests."""
    if not asked.folder.exists():
        raise Refused(finding("cli.file.missing", str(asked.folder), folder=asked.folder.absolute().parent))
    done = reading.open_store(asked.data, new=True).add_schemas(asked.folder)

    def show(page: Page) -> None:
        page.title(term("schemas.installed", folder=asked.data))
        page.table(
            (term("schemas.kind"), term("word.version")), [(term(f"schema.{kind}"), v) for kind, v in done.names]
        )
        page.facts(((term("schemas.checked"), ", ".join(done.schemas.versions()) or "—"),))

    values = {"installed": [list(name) for name in done.names], "versions": list(done.schemas.versions())}
    return Answer(values, show, done.findings)


def list_schemas(asked: ListSchemas) -> Answer:
    """Which certificate versions can be checked, and what the others lack."""
    from suyuan.certificate.schema import VERSIONS

    schemas = reading.open_store(asked.data).schemas()
    rows = [(version, schemas.missing(version)) for version in VERSIONS]

    def show(page: Page) -> None:
        page.title(term("schemas.title", folder=asked.data))
        page.table(
            (term("word.version"), term("ladder.state"), term("schemas.missing")),
            [(f"DCC {v}", _ready(missing), ", ".join(" ".join(name) for name in missing)) for v, missing in rows],
        )

    values = {"versions": [{"version": v, "installed": not m, "missing": [list(name) for name in m]} for v, m in rows]}
    return Answer(values, show)


def _ready(missing: tuple[Any, ...]) -> tuple[str, str]:
    return (f"– {term('schemas.not')}", "dim") if missing else (f"✓ {term('schemas.ready')}", "green")


COMMANDS: tuple[tuple[str, type[Any], Callable[[Any], Answer]], ...] = (
    ("read", Read, read), ("check", Check, check), ("write", Write, write), ("add", Add, add),
    *certificate_table.COMMANDS,
)  # fmt: skip
SCHEMAS: tuple[tuple[str, type[Any], Callable[[Any], Answer]], ...] = (
    ("add", AddSchemas, add_schemas), ("list", ListSchemas, list_schemas),
)  # fmt: skip
