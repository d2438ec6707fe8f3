"""`suyuan compare report, rerun, seal, open`: a round of a comparison on file, without a server."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from suyuan.cli import reading
from suyuan.cli.command import Data, Day, today
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, errors, finding

if TYPE_CHECKING:
    from suyuan.comparison.round.evaluation import Progress
    from suyuan.comparison.round.protocol import Protocol
    from suyuan.comparison.round.report import Report
    from suyuan.verbs.comparison.rerun import Rerun

State = Literal["draft_a", "draft_b", "final"]
MARKS = {"satisfactory": "✓", "questionable": "!", "unsatisfactory": "✗", "undetermined": "?"}
STYLES = {"satisfactory": "green", "questionable": "yellow", "unsatisfactory": "bold red", "undetermined": "dim"}
MOST = 60
"""Rows on a terminal; `--json` and the report have them all."""


@dataclass(frozen=True)
class MakeReport:
    """A round on file becomes a report."""

    round: Annotated[Path, typer.Argument(metavar="ROUND", help=term("help.round"))]
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help=term("help.report_folder"))]
    state: Annotated[str, typer.Option("--state", metavar="draft_a|draft_b|final", help=term("help.state"))] = "draft_a"
    version: Annotated[int, typer.Option("--edition", min=1, help=term("help.report_version"))] = 1
    formats: Annotated[str, typer.Option("--formats", metavar="pdf,html,…", help=term("help.formats"))] = ""
    day: Day = ""
    data: Data = None


@dataclass(frozen=True)
class Again:
    """A report is recomputed."""

    report: Annotated[Path, typer.Argument(metavar="REPORT", help=term("help.report"))]


@dataclass(frozen=True)
class Seal:
    """A result is sealed for a protocol."""

    result: Annotated[Path, typer.Argument(metavar="RESULT", help=term("help.result"))]
    protocol: Annotated[Path, typer.Option("--protocol", metavar="PROTOCOL", help=term("help.protocol"))]
    out: Annotated[Path, typer.Option("--out", metavar="ENVELOPE", help=term("help.envelope_out"))]


@dataclass(frozen=True)
class Open:
    """A sealed result is opened with its code."""

    envelope: Annotated[Path, typer.Argument(metavar="ENVELOPE", help=term("help.envelope"))]
    code: Annotated[str, typer.Option("--code", metavar="CODE", help=term("help.code"))]
    out: Annotated[Path, typer.Option("--out", metavar="RESULT", help=term("help.out"))]
    commitment: Annotated[str, typer.Option("--commitment", metavar="SHA256", help=term("help.commitment"))] = ""


def report(asked: MakeReport) -> Answer:
    """The report of a round on file, written into a new folder as JSON, and as documents for people."""
    from suyuan.cli.doctor import release
    from suyuan.comparison.round.report import STATES, Issue
    from suyuan.comparison.round.report_form import report_document
    from suyuan.verbs.comparison.round import read_round, report_of

    if asked.state not in STATES:
        raise Refused(finding("comparison.report.state", "--state", given=asked.state, known=", ".join(STATES)))
    if asked.out.exists():
        raise Refused(finding("cli.out.exists", str(asked.out)))
    with reading.about(asked.round):
        played, told = read_round(reading.read_bytes(asked.round))
    evidence, damaged = reading.evidence_of(asked.data)
    day = reading.read_day(asked.day, "--day") or today()
    issue = Issue(next(s for s in STATES if s == asked.state), day, f"suyuan {release()}", asked.version)
    with _progress() as progress:
        made = report_of(played, issue, evidence, progress)
        papers, unmade = _documents(made, asked.formats, progress)
        files = {"report.json": report_document(made), **papers}
    write_all(asked.out, files)
    findings = tuple(dict.fromkeys((*damaged, *told, *made.findings, *unmade)))

    def show(page: Page) -> None:
        _show_report(page, made)
        key = "compare.written" if made.protocol.blind and made.state != "final" else "compare.written_named"
        page.text(term(key, folder=asked.out, files=", ".join(files)))

    return Answer(_report_json(made) | {"files": [str(asked.out / name) for name in files]}, show, findings)


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """A new folder with all files, or none: it gets its name when it is complete."""
    part = folder.with_name(f".{folder.name}.part-{secrets.token_hex(4)}")
    part.mkdir(parents=True)
    try:
        for name, data in files.items():
            reading.write_new(part / name, data)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _documents(made: Report, formats: str, progress: Progress) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The documents as participants may have them; without a Chinese font all but the PDF, with the finding."""
    from suyuan.report.papers.all import FORMATS, documents

    wanted: list[Any] = [f.strip() for f in formats.split(",") if f.strip()] or list(FORMATS)
    try:
        return dict(documents(made, formats=wanted, progress=progress)), ()
    except Refused as refused:
        if "pdf" not in wanted or not any(f.code == "report.font.missing" for f in refused.findings):
            raise
        rest = [f for f in wanted if f != "pdf"]
        return dict(documents(made, formats=rest, progress=progress)), refused.findings


def _report_json(made: Report) -> dict[str, Any]:
    from suyuan.comparison.round.report_form import outcome_fields

    return {
        "number": made.number, "state": made.state, "issued": made.issued, "protocol": made.protocol_digest,
        "references": [
            {"measurand": e.measurand.id, "method": f.method, "value": f.value, "u": f.u, "U": f.U,
             "unit": e.measurand.unit, "chi2": f.chi2, "dof": f.dof, "p": f.p}
            for e in made.evaluations for f in e.methods
        ],
        "outcomes": [outcome_fields(o) for o in made.outcomes],
    }  # fmt: skip


def _show_report(page: Page, made: Report) -> None:
    from suyuan.cli.comparison_answers import method_words
    from suyuan.quantity.notation import number

    page.title(f"{made.number} · {term('compare.state.' + made.state)}")
    rows = [
        (
            e.measurand.id, method_words(f.method), _with_U(f.value, f.U, e.measurand.unit),
            "" if f.dof == 0 else number(f.p, 2),
        )
        for e in made.evaluations for f in e.methods
    ]  # fmt: skip
    page.table([term(f"compare.{key}") for key in ("measurand", "method", "reference", "p")], rows[:MOST])
    results = [
        (
            o.measurand, o.member, "" if o.d is None else _with_U(o.d, o.U_d, o.unit),
            "" if o.score is None else f"{o.score:.2f}".replace("-", "−"),
            (f"{MARKS[o.verdict]} {term('compare.verdict.' + o.verdict)}", STYLES[o.verdict]),
        )
        for o in made.outcomes
    ]  # fmt: skip
    heads = ("measurand", "member", "d", "score", "verdict")
    page.table([term(f"compare.{key}") for key in heads], results[:MOST], right=(3,))
    if len(results) > MOST:
        page.text(term("compare.more", n=len(results) - MOST), "dim")


def _with_U(value: float, U: float | None, unit: str) -> str:
    """«(42 ± 32) nm»: parentheses behind a value are for standard uncertainties alone."""
    from suyuan.quantity.notation import grouped, notate

    return grouped(notate(value, U or None, unit).pair)


def again(asked: Again) -> Answer:
    """Recompute a report: «same», or where it differs."""
    from suyuan.verbs.comparison.rerun import rerun

    with reading.about(asked.report), _progress() as progress:
        found = rerun(reading.read_bytes(asked.report), progress)
    wrong = () if found.same else (finding("comparison.rerun.differs", str(asked.report), n=len(found.differences)),)

    def show(page: Page) -> None:
        _show_rerun(page, found)

    values = {"same": found.same, "numbers": found.numbers, "unchecked": found.unchecked,
              "differences": found.differences}  # fmt: skip
    return Answer(values, show, (*found.findings, *wrong))


def _show_rerun(page: Page, found: Rerun) -> None:
    page.title(term("compare.same" if found.same else "compare.differs", n=found.numbers))
    if found.unchecked:
        page.text(term("compare.unchecked", what=", ".join(term(f"compare.part.{u}") for u in found.unchecked)), "dim")
    if found.differences:
        keys = ("measurand", "method", "member", "field", "printed", "recomputed")
        rows = [(d.measurand, d.method, d.lab, f"{d.kind}: {d.field}", d.printed[:30], d.recomputed[:30])
                for d in found.differences[:MOST]]  # fmt: skip
        page.table([term(f"compare.{key}") for key in keys], rows)


def seal(asked: Seal) -> Answer:
    """Seal a result: an envelope for the pilot, a commitment to announce, a code that the member keeps."""
    from suyuan.comparison.round import seal as seals
    from suyuan.comparison.round.plausibility import plausible
    from suyuan.comparison.round.read_submission import read_submission

    protocol = _protocol(asked.protocol)
    with reading.about(asked.result):
        content = _answering(reading.read_bytes(asked.result), protocol)
        submission, told = read_submission(content, protocol)
        if submission is None:
            raise Refused(*told)
        told = (*told, *plausible(submission, protocol))
        if errors(told):
            raise Refused(*errors(told))
    key, nonce = secrets.token_bytes(seals.KEY_BYTES), secrets.token_bytes(seals.KEY_BYTES)
    envelope = seals.seal(content, key, nonce, (protocol.digest, submission.member))
    reading.write_new(asked.out, seals.envelope_document(envelope))
    code = seals.opening_code(key)

    def show(page: Page) -> None:
        page.title(term("compare.sealed", file=asked.out))
        page.facts([
            (term("compare.member"), submission.member), (term("compare.protocol"), protocol.digest),
            (term("compare.commitment"), envelope.commitment), (term("compare.code"), code),
        ])  # fmt: skip
        page.text(term("compare.keep_code"))

    values = {"member": submission.member, "protocol": protocol.digest, "commitment": envelope.commitment,
              "code": code, "file": str(asked.out)}  # fmt: skip
    return Answer(values, show, told)


def _answering(result: bytes, protocol: Protocol) -> bytes:
    """A result that names the protocol it answers: one that names none answers the one it is sealed for."""
    from suyuan.comparison.round.write import SUBMISSION
    from suyuan.quantity.fields import canonical, open_document

    root, _ = open_document(result, SUBMISSION)
    if root is None or root.has("protocol"):
        return result
    return canonical({**root.content, "protocol": protocol.digest})


def open_(asked: Open) -> Answer:
    """Open a sealed result with its code and check it against its commitment."""
    from suyuan.comparison.round import seal as seals

    reading.free(asked.out)
    with reading.about(asked.envelope):
        envelope, told = seals.read_envelope(reading.read_bytes(asked.envelope))
        if envelope is None:
            raise Refused(*told)
        opened = seals.open_envelope(envelope, seals.read_opening_code(asked.code), asked.commitment.strip().lower())
    reading.write_new(asked.out, opened.content)

    def show(page: Page) -> None:
        page.title(term("compare.opened", file=asked.out))
        page.facts([
            (term("compare.member"), envelope.member), (term("compare.commitment"), envelope.commitment),
            (term("compare.nonce"), opened.nonce.hex()),
        ])  # fmt: skip

    values = {"member": envelope.member, "commitment": envelope.commitment, "nonce": opened.nonce.hex(),
              "file": str(asked.out)}  # fmt: skip
    return Answer(values, show, told)


def _protocol(path: Path) -> Protocol:
    from suyuan.comparison.round.read import read_protocol

    with reading.about(path):
        protocol, told = read_protocol(reading.read_bytes(path))
        if protocol is None:
            raise Refused(*errors(told))
    return protocol


@contextmanager
def _progress() -> Iterator[Progress]:
    """What is being done and how much of it, on a terminal that is there to see it."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(TextColumn("{task.description}"), BarColumn(), console=console, transient=True,
             disable=not console.is_terminal) as bar:  # fmt: skip
        task = bar.add_task("", total=1.0)

        def progress(what: str, done: float) -> None:
            bar.update(task, description=what, completed=done)

        yield progress


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("report", MakeReport, report), ("rerun", Again, again), ("seal", Seal, seal), ("open", Open, open_),
)  # fmt: skip
"""Name, what is asked, what runs: the group `compare` takes them in."""
