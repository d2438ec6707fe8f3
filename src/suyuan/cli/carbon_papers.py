"""`suyuan carbon report`: papers of a unit's year: ledger, quality, annual report, proof, register, statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from suyuan.cli import reading
from suyuan.cli.carbon import document_of, factors_of, filed_of, monitored_of, plant_of, plant_said, read_claim_file
from suyuan.cli.carbon_template import about, document_bytes, placer
from suyuan.cli.command import Data, today
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.cli.register_files import is_table
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.carbon.claim.check import Check
    from suyuan.carbon.claim.claim import Claim
    from suyuan.carbon.monitoring.year.year import StackYear
    from suyuan.carbon.plant import Plant
    from suyuan.report.carbon.told import Head, Paper
    from suyuan.verbs.carbon.claims import Standing
    from suyuan.verbs.carbon.links import FactorLink

FORMATS = ("pdf", "xlsx", "html", "docx", "json")
LANGUAGES = ("both", "zh", "en")
Spoken = Literal["both", "zh", "en"]


@dataclass(frozen=True, kw_only=True)
class AskPaper:
    """What is asked for."""

    file: Annotated[Path, typer.Argument(metavar="CLAIM|PLANT", help=term("help.carbon.paper_file"))]
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help=term("help.carbon.paper_kind"))]
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=term("help.carbon.paper_out"))]
    data: Data = None
    beside: Annotated[
        Path | None, typer.Option("--with", metavar="FILE", help=term("help.carbon.paper_with"))
    ] = None  # fmt: skip
    quarter: Annotated[int, typer.Option("--quarter", metavar="1…4", help=term("help.carbon.paper_quarter"))] = 0
    words: Annotated[
        str, typer.Option("--language", metavar="both|zh|en", help=term("help.carbon.paper_language"))
    ] = "both"  # fmt: skip
    day: Annotated[str, typer.Option("--day", metavar="YYYY-MM-DD", help=term("help.carbon.paper_day"))] = ""


@dataclass
class Desk:
    """What papers are made from, read when it is asked for. told: findings on the way."""

    asked: AskPaper
    day: date
    language: Spoken
    told: list[Finding] = field(default_factory=list)

    @property
    def is_claim(self) -> bool:
        """Whether the file is a claim, by its own word."""
        return not is_table(self.asked.file) and reading.read_object(self.asked.file).get("suyuan") == "carbon-claim"

    @property
    def claimed(self) -> str:
        """The digest of the claim whose knowledge counts; «» where a day counts that was asked for."""
        return read_claim_file(self.asked.file).digest if self.is_claim and not self.asked.day else ""

    def plant(self) -> Plant:
        """The plant's year, as of the day that was asked for, else of the one on which it was made.

        Of a claim it is the document that the claim names, as known on its day. Raises Refused where that is not in
        the folder: a claim holds no months of streams and no hours.
        """
        if self.is_claim:
            return self.behind(read_claim_file(self.asked.file))
        plant, told = plant_of(self.asked.file)
        self.told += told
        return replace(plant, made=self.day) if self.asked.day else plant

    def year_of(self, claim: Claim) -> Plant | None:
        """The document behind a claim: the file itself, or the one of the folder; None where it is not at hand."""
        from suyuan.carbon.plant import read_plant

        data = document_of(claim, self.asked.data) if self.is_claim else document_bytes(self.asked.file)
        return read_plant(data)[0] if data is not None else None

    def behind(self, claim: Claim) -> Plant:
        """The plant's year that a claim names."""
        from suyuan.carbon.plant import read_plant

        data = document_of(claim, self.asked.data)
        if data is None:
            raise Refused(finding("cli.carbon.paper_plant", str(self.asked.file), kind=self.asked.kind))
        plant, told = read_plant(data)
        if plant is None:
            raise Refused(*told)
        self.told += [*told, *plant_said(claim, self.asked.data)]
        return replace(plant, made=self.day if self.asked.day else claim.made)

    def claim(self) -> tuple[Claim, Check | None]:
        """The claim of the file, or of the plant's year, with its cross-check."""
        from suyuan.carbon.claim.check import check_parts
        from suyuan.carbon.claim.claim import claimed, document
        from suyuan.report.carbon.told import digest_of
        from suyuan.verbs.carbon.claims import claim_of

        if self.is_claim:
            claim = read_claim_file(self.asked.file)
            self.told += [*claimed(claim)[1], *plant_said(claim, self.asked.data)]
            return claim, check_parts(claim.parts)
        plant = self.plant()
        monitored, told = monitored_of(plant, self.asked.file, self.asked.data)
        evidence, damaged = reading.evidence_of(self.asked.data)
        with about(self.asked.file):
            filed = filed_of(self.asked.file, self.asked.data)
            made = claim_of(plant, monitored, evidence if self.asked.data else None, filed, factors_of(self.asked.data))
        self.told += [*told, *damaged, *placer(self.asked.file)(made.findings)]
        return replace(made.claim, digest=digest_of(document(made.claim))), made.check

    @property
    def of_paper(self) -> tuple[Finding, ...]:
        """What was told so far, without the name of the file: a paper stands for itself."""
        name = str(self.asked.file)
        places = [item.where.removeprefix(name).removeprefix(": ") for item in self.told]
        return tuple(dict.fromkeys(replace(i, where=where) for i, where in zip(self.told, places, strict=True)))

    def years(self) -> tuple[Plant, tuple[StackYear, ...], tuple[Finding, ...]]:
        """The hours of the plant's stacks, and what is told of them. Raises Refused where it has none."""
        from suyuan.cli.carbon_stacks import stacks_of

        plant = self.plant()
        if not plant.content.get("stacks"):
            raise Refused(finding("carbon.stack.none", str(self.asked.file)))
        years, told = stacks_of(plant, self.asked.file, self.asked.data, plant.made, claim=self.claimed)
        found = (*told, *(item for one in years for item in one.findings))
        self.told += found
        return plant, tuple(one.year for one in years), found

    def head(self, plant: Plant, more: str = "") -> Head:
        """What a paper of the plant's document is about."""
        from suyuan.report.carbon.told import Head, digest_of

        digest = digest_of(reading.read_bytes(self.asked.file))
        claim, document = (digest, read_claim_file(self.asked.file).plant) if self.is_claim else ("", digest)
        return Head(self.asked.kind, plant.enterprise, plant.unit, plant.year, self.day, claim, more, False, document,
                    plant.made)  # fmt: skip

    def second(self) -> bytes:
        """The other file that a kind needs."""
        if self.asked.beside is None:
            raise Refused(finding("cli.carbon.paper_with", "--with", kind=self.asked.kind))
        checks = self.asked.beside.suffix.lower() == ".csv"
        return reading.read_bytes(self.asked.beside) if checks else document_bytes(self.asked.beside)


def software() -> str:
    """Name and release, for the paper's own record."""
    from suyuan.cli.doctor import release

    return f"Suyuan {release()}"


def report(asked: AskPaper) -> Answer:
    """Make a paper and write it; nothing is written before all is known to be right."""
    import hashlib

    from suyuan.cli.site import MARK
    from suyuan.report.service.files import files

    form = _checked(asked)
    spoken: Spoken = "zh" if asked.words == "zh" else "en" if asked.words == "en" else "both"
    desk = Desk(asked, reading.read_day(asked.day, "--day") or today(), spoken)
    made = KINDS[asked.kind](desk)
    demo = asked.data is not None and (asked.data / MARK).is_file()
    made = replace(made, document=replace(made.document, demo=demo, author=software()))
    data = next(iter(files(made.document, made.fields, spoken, (form,)).values()))  # type: ignore[arg-type]
    reading.write_new(asked.out, data)
    tables = [block for block in made.document.blocks if type(block).__name__ == "Table"]
    values = {"kind": asked.kind, "number": made.document.number, "file": asked.out, "tables": len(tables),
              "sha256": hashlib.sha256(data).hexdigest()}  # fmt: skip
    return Answer(values, lambda page: _show(page, made, asked.out), tuple(dict.fromkeys(desk.told)))


def _checked(asked: AskPaper) -> str:
    """The format by the ending of the name; what is wrong with the options is told before anything is read."""
    if asked.kind not in KINDS:
        raise Refused(finding("cli.carbon.paper_kind", "--kind", given=asked.kind[:40], known=", ".join(KINDS)))
    if asked.words not in LANGUAGES:
        raise Refused(finding("cli.carbon.paper_language", "--language", given=asked.words[:40]))
    if asked.kind == "quarter" and not 1 <= asked.quarter <= 4:
        if not asked.quarter:
            raise Refused(finding("cli.carbon.paper_no_quarter", "--quarter"))
        raise Refused(finding("cli.carbon.paper_quarter", "--quarter", given=asked.quarter))
    form = asked.out.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise Refused(finding("cli.service.format", str(asked.out), given=form or "—", known=", ".join(FORMATS)))
    reading.free(asked.out)
    return form


def _show(page: Page, made: Paper, out: Path) -> None:
    from suyuan.cli.language import one_of
    from suyuan.report.papers.document import Paragraph, plain

    page.title(one_of(made.document.title))
    for block in made.document.blocks:
        if isinstance(block, Paragraph) and block.kind in ("lead", "alert"):
            page.text(plain({"": one_of(block.text)}, "zh"), "bold" if block.kind == "lead" else "yellow")
    page.text(term("service.written", path=out))


# ---------------------------------------------------------------- kinds


def _ledger(desk: Desk) -> Paper:
    from suyuan.report.carbon.hours import ledger

    plant, years, told = desk.years()
    return ledger(desk.head(plant), years, desk.language, told=told)


def _quarter(desk: Desk) -> Paper:
    from suyuan.carbon.monitoring.filed import read_stacks
    from suyuan.quantity.fields import Fields
    from suyuan.report.carbon.quarter import of_quarter, quality_report
    from suyuan.verbs.carbon.accuracy import accuracies
    from suyuan.verbs.carbon.checks import judged, read_checks

    plant, years, told = desk.years()
    quarter, checks = desk.asked.quarter, []
    if desk.asked.beside is not None:
        last = date(plant.year, 12, 31)
        with reading.about(desk.asked.beside):
            series = read_checks(desk.second(), desk.asked.beside.name)
            checks = [judged(part, last) for one in series if (part := of_quarter(one, plant.year, quarter))]
    tests = accuracies(read_stacks(Fields(plant.content), plant.year, plant.overrides))
    head = desk.head(plant, f"-Q{quarter}")
    return quality_report(head, years, quarter, checks, desk.language, told, tests)


def _annual(desk: Desk) -> Paper:
    from suyuan.cli.carbon_statements import standing_on
    from suyuan.report.carbon.annual import annual_report
    from suyuan.store.correcting import learned, made_at
    from suyuan.verbs.carbon.claims import standing
    from suyuan.verbs.carbon.links import factor_links
    from suyuan.verbs.carbon.order import late_told

    claim, check = desk.claim()
    desk.told += late_told(claim)
    states: Standing | None = None
    links: tuple[FactorLink, ...] = ()
    if desk.asked.data is not None:
        evidence, _ = reading.evidence_of(desk.asked.data)
        store = reading.open_store(desk.asked.data)
        then = learned(store).by(evidence.statements, made_at(store, claim.digest, claim.made))
        states, links = standing(claim, evidence, factors_of(desk.asked.data), then), factor_links(claim, evidence)
    return annual_report(claim, desk.day, desk.language, states=states, check=check, links=links, told=desk.of_paper,
                         verified=standing_on(claim, desk.asked.data), plant=desk.year_of(claim))  # fmt: skip


def _tiers(desk: Desk) -> Paper:
    from suyuan.carbon.management.tiers import tier_proofs
    from suyuan.report.carbon.tiers import tier_proof
    from suyuan.verbs.carbon.claims import held_over

    plant = desk.plant()
    monitored, told = monitored_of(plant, desk.asked.file, desk.asked.data, desk.claimed)
    desk.told += told
    parts = [part for part in monitored.parts if part.kind == "monitoring"]
    states = None
    if desk.asked.data is not None:
        evidence, _ = reading.evidence_of(desk.asked.data)
        items = tuple(e for stream in plant.streams for e in stream.evidence)
        states = held_over(items, plant.year, evidence)
    return tier_proof(desk.head(plant), tier_proofs(plant.streams, parts, date(plant.year, 12, 31)), states)


def _substitution(desk: Desk) -> Paper:
    from suyuan.report.carbon.substituted import substitution_log

    plant, years, told = desk.years()
    return substitution_log(desk.head(plant), years, told)


def _equipment(desk: Desk) -> Paper:
    from suyuan.cli.carbon_manage import register_of
    from suyuan.report.carbon.equipment import equipment_register

    plant = desk.plant()
    digest = desk.head(plant).plant
    found = register_of(plant, digest, desk.day, desk.asked.data)
    if faults := [item for item in found.told if item.code.startswith("typed.") or item.code == "carbon.meter.twice"]:
        raise Refused(*(reading.in_file(item, desk.asked.file) for item in faults))
    if not found.meters:
        raise Refused(finding("cli.carbon.paper_meters", str(desk.asked.file)))
    return equipment_register(desk.head(plant), found, desk.day)


def _cross_check(desk: Desk) -> Paper:
    from suyuan.report.carbon.cross_check import cross_check_paper

    claim, check = desk.claim()
    if check is None:
        raise Refused(finding("cli.carbon.check_one", str(desk.asked.file)))
    sums: dict[str, Any] = {}
    for part in claim.parts:
        if part.kind in ("monitoring", "combustion"):
            sums[part.kind] = sums[part.kind] + part.months if part.kind in sums else part.months
    pair = sums["monitoring"], sums["combustion"]
    return cross_check_paper(claim, check, pair, desk.day, desk.language)


def _verification(desk: Desk) -> Paper:
    from suyuan.cli.carbon_statements import statement_for
    from suyuan.report.carbon.statement import verification_statement

    if not desk.is_claim:
        raise Refused(finding("cli.carbon.paper_claim", str(desk.asked.file), kind=desk.asked.kind))
    claim, data = read_claim_file(desk.asked.file), desk.second()
    made, told = statement_for(claim, data, desk.asked.beside, desk.asked.data)
    desk.told += [*told, *made.findings]
    return verification_statement(claim, made, told)


def _change(desk: Desk) -> Paper:
    from suyuan.cli.carbon_manage import side_of
    from suyuan.report.carbon.changed import change_document
    from suyuan.report.carbon.told import Head, digest_of
    from suyuan.verbs.carbon.change import change

    digests = digest_of(reading.read_bytes(desk.asked.file)), digest_of(desk.second())
    assert desk.asked.beside is not None
    if digests[0] == digests[1]:
        raise Refused(finding("carbon.change.same", digests[0][:12]))
    found = change(side_of(desk.asked.file, desk.asked.data), side_of(desk.asked.beside, desk.asked.data))
    desk.told += found.findings
    if desk.is_claim:
        return change_document(Head.of("change", read_claim_file(desk.asked.file), desk.day), found, digests,
                               desk.language)  # fmt: skip
    return change_document(desk.head(desk.plant()), found, digests, desk.language)


KINDS: Mapping[str, Callable[[Desk], Paper]] = {
    "annual": _annual, "ledger": _ledger, "quarter": _quarter, "substitution": _substitution, "tiers": _tiers,
    "equipment": _equipment, "cross-check": _cross_check, "verification": _verification, "change": _change,
}  # fmt: skip
"""Kind of paper → what makes it; `help.carbon.paper_kind` lists them."""

COMMANDS = (("report", AskPaper, report),)
