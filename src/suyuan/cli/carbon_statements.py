"""`suyuan carbon statement`, `statements`: a verifier's statement on a claim, made, shown, kept, listed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.carbon import columns, read_claim_file
from suyuan.cli.carbon_tonnes import bounded, tonnes
from suyuan.cli.command import Data, DataNeeded, Out
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, errors, finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suyuan.carbon.claim.claim import Claim
    from suyuan.carbon.management.verification import Statement

LEAST = 8
"""Digits of a digest by which a document of a folder may be named."""


@dataclass(frozen=True, kw_only=True)
class AskStatement:
    """A verifier's record, from which a statement is made, or a statement that is shown."""

    file: Annotated[str, typer.Argument(metavar="RECORD|STATEMENT|DIGEST", help=term("help.carbon.statement_file"))]
    claim: Annotated[Path | None, typer.Option("--claim", metavar="FILE", help=term("help.carbon.statement_on"))] = None
    data: Data = None
    keep: Annotated[bool, typer.Option("--keep", help=term("help.carbon.statement_keep"))] = False
    out: Out = None


@dataclass(frozen=True, kw_only=True)
class AskStatements:
    """The statements of a folder."""

    data: DataNeeded


def statement(asked: AskStatement) -> Answer:
    """Make a statement from a verifier's record, or show one; what became of it and of its claim is told."""
    data = _bytes(asked)
    found: tuple[Finding, ...] = ()
    if _word(data, asked.file) == "carbon-statement":
        one = _read(data, asked.file)
    else:
        one, more = _made(asked, data)
        found += more
        one = replace(one, digest=hashlib.sha256(_written(asked, one)).hexdigest())
    told = tuple(dict.fromkeys((*found, *_told(one, asked.data), *one.findings)))
    return Answer(statement_json(one), lambda page: _show(page, one), told)


def statements(asked: AskStatements) -> Answer:
    """The statements of a folder: on which claim, by whom, with which opinion, and whether both stand."""
    held, claims = statements_in(asked.data), _claims(asked.data)
    rows = [(one, tuple(item.code.rpartition(".")[2] for item in _since(one, claims, held))) for one in held]
    values = {"statements": [{**statement_json(one), "since": list(codes)} for one, codes in rows]}

    def show(page: Page) -> None:
        names = ("carbon.statement", "carbon.claim", "carbon.verifier", "carbon.day", "carbon.opinion", "carbon.state")
        page.table(columns(*names), [
            [one.digest[:12], f"{one.number} {one.engagement.claim[:12]}", one.issuer, one.day,
             term(f"carbon.opinion.{one.opined.opinion}"), _states(codes)] for one, codes in rows
        ])  # fmt: skip

    return Answer(values, show)


def statements_in(folder: Path) -> tuple[Statement, ...]:
    """The statements of a data folder, in the order in which they came."""
    from suyuan.carbon.management.verification import Statement

    store = reading.open_store(folder)
    held = [store.value(entry.digest) for entry in store.documents() if entry.kind == "verification"]
    return tuple(one for one in held if isinstance(one, Statement))


def standing_on(claim: Claim, folder: Path | None) -> tuple[Statement, ...]:
    """The statements on a claim that stand, as a folder has them; none without a folder."""
    from suyuan.verbs.carbon.engagement import standing

    if folder is None:
        return ()
    return tuple(one for one in standing(statements_in(folder)) if one.engagement.claim == claim.digest)


def statement_for(
    claim: Claim, data: bytes, name: Path | None, folder: Path | None
) -> tuple[Statement, tuple[Finding, ...]]:
    """The statement on a claim of a file: one that was issued, or a verifier's record; and what is told of it."""
    from suyuan.verbs.carbon.engagement import read_engagement, statement_on

    if _word(data, str(name)) == "carbon-statement":
        one = _read(data, str(name))
        if one.engagement.claim != claim.digest:
            raise Refused(finding("carbon.verify.claim", str(name), given=one.engagement.claim[:16],
                                  wanted=claim.digest[:16]))  # fmt: skip
        return one, _told(one, folder)
    with reading.about(name):
        did, told = read_engagement(data)
        if did is None:
            raise Refused(*told)
        made = statement_on(claim, did)
    return made, (*told, *_told(made, folder))


def statement_json(one: Statement) -> dict[str, Any]:
    """A statement as plain values."""
    did, found = one.engagement, one.opined
    return {
        "statement": one.digest, "claim": did.claim, "enterprise": one.enterprise, "unit": one.unit, "year": one.year,
        "verifier": did.verifier, "day": did.day, "materiality": did.scheme, "row": one.row["id"],
        "status": one.row["status"], "size": did.size, "seed": did.seed, "legal": one.legal, "limit": found.limit,
        "stated": found.stated, "projected": found.projected, "unseen": found.unseen,
        "U": one.U, "U_is_least": one.least, "opinion": found.opinion, "unit_of_values": "tCO2",
        "supersedes": did.supersedes, "reason": did.reason,
        "sample": [{"part": s.part, "month": s.month, "tonnes": s.tonnes, "hits": s.hits} for s in one.sample],
        "found": [{"part": m.part, "month": m.month, "tonnes": m.found, "note": m.note}
                  for m in did.misstatements],
        "remarks": [{"topic": r.topic, "text": r.text, "tonnes": r.tonnes, "corrected": r.corrected}
                    for r in did.remarks],
    }  # fmt: skip


# ---------------------------------------------------------------- reading and writing


def _bytes(asked: AskStatement) -> bytes:
    """A file, or a document of the folder by the first digits of its digest."""
    path, text = Path(asked.file), asked.file.strip().lower()
    if asked.data is None or path.exists() or len(text) < LEAST or set(text) - set("0123456789abcdef"):
        return reading.read_bytes(path)
    store = reading.open_store(asked.data)
    known = [entry.digest for entry in store.documents() if entry.kind == "verification"]
    found = [digest for digest in known if digest.startswith(text)]
    if len(found) != 1:
        raise Refused(finding("carbon.statement.unknown", "STATEMENT", given=text[:70],
                              known=", ".join(digest[:12] for digest in known) or "—"))  # fmt: skip
    return store.read(found[0])


def _word(data: bytes, name: str) -> str:
    from suyuan.verbs.document import parse_json

    return str(parse_json(data.removeprefix(b"\xef\xbb\xbf"), name).get("suyuan", ""))


def _read(data: bytes, name: str) -> Statement:
    from suyuan.carbon.management.statement import read_statement

    one, found = read_statement(data)
    if one is None:
        raise Refused(*(reading.in_file(item, name) for item in found))
    return one


def _made(asked: AskStatement, data: bytes) -> tuple[Statement, tuple[Finding, ...]]:
    from suyuan.verbs.carbon.engagement import in_order, read_engagement, statement_on

    with reading.about(asked.file):
        did, told = read_engagement(data)
        if did is None:
            raise Refused(*told)
        made = statement_on(_on(asked, did.claim), did)
        if asked.keep and asked.data is not None:
            in_order(made, statements_in(asked.data), _claims(asked.data))
    return made, tuple(reading.in_file(item, asked.file) for item in told)


def _on(asked: AskStatement, digest: str) -> Claim:
    """The claim that a record names: the file that is given, else the document of the folder."""
    if asked.claim is not None:
        return read_claim_file(asked.claim)
    if asked.data is None:
        raise Refused(finding("carbon.statement.no_claim", "--claim", digest=digest[:12]))
    found = [one for one in _claims(asked.data) if one.digest.startswith(digest.strip().lower())]
    if len(found) != 1:
        raise Refused(finding("carbon.statement.no_claim", "claim", digest=digest[:12]))
    return found[0]


def _written(asked: AskStatement, one: Statement) -> bytes:
    """The document of a statement, written where it was asked for."""
    from suyuan.carbon.management.statement import document

    data = document(one)
    if asked.keep and asked.data is None:
        raise Refused(finding("carbon.statement.keep", "--keep"))
    if asked.out is not None:
        reading.write_new(asked.out, data)
    if asked.keep and asked.data is not None:
        added = reading.open_store(asked.data).add(data, f"statement-{one.unit}-{one.year}.json")
        if not added.stored:
            raise Refused(*errors(added.findings))
    return data


def _claims(folder: Path) -> tuple[Claim, ...]:
    from suyuan.carbon.claim.claim import Claim

    store = reading.open_store(folder)
    held = [store.value(entry.digest) for entry in store.documents() if entry.kind == "claim"]
    return tuple(one for one in held if isinstance(one, Claim))


def _told(one: Statement, folder: Path | None) -> tuple[Finding, ...]:
    return () if folder is None else _since(one, _claims(folder), statements_in(folder))


def _since(one: Statement, claims: Sequence[Claim], held: Sequence[Statement]) -> tuple[Finding, ...]:
    from suyuan.verbs.carbon.engagement import told

    return told(one, claims, held)


# ---------------------------------------------------------------- for people


def _states(codes: Sequence[str]) -> str:
    return " · ".join(term(f"carbon.since.{code}") for code in codes) or term("carbon.since.stands")


def _show(page: Page, one: Statement) -> None:
    did, found = one.engagement, one.opined
    page.title(f"{one.enterprise}  {one.number}")
    page.text(term(f"carbon.stated.{found.opinion}", verifier=did.verifier, limit=tonnes(found.limit),
                   stated=f"{found.stated:+,.0f}", projected=f"{found.projected:+,.0f}",
                   unseen=f"{found.unseen:,.0f}"), "bold")  # fmt: skip
    page.facts([
        (term("carbon.statement"), one.digest), (term("carbon.claim"), did.claim), (term("carbon.day"), did.day),
        (term("carbon.materiality"), f"{did.scheme} · {one.row['id']} · {_status(one)}"),
        (term("carbon.drawn"), f"{did.size} · {did.seed}"), (term("carbon.supersedes"), did.supersedes),
        (term("carbon.reason_why"), did.reason), (term("carbon.note"), did.note),
    ])  # fmt: skip
    wrong = {(item.part, item.month): item for item in did.misstatements}
    rows = []
    for s in one.sample:
        item = wrong.get((s.part, s.month))
        found_ = (tonnes(item.found), item.note) if item is not None and item.found != s.tonnes else ("", "")
        rows.append([s.part, s.month, tonnes(s.tonnes), s.hits, *found_])
    names = ("carbon.part", "carbon.month", "carbon.tonnes", "carbon.hits", "carbon.found", "carbon.note")
    page.table(columns(*names), rows, (1, 2, 3, 4))
    page.text(term("carbon.unseen", unseen=tonnes(found.unseen), U=bounded(one.U, one.least)), "dim")


def _status(one: Statement) -> str:
    return term("status." + str(one.row["status"]).replace(" ", "_"))


COMMANDS = (("statement", AskStatement, statement), ("statements", AskStatements, statements))
