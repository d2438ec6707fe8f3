"""`suyuan carbon`: a year of a unit from its documents to tonnes: calculation, claim, cross-check."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.carbon_budget import SHOWN, certificate, influence_said, show_budget
from suyuan.cli.carbon_tonnes import bounded, estimate, known, relative, spread, tonnes
from suyuan.cli.carbon_values import check_json, claim_json, part_json
from suyuan.cli.command import Data, Out, today
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, errors, finding

if TYPE_CHECKING:
    from suyuan.carbon.claim.check import Check
    from suyuan.carbon.claim.claim import Claim, Part
    from suyuan.carbon.plant import Plant
    from suyuan.verbs.carbon.claims import Claimed, Monitored

File = Annotated[Path, typer.Argument(metavar="FILE", help=term("help.carbon.plant"))]


@dataclass(frozen=True, kw_only=True)
class Calculate:
    """A plant's year, calculated; nothing is kept."""

    file: File


@dataclass(frozen=True, kw_only=True)
class MakeClaim:
    """A plant's year as a claim."""

    file: File
    data: Data = None
    keep: Annotated[bool, typer.Option("--keep", help=term("help.carbon.keep"))] = False
    day: Annotated[str, typer.Option("--day", metavar="YYYY-MM-DD", help=term("help.carbon.made"))] = ""
    supersedes: Annotated[str, typer.Option("--supersedes", metavar="DIGEST", help=term("help.carbon.supersedes"))] = ""
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=term("help.carbon.reason"))] = ""
    out: Out = None


@dataclass(frozen=True, kw_only=True)
class AskCheck:
    """Two claims, or one whose parts check each other, or a case."""

    files: Annotated[list[Path], typer.Argument(metavar="FILE", help=term("help.carbon.files"))]


# ---------------------------------------------------------------- calculation and claim


def calculate(asked: Calculate) -> Answer:
    """The source streams of a plant's year, legal value and best estimate, without a claim."""
    from suyuan.carbon.fuel.stream import part_of
    from suyuan.carbon.sector.balance import balance_told, balanced
    from suyuan.carbon.sector.sector import checked
    from suyuan.cli.carbon_balance import balance_json, show_balance
    from suyuan.cli.carbon_template import placer

    plant, told = plant_of(asked.file)
    streamed = [part_of(stream) for stream in plant.streams]
    parts = [one.part for one in streamed]
    kinds = [part.kind for part in parts] + ["forest"] * bool(plant.content.get("forests"))
    whole = checked(plant.sector, kinds, bool(plant.content.get("stacks")), plant.basis_admitted)
    of_balance = balance_told(plant.streams)
    balance = None if errors(of_balance) else balanced(plant.streams)
    found = [*told, *placer(asked.file)((*(item for one in streamed for item in one.findings), *whole, *of_balance))]
    values = {"enterprise": plant.enterprise, "unit": plant.unit, "year": plant.year, "scheme": plant.rules.scheme,
              "parts": [part_json(part) for part in parts],
              "balance": None if balance is None else balance_json(balance)}  # fmt: skip

    def show(page: Page) -> None:
        page.title(f"{plant.enterprise}  {plant.unit}  {plant.year}")
        _parts(page, parts)
        if balance is not None:
            show_balance(page, balance, [part.name for part in parts if part.least])

    return Answer(values, show, tuple(dict.fromkeys(found)))


def claim(asked: MakeClaim) -> Answer:
    """The claim of a plant's year: tonnes with budget, shares by method, rules, certificates, cross-check."""
    from dataclasses import replace

    from suyuan.carbon.claim.claim import document
    from suyuan.carbon.plant import untimely
    from suyuan.cli.carbon_template import about, placer
    from suyuan.verbs.carbon.book_examples import left_in
    from suyuan.verbs.carbon.claims import claim_of
    from suyuan.verbs.carbon.order import late_told

    plant, told = plant_of(asked.file)
    plant = _made_as(plant, asked)
    if late := untimely(plant, today()):
        raise Refused(*(reading.in_file(item, asked.file) for item in late))
    if (left := left_in(plant.content)) and asked.keep:
        raise Refused(*placer(asked.file)(left))
    monitored, more = monitored_of(plant, asked.file, asked.data)
    evidence, damaged = reading.evidence_of(asked.data)
    with about(asked.file):
        filed = filed_of(asked.file, asked.data, asked.keep)
        made = claim_of(plant, monitored, evidence if asked.data else None, filed, factors_of(asked.data))
    told += (*more, *plant_said(made.claim, asked.data))
    data = document(made.claim)
    if asked.out is not None:
        reading.write_new(asked.out, data)
    if asked.keep:
        _keep(asked, data, made.claim)
    values = claim_json(made)
    said = placer(asked.file)(
        (
            *(replace(item, severity="warning") for item in left),
            *late_told(made.claim),
            *_beside(made.claim, plant, asked),
            *made.findings,
        )
    )
    found = tuple(dict.fromkeys((*damaged, *told, *said)))
    return Answer(values, lambda page: _claim(page, made), found)


def filed_of(file: Path, data: Path | None, keep: bool = False) -> str:
    """SHA-256 of a plant's document where the folder has it, or is to keep it; «» where it is in no store."""
    if data is None:
        return ""
    from suyuan.cli.carbon_template import document_bytes

    digest = hashlib.sha256(document_bytes(file)).hexdigest()
    known = keep or any(entry.digest == digest for entry in reading.open_store(data).documents())
    return digest if known else ""


def factors_of(data: Path | None) -> dict[str, Any]:
    """The determined factors of a folder by their SHA-256."""
    if data is None:
        return {}
    store = reading.open_store(data)
    return {entry.digest: store.value(entry.digest) for entry in store.documents() if entry.kind == "factor"}


def document_of(claim: Claim, data: Path | None) -> bytes | None:
    """The document of the unit's year that a claim names, from a folder; None where it is not there."""
    if data is None or not claim.plant:
        return None
    store = reading.open_store(data)
    there = any(entry.digest == claim.plant for entry in store.documents())
    return store.read(claim.plant) if there else None


def plant_said(claim: Claim, data: Path | None) -> tuple[Finding, ...]:
    """What the folder says of the document that a claim was made from; nothing where there is no folder."""
    from suyuan.carbon.plant import Plant
    from suyuan.verbs.carbon.claims import plant_told

    if data is None:
        return ()
    store = reading.open_store(data)
    entries = [entry for entry in store.documents() if entry.kind == "plant" and entry.number == claim.number]
    pairs = [(entry.digest, store.value(entry.digest)) for entry in entries]
    return plant_told(claim, [(digest, one) for digest, one in pairs if isinstance(one, Plant)])


def _made_as(plant: Plant, asked: MakeClaim) -> Plant:
    """The plant with the day, predecessor and reason that were asked for; one that supersedes is made today."""
    from dataclasses import replace

    day = reading.read_day(asked.day, "--day") or (today() if asked.supersedes else plant.made)
    plant = replace(plant, made=day)
    if asked.supersedes:
        return replace(plant, supersedes=_predecessor(plant, asked), reason=asked.reason)
    return replace(plant, reason=asked.reason) if asked.reason else plant


def _predecessor(plant: Plant, asked: MakeClaim) -> str:
    """The digest of the claim that is superseded, whole."""
    given = asked.supersedes.strip().lower()
    if asked.data is None:
        if not re.fullmatch(r"[0-9a-f]{64}", given):
            raise Refused(finding("carbon.claim.digest", "--supersedes", given=given[:70]))
        return given
    entries = [entry for entry in reading.open_store(asked.data).documents() if entry.kind == "claim"]
    known = [entry.digest for entry in entries if (entry.issuer, entry.number) == (plant.issuer, plant.number)]
    found = [digest for digest in known if digest.startswith(given)]
    if len(found) != 1:
        raise Refused(finding("carbon.claim.unknown", "--supersedes", given=given[:70],
                              known=", ".join(digest[:12] for digest in known) or "—"))  # fmt: skip
    return found[0]


def monitored_of(plant: Plant, file: Path, data: Path | None, claim: str = "") -> tuple[Monitored, tuple[Finding, ...]]:
    """What stacks and forests of the document bring to its claim. claim: digest of one that was made already."""
    from suyuan.cli.carbon_stacks import files_of, stacks_of
    from suyuan.cli.carbon_template import about
    from suyuan.verbs.carbon.claims import Monitored
    from suyuan.verbs.carbon.monitored import monitored
    from suyuan.verbs.carbon.woods import wooded

    found = Monitored()
    told: tuple[Finding, ...] = ()
    if plant.content.get("stacks"):
        years, told = stacks_of(plant, file, data, plant.made, claim=claim)
        found = monitored(plant, years)
    if plant.content.get("forests"):
        with about(file):
            found = found + wooded(plant, files_of(file, data, plant.enterprise))
    return found, told


def _beside(claim: Claim, plant: Plant, asked: MakeClaim) -> tuple[Finding, ...]:
    """What a claim shares with those of other units in the folder, and how it leaves the one before."""
    from suyuan.carbon.plant import read_plant
    from suyuan.cli.carbon_manage import claims_in
    from suyuan.store.carbon_tables import FOLDER, digests_of, own_folder
    from suyuan.verbs.carbon.order import against_former, difference_told
    from suyuan.verbs.carbon.shared import files_named, shared, shared_told

    data = asked.data
    if data is None:
        return ()

    def tables(one: Claim) -> frozenset[str]:
        if one is claim:
            return digests_of(files_named(plant), asked.file.absolute().parent, own_folder(data, plant.enterprise))
        filed = document_of(one, data)
        other = read_plant(filed)[0] if filed is not None else None
        folders = own_folder(data, one.enterprise), data / FOLDER
        return frozenset() if other is None else digests_of(files_named(other), *folders)

    known = claims_in(data)
    before = (*difference_told(claim, known), *against_former(claim, known))
    return (*before, *shared_told(shared(claim, known, tables)))


def _keep(asked: MakeClaim, data: bytes, claim: Claim) -> None:
    """The plant's document and its claim into the store, both or neither; Refused beside a claim that stands."""
    from suyuan.cli.carbon_template import document_bytes
    from suyuan.verbs.carbon.order import order_told

    if asked.data is None:
        raise Refused(finding("cli.carbon.keep", "--keep"))
    store = reading.open_store(asked.data)
    known = [entry for entry in store.documents() if entry.kind == "claim"]
    if hashlib.sha256(data).hexdigest() not in {entry.digest for entry in known}:
        values: list[Any] = [store.value(entry.digest) for entry in known]
        if out_of_order := order_told(claim, values):
            raise Refused(*(reading.in_file(item, asked.file) for item in out_of_order))
    name = f"{asked.file.stem}.json"
    added = store.add_all([(name, document_bytes(asked.file)), (f"claim-{name}", data)])
    refused = [item for one in added for item in errors(one.findings)]
    if refused:
        raise Refused(*refused)


def plant_of(file: Path) -> tuple[Plant, tuple[Any, ...]]:
    """The plant's year of a file, with what it tells. Raises Refused with every fault and its place."""
    from suyuan.carbon.plant import read_plant
    from suyuan.cli.carbon_template import document_bytes, placer

    plant, told = read_plant(document_bytes(file))
    if plant is None:
        raise Refused(*placer(file)(told))
    return plant, placer(file)(told)


# ---------------------------------------------------------------- cross-check


def check(asked: AskCheck) -> Answer:
    """Monitoring against calculation: of one claim that has both, or the totals of two claims."""
    from suyuan.carbon.claim.check import check_parts, cross_check

    claims = [read_claim_file(file) for file in asked.files]
    if len(claims) == 1:
        both = check_parts(claims[0].parts)
        if both is None:
            raise Refused(finding("cli.carbon.check_one", str(asked.files[0])))
        found = both
    elif len(claims) == 2:
        found = cross_check(claims[0].best, claims[1].best)
    else:
        raise Refused(finding("cli.carbon.check_count", "FILE", given=len(claims)))
    return Answer(check_json(found), lambda page: _check(page, found), found.findings)


def read_claim_file(file: Path) -> Claim:
    """The claim of a file. Raises Refused for one that is none, or was altered."""
    from suyuan.carbon.claim.claim import read_claim

    found, told = read_claim(reading.read_bytes(file))
    if found is None:
        raise Refused(*(reading.in_file(item, file) for item in told))
    return found


# ---------------------------------------------------------------- for people


def columns(*names: str) -> list[str]:
    """Headings in the language of the terminal."""
    return [term(name if "." in name else f"column.{name}") for name in names]


def row_status(status: str) -> tuple[str, str]:
    """The status of a rule row in words, with its colour."""
    return term("status." + status.replace(" ", "_")), "yellow" if status == "from memory" else ""


def _parts(page: Page, parts: Iterable[Part]) -> None:
    rows = []
    for part in parts:
        value, U = float((year := part.months.sum()).value), 2 * float(year.u)
        best = known(value, sum(part.unknown)) if part.unknown else estimate(value, U)
        rows.append([part.name, term(f"carbon.kind.{part.kind}"), known(sum(part.legal), sum(part.missing)), best,
                     spread(U, part.least), relative(U, value, part.least), "; ".join(_part_notes(part))])  # fmt: skip
    page.table(columns("carbon.part", "carbon.kind", "carbon.legal", "carbon.best", "carbon.U", "carbon.U_relative",
                        "carbon.note"), rows, (2, 3, 4, 5))  # fmt: skip


def _part_notes(part: Part) -> list[str]:
    """That a part only checks, and which hours its tonnes leave out."""
    notes = [] if part.counted else [term("carbon.checks_only")]
    notes += [term("carbon.part_lacking", n=f"{sum(part.missing):.6g}")] if any(part.missing) else []
    return notes + ([term("carbon.part_lacking_best", n=f"{sum(part.unknown):.6g}")] if any(part.unknown) else [])


def _claim(page: Page, made: Claimed) -> None:
    from suyuan.carbon.valued import value_said
    from suyuan.carbon.words import source_said

    one, best = made.claim, made.claim.best
    page.title(f"{one.enterprise}  {one.unit}  {one.year}")
    value, U = float(best.value), 2 * float(best.u)
    page.text(term("carbon.total", legal=tonnes(one.legal), best=estimate(value, U), U=bounded(U, one.least)), "bold")
    if one.missing or one.unknown:
        page.text(term("carbon.total_lacking", missing=f"{one.missing:.6g}", unknown=f"{one.unknown:.6g}"), "yellow")
    page.facts([(term(f"carbon.method.{m}"), f"{tonnes(t)} t · {100 * t / one.legal:.1f} %" if one.legal else tonnes(t))
                for m, t in one.methods.items()])  # fmt: skip
    _parts(page, one.parts)
    show_budget(page, made.certificates, "certificate")
    show_budget(page, made.influences, "influence")
    page.title(term("carbon.rules"))
    rows = [[str(row["id"]), one_of(value_said(row)), row_status(str(row["status"])),
             one_of(source_said(str(row["source"])))] for row in one.rows]  # fmt: skip
    page.table(columns("carbon.row", "value", "status", "source"), rows)
    if made.check is not None:
        _check(page, made.check)


def _check(page: Page, found: Check) -> None:
    page.title(term("carbon.check"))
    page.facts(_check_facts(found).items())
    if found.common:
        rows = [[influence_said(one.label), certificate(one.source),
                 f"{100 * one.covariance / found.covariance:.0f} %" if found.covariance else ""]
                for one in found.common[:SHOWN]]  # fmt: skip
        page.table(columns("carbon.influence", "carbon.certificate", "carbon.covariance_share"), rows, (2,))


def _check_facts(found: Check) -> Mapping[str, str]:
    U = 2 * found.u_difference
    return {
        term("carbon.difference"): f"{estimate(found.difference, U)} t ± {spread(U, found.least)} t (k = 2)",
        "ζ": f"{found.zeta:.2f}", "En": f"{found.En:.2f}", term("carbon.correlation"): f"{found.correlation:.2f}",
        term("carbon.verdict"): term("carbon.verdict." + found.verdict.replace(", ", "_")),
    }  # fmt: skip


COMMANDS = (
    ("fuel", Calculate, calculate), ("steel", Calculate, calculate),
    ("claim", MakeClaim, claim), ("check", AskCheck, check),
)  # fmt: skip
