"""`suyuan carbon`: what follows from a claim: changes, improvements, the verifier's sample, meters, endings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.carbon import File, columns, document_of, monitored_of, plant_of, read_claim_file
from suyuan.cli.carbon_budget import certificate
from suyuan.cli.carbon_template import document_bytes
from suyuan.cli.carbon_tonnes import estimate, spread, tonnes
from suyuan.cli.command import Data, DataNeeded, Day, today
from suyuan.cli.language import language, one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.cli.register_files import is_table
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from suyuan.carbon.claim.claim import Claim
    from suyuan.carbon.management.meters import Ending, Rate
    from suyuan.carbon.plant import Plant
    from suyuan.verbs.carbon.change import Change, Component, Step
    from suyuan.verbs.carbon.rebuilt import Side
    from suyuan.verbs.carbon.register import Register

ClaimFile = Annotated[Path, typer.Argument(metavar="CLAIM", help=term("help.carbon.claim_file"))]
Pairs = Annotated[list[str] | None, typer.Option("--better", metavar="NAME=FACTOR", help=term("help.carbon.better"))]


@dataclass(frozen=True, kw_only=True)
class AskChange:
    """Two documents of one unit, or two claims."""

    before: Annotated[Path, typer.Argument(metavar="BEFORE", help=term("help.carbon.change_side"))]
    after: Annotated[Path, typer.Argument(metavar="AFTER", help=term("help.carbon.change_side"))]
    data: Data = None


@dataclass(frozen=True, kw_only=True)
class AskImprove:
    """What to improve first."""

    claim: ClaimFile
    better: Pairs = None
    by: Annotated[str, typer.Option("--by", metavar="influence|certificate", help=term("help.carbon.by"))] = "influence"


@dataclass(frozen=True, kw_only=True)
class AskSample:
    """The verifier's sample of a claim."""

    claim: ClaimFile
    size: Annotated[int, typer.Option("--size", help=term("help.carbon.size"))] = 12
    seed: Annotated[int, typer.Option("--seed", help=term("help.carbon.seed"))] = 1
    scheme: Annotated[str, typer.Option("--materiality", metavar="SCHEME", help=term("help.carbon.scheme"))] = "EU"


@dataclass(frozen=True, kw_only=True)
class AskMeters:
    """The meter register and control plan of a plant."""

    file: File
    day: Day = ""
    data: Data = None


@dataclass(frozen=True, kw_only=True)
class AskEnding:
    """Certificates that end soon, behind the claims of a folder."""

    data: DataNeeded
    day: Day = ""
    ahead: Annotated[int, typer.Option("--ahead", metavar="DAYS", help=term("help.carbon.ahead"))] = 60


def change(asked: AskChange) -> Answer:
    """Which rule, which data and which certificates moved the tonnes; stacks and forests are rebuilt."""
    from suyuan.verbs.carbon.change import change as changed
    from suyuan.verbs.carbon.change import component_fields, step_fields

    found = changed(side_of(asked.before, asked.data), side_of(asked.after, asked.data))
    values = {"start": found.start, "end": found.end, "relative": found.relative, "by_rule": found.by_rule,
              "schemes": list(found.schemes), "unit": "tCO2", "steps": [step_fields(step) for step in found.steps],
              "reason": found.reason or None, "parts": [component_fields(one) for one in found.parts]}  # fmt: skip
    return Answer(values, lambda page: _change(page, found), found.findings)


def side_of(file: Path, data: Path | None) -> Side:
    """One side of a change: a plant's year, or a claim with the document that it names, as known on its day."""
    from suyuan.store.carbon_tables import FOLDER
    from suyuan.verbs.carbon.rebuilt import Side

    if is_table(file) or reading.read_object(file).get("suyuan") != "carbon-claim":
        return Side(document_bytes(file), None, lambda plant: monitored_of(plant, file, data)[0])
    claim = read_claim_file(file)
    beside = data / FOLDER / file.name if data is not None else file
    return Side(document_of(claim, data), claim, lambda plant: monitored_of(plant, beside, data, claim.digest)[0])


def _change(page: Page, found: Change) -> None:
    page.text(term("carbon.changed", start=tonnes(found.start), end=tonnes(found.end),
                   percent=f"{100 * found.relative:+.2f}", rule=f"{100 * found.by_rule / found.start:+.2f}"
                   if found.start else "—"), "bold")  # fmt: skip
    page.table(columns("carbon.cause", "name", "before", "after", "carbon.effect"), [
        [term(f"carbon.cause.{s.cause}"), _step_name(s), s.before, s.after, tonnes(s.effect, True)] for s in found.steps
    ], (4,))  # fmt: skip
    for step in found.steps:
        for one in step.fields:
            page.text(f"{step.name}  {one.said[language().value]}")
    if found.reason:
        page.facts([(term("carbon.change_reason"), found.reason)])
    page.title(term("carbon.by_part"))
    names = ("carbon.part", "carbon.kind", "before", "after", "carbon.legal_apart", "carbon.best_apart", "carbon.note")
    page.table(columns(*names), [
        [one.name, term(f"carbon.kind.{one.kind}"), _there(one, one.before), _there(one, one.after),
         _known(one.moved, True), _best(one),
         "; ".join(_part_notes(one))] for one in found.parts
    ], (2, 3, 4, 5))  # fmt: skip


def _part_notes(one: Component) -> list[str]:
    notes = [] if one.counted else [term("carbon.checks_only")]
    return notes + ([] if one.alike else [term("carbon.change_lacking", before=f"{one.lacks[0]:.6g}",
                                               after=f"{one.lacks[1]:.6g}")])  # fmt: skip


def _step_name(step: Step) -> str:
    return term("carbon.legal_basis") if step.name == "legal_basis" else step.name


def _there(one: Component, value: float | None) -> str:
    """A side of a part; one that is there and could not be rebuilt is unknown."""
    return term("carbon.unknown") if value is None and one.unknown else _known(value)


def _best(one: Component) -> str:
    """The best estimate after less before with its U; nothing where both cannot be compared."""
    if one.best is None:
        return ""
    U = 2 * float(one.best.u)
    return f"{estimate(float(one.best.value), U, True)} ± {spread(U, one.least)}"


def _known(value: float | None, sign: bool = False) -> str:
    """Tonnes; «—» where they are not there or not known."""
    return "—" if value is None else tonnes(value, sign)


def improve(asked: AskImprove) -> Answer:
    """Meters, assays and standards by what they would gain."""
    from suyuan.carbon.claim.improve import measures

    if asked.by not in ("influence", "certificate"):
        raise Refused(finding("cli.carbon.by", "--by", given=asked.by[:40]))
    found = measures(read_claim_file(asked.claim).best, pairs(asked.better), by=asked.by)
    values = {"measures": [
        {"name": m.name, "sources": [str(source) for source in m.sources], "share": m.share, "factor": m.factor,
         "u_before": m.u_before, "u_after": m.u_after, "U_saved": m.saved, "unit": "tCO2"} for m in found
    ]}  # fmt: skip
    return Answer(values, lambda page: page.table(
        columns("carbon.influence", "carbon.certificate", "carbon.share", "carbon.factor", "carbon.saved"), [
            [m.name or term("carbon.no_certificate"), ", ".join(map(certificate, m.sources)),
             f"{100 * m.share:.1f} %", f"{m.factor:g}", spread(m.saved)] for m in found[:12]
        ], (2, 3, 4)))  # fmt: skip


def pairs(given: list[str] | None) -> dict[str, float]:
    """Name → factor of each NAME=FACTOR. Raises Refused for what is no number."""
    found = {}
    for text in given or ():
        name, _, number = text.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            raise Refused(finding("cli.carbon.pair", "--better", given=text[:60])) from None
    return found


def sample(asked: AskSample) -> Answer:
    """The months of the parts that a verifier looks at, drawn by tonnes, and what would be material."""
    from suyuan.carbon.claim.material import materiality
    from suyuan.carbon.management.verification import sample as drawn

    claim = read_claim_file(asked.claim)
    found, (limit, row) = drawn(claim, asked.size, asked.seed), materiality(asked.scheme, claim.legal)
    values = {"unit": claim.unit, "year": claim.year, "seed": asked.seed, "materiality": limit, "row": row["id"],
              "status": row["status"], "sample": [{"part": s.part, "month": s.month, "tonnes": s.tonnes, "hits": s.hits}
                                                  for s in found]}  # fmt: skip

    def show(page: Page) -> None:
        page.text(term("carbon.material", limit=tonnes(limit), row=str(row["id"]),
                       status=term("status." + str(row["status"]).replace(" ", "_"))))  # fmt: skip
        page.table(columns("carbon.part", "carbon.month", "carbon.tonnes", "carbon.hits"), [
            [s.part, s.month, tonnes(s.tonnes), s.hits] for s in found], (1, 2, 3))  # fmt: skip

    return Answer(values, show)


def meters(asked: AskMeters) -> Answer:
    """The meters with the state of their certificates, instruments of stacks, fitting rates, what departs from the
    control plan."""
    from suyuan.carbon.management.meters import rates
    from suyuan.cli.carbon import filed_of

    plant, told = plant_of(asked.file)
    day = reading.read_day(asked.day, "--day") or today()
    held = register_of(plant, filed_of(asked.file, asked.data), day, asked.data)
    shares = rates(held.meters)
    values = {"day": day, "rates": [_rate_json(one) for one in shares],
              "meters": [{"id": m.id, "carrier": m.carrier, "level": m.level, "fitted": m.fitted, "due": m.due,
                          "state": held.states[m.id], "certificate": f"{m.issuer} {m.number}".strip()}
                         for m in held.meters],
              "instruments": [{"stack": i.stack, "role": i.role, "instrument": i.name,
                               "certificates": [{"number": e.number, "months": list(e.months), "state": name}
                                                for e, name in i.certificates]} for i in held.instruments],
              "plan": held.plan.version if held.plan else None,
              "departs": [item.code for item in held.departs]}  # fmt: skip
    found = (*told, *(reading.in_file(item, asked.file) for item in (*held.told, *held.departs)))
    return Answer(values, lambda page: _meters(page, held, shares), tuple(dict.fromkeys(found)))


def register_of(plant: Plant, digest: str, day: date, data: Path | None) -> Register:
    """The register of a plant's document, by its digest, with what a data folder knows of its certificates."""
    from suyuan.verbs.carbon.register import register

    if data is None:
        return register(plant, day)
    evidence, _ = reading.evidence_of(data)
    behind = next((one.evidence for one in reversed(claims_in(data)) if digest and one.plant == digest), ())
    return register(plant, day, evidence, behind)


def _meters(page: Page, held: Register, shares: Sequence[Rate]) -> None:
    from suyuan.carbon.words import word

    names = ("carbon.meter", "carbon.certificate", "carbon.meter_state", "carbon.meter_due")
    page.table(columns(*names), [
        [f"{m.id} {m.name}".strip(), f"{m.issuer} {m.number}".strip() if m.fitted else "",
         term(f"carbon.meter.{held.states[m.id]}"), str(m.due or "")] for m in held.meters])  # fmt: skip
    if held.instruments:
        page.title(term("carbon.instruments"))
        page.table(columns("carbon.part", "carbon.role", "carbon.certificate"), [
            [one.stack, f"{one_of(word('channel', one.role))} {one.name}".strip(),
             ", ".join(f"{e.number}{_state(name)}" for e, name in one.certificates) or term("carbon.no_claim_behind")]
            for one in held.instruments])  # fmt: skip
    page.title(term("carbon.rates"))
    page.table(columns("carbon.carrier", "carbon.level", "carbon.fitted", "carbon.rate", "carbon.wanted", "status"), [
        [one_of(word("carrier", r.carrier)), one_of(word("level", r.level)),
         f"{r.fitted}/{r.needed}", f"{100 * r.rate:.0f} %", "" if r.wanted is None else f"{100 * r.wanted:.0f} %",
         term("status." + r.status.replace(" ", "_")) if r.status else ""] for r in shares], (2, 3, 4))  # fmt: skip


def _state(name: str) -> str:
    """The state of a certificate in brackets, in words; nothing where it holds or nobody was asked."""
    from suyuan.carbon.words import word

    return f" ({one_of(word('state', name))})" if name not in ("", "valid") else ""


def _rate_json(one: Rate) -> dict[str, Any]:
    return {"carrier": one.carrier, "level": one.level, "needed": one.needed, "fitted": one.fitted, "rate": one.rate,
            "wanted": one.wanted, "kept": one.kept, "status": one.status}  # fmt: skip


def ending(asked: AskEnding) -> Answer:
    """Certificates behind the claims of a folder that end soon, ranked by the tonnes that hang on them."""
    from suyuan.carbon.management.meters import ending as soon
    from suyuan.verbs.carbon.order import last

    day = reading.read_day(asked.day, "--day") or today()
    found = soon(last(claims_in(asked.data)), day, asked.ahead)
    values = {"day": day, "ending": [
        {"role": e.evidence.role, "issuer": e.evidence.issuer, "number": e.evidence.number, "days": e.days,
         "valid_until": e.evidence.valid_until, "u": e.u, "share": e.share,
         "enterprises": list(e.enterprises),
         "claims": [{"enterprise": one.claim.enterprise, "unit": one.claim.unit, "year": one.claim.year, "u": one.u,
                     "share": one.share} for one in e.claims]} for e in found
    ]}  # fmt: skip
    return Answer(values, lambda page: _ending(page, found))


def _ending(page: Page, found: Sequence[Ending]) -> None:
    names = (
        "carbon.certificate",
        "carbon.enterprise",
        "carbon.role",
        "carbon.until",
        "carbon.days",
        "carbon.U",
        "carbon.share",
    )
    page.table(columns(*names), [
        [f"{e.evidence.issuer} {e.evidence.number}", ", ".join(e.enterprises), _role(e),
         str(e.evidence.valid_until), e.days, spread(2 * e.u) if e.u else term("carbon.checks_only"),
         f"{100 * e.share:.1f} %"] for e in found], (4, 5, 6))  # fmt: skip


def _role(one: Ending) -> str:
    """What a certificate is used for, a channel of a stack by its word."""
    from suyuan.carbon.words import used_for

    said = used_for(one.evidence.part, one.evidence.role)
    return one_of({language: said[f"role_{language}"] for language in ("zh", "en")})


def claims_in(folder: Path) -> list[Claim]:
    """The claims of a data folder, those that another one supersedes left out."""
    from suyuan.verbs.carbon.order import standing

    store = reading.open_store(folder)
    held: list[Any] = [store.value(entry.digest) for entry in store.documents() if entry.kind == "claim"]
    return list(standing(held))


COMMANDS = (
    ("change", AskChange, change), ("improve", AskImprove, improve), ("sample", AskSample, sample),
    ("meters", AskMeters, meters), ("ending", AskEnding, ending),
)  # fmt: skip
