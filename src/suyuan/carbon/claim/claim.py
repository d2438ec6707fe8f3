"""The annual claim: what a unit emitted in a year, with its budget, shares by method, rules and evidence.

A claim is a document and is never edited: another one supersedes it and says why. The legal value follows the rule set
(with its rounding and its substitutes); the best estimate is a quantity, so that the covariance of two claims follows
from what they share. What was substituted is a bias of the legal value, not an uncertainty: both totals are shown.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from suyuan.carbon.rule import Override, admitted, digest_of, read_row, written
from suyuan.carbon.words import listed, used_for
from suyuan.quantity.archive.archive import dump, load
from suyuan.quantity.block import Block, Own, every_element
from suyuan.quantity.covariance import covariance
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding, in_both
from suyuan.quantity.influence import Influence, identity
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row
from suyuan.quantity.unit import parse_unit

KIND = "carbon-claim"
MONTHS = 12
YEARS = range(1990, 2201)
"""What can be the year of a claim; another is a slip."""
METHODS = ("measured", "calculated", "substituted", "default", "stated")
"""How tonnes of the legal value came about."""
BALANCE = ("input", "output", "stock")
"""What makes a carbon mass balance: carbon that enters the boundary, that leaves it in something, that stays in it."""
BURNT = ("combustion", *BALANCE)
"""What is calculated of the gas that a stack monitors."""
PART_KINDS = ("monitoring", *BURNT, "process", "credit", "electricity", "heat", "forest")
TONNE = parse_unit("t")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that the claim stands on. role: what it gives («flow», «carbon content of March»); digest: SHA-256 of
    its bytes where a store holds them; valid_until: last day as printed or set, None where unknown; months: for which
    it was used, 1 to 12, all where empty; part, factor: of the claim and of its product that it stands behind; sample:
    whether it reports on a sample of its months and not on an instrument, so that it follows them and has no end."""

    role: str
    issuer: str
    number: str
    digest: str = ""
    valid_until: date | None = None
    months: tuple[int, ...] = ()
    part: str = ""
    factor: str = ""
    sample: bool = False

    def last_day(self, year: int) -> date:
        """The last day of its last month in a year."""
        month = max(self.months, default=MONTHS)
        return date(year + month // MONTHS, month % MONTHS + 1, 1) - timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One source stream, stack or process of a claim.

    months: best estimate (12,), tCO2, negative for a credit; legal: by month, tCO2; methods: method → tonnes of the
    legal year; counted: whether it adds to the total (what only checks it does not); missing, unknown: running hours of
    each month (12,) without a legal value, and without a best estimate, empty where there is none: sums over such
    months are incomplete, and are of the other hours only; unstated: the factors whose uncertainty nobody states, so
    that u is a lower bound; bounded: months (1 to 12) of which that is so, all where there are factors and no month;
    by: method of each month (12,), empty where hours of a month come about in several ways.
    Raises Refused for another number of months, an unknown kind or method, tonnes that are not finite, and shares that
    do not make up the year.
    """

    name: str
    kind: str
    months: Quantity
    legal: tuple[float, ...]
    methods: Mapping[str, float]
    counted: bool = True
    missing: tuple[float, ...] = ()
    unknown: tuple[float, ...] = ()
    unstated: tuple[str, ...] = ()
    bounded: tuple[int, ...] = ()
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in PART_KINDS:
            raise Refused(finding("carbon.claim.word", self.name, given=self.kind[:40], known=", ".join(PART_KINDS)))
        lengths = {len(self.legal), *(len(of) for of in (self.missing, self.unknown, self.by) if of)}
        if self.months.shape != (MONTHS,) or lengths != {MONTHS}:
            given = next((n for n in lengths if n != MONTHS), self.months.size)
            raise Refused(finding("carbon.fuel.months", self.name, name=self.name, given=given, months=MONTHS))
        unknown = [name for name in (*self.methods, *self.by) if name not in METHODS]
        if unknown:
            raise Refused(finding("carbon.claim.word", self.name, given=unknown[0][:40], known=", ".join(METHODS)))
        year, shares = math.fsum(self.legal), math.fsum(self.methods.values())
        if not (math.isfinite(year) and math.isclose(year, shares, rel_tol=1e-9, abs_tol=1e-6)):
            raise Refused(finding("carbon.claim.shares", self.name, name=self.name, year=f"{year:.6g}",
                                  shares=f"{shares:.6g}"))  # fmt: skip

    @property
    def least(self) -> bool:
        """Whether its U is a lower bound: some factor has none."""
        return bool(self.unstated)

    def least_in(self, month: int) -> bool:
        """Whether U of a month (1 to 12) is a lower bound."""
        return self.least and (not self.bounded or month in self.bounded)

    def methods_in(self, month: int) -> tuple[str, ...]:
        """How the legal tonnes of a month (1 to 12) came about; nothing where there are none."""
        return () if not self.legal[month - 1] else (self.by[month - 1],) if self.by else tuple(self.methods)


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """An annual claim; see `claimed`. rows: the rule rows that were used; supersedes: digest of the claim that this one
    replaces, with the reason; digest: SHA-256 of its document, «» before it is written; plant: SHA-256 of the document
    of the unit's year that it was made from, «» where it is bound to none."""

    enterprise: str
    unit: str
    year: int
    scheme: str
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]
    overrides: tuple[Override, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    made: date = date.min
    by: str = ""
    supersedes: str = ""
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    digest: str = ""
    plant: str = ""

    @property
    def issuer(self) -> str:
        """Whose document it is, as a store lists it."""
        return self.enterprise

    @property
    def number(self) -> str:
        """Unit and year, as a store lists it."""
        return f"{self.unit} {self.year}"

    @property
    def legal(self) -> float:
        """The year's legal value, tCO2."""
        return math.fsum(t for part in self.parts if part.counted for t in part.legal)

    @property
    def missing(self) -> float:
        """Running hours without a legal value in what counts: the legal year is incomplete where there are some."""
        return math.fsum(hours for part in self.parts if part.counted for hours in part.missing)

    @property
    def unknown(self) -> float:
        """Running hours without a best estimate in what counts."""
        return math.fsum(hours for part in self.parts if part.counted for hours in part.unknown)

    @property
    def months(self) -> Quantity:
        """The best estimate by month (12,), tCO2."""
        counted = [part.months.to(TONNE) for part in self.parts if part.counted]
        total: Any = counted[0]
        for one in counted[1:]:
            total = total + one
        return total  # type: ignore[no-any-return]

    @property
    def best(self) -> Quantity:
        """The year's best estimate, tCO2, with every influence."""
        return self.months.sum()

    @property
    def least(self) -> bool:
        """Whether its U is a lower bound: some factor of what counts has none."""
        return any(part.least for part in self.parts if part.counted)

    def least_in(self, month: int) -> bool:
        """Whether U of a month (1 to 12) is a lower bound."""
        return any(part.least_in(month) for part in self.parts if part.counted)

    def methods_in(self, month: int) -> tuple[str, ...]:
        """How the legal tonnes of a month (1 to 12) came about."""
        found = {name for part in self.parts if part.counted for name in part.methods_in(month)}
        return tuple(name for name in METHODS if name in found)

    @property
    def methods(self) -> Mapping[str, float]:
        """Method → tonnes of the legal value; methods that nothing came by are left out."""
        total = {m: math.fsum(p.methods.get(m, 0.0) for p in self.parts if p.counted) for m in METHODS}
        return {method: tonnes for method, tonnes in total.items() if tonnes}

    @property
    def rule_set(self) -> str:
        """SHA-256 over the rule rows that were used."""
        return digest_of(self.rows)


def claimed(claim: Claim) -> tuple[Claim, tuple[Finding, ...]]:
    """A claim that may stand, with what it has to tell; raises Refused with every reason why it may not.

    Refused: no part that counts, two parts of one name, a rule row «from memory» that no override admits, an override
    without person or reason, one that supersedes without a reason. Told: rows that were admitted, evidence that ended
    before the last month that it was used for.
    """
    told = list(claim.findings)
    if not any(part.counted for part in claim.parts):
        told.append(finding("carbon.claim.nothing", claim.unit))
    names = [part.name for part in claim.parts]
    told += [finding("carbon.claim.part_twice", name, name=name) for name in names if names.count(name) > 1]
    told += admitted(claim.rows, {one.row: one for one in claim.overrides})
    told += [finding("carbon.claim.override", one.row, row=one.row) for one in claim.overrides
             if not (one.person.strip() and one.reason.strip())]  # fmt: skip
    if claim.supersedes and not claim.reason.strip():
        told.append(finding("carbon.claim.reason", claim.unit))
    stacks = [part.name for part in claim.parts if part.kind == "monitoring"]  # whose certificates count by the hour
    for item in claim.evidence:
        if item.part in stacks:
            continue
        if item.valid_until is not None and item.valid_until < item.last_day(claim.year):
            told.append(finding("carbon.claim.ended", item.role, "warning", issuer=item.issuer, number=item.number,
                                day=item.valid_until.isoformat(), **used_for(item.part, item.role)))  # fmt: skip
    told = list(dict.fromkeys(told))
    if errors(told):
        raise Refused(*told)
    return claim, tuple(told)


def unstated(parts: Iterable[Part]) -> tuple[Finding, ...]:
    """A warning for each part with factors whose uncertainty nobody states: U is a lower bound, also of the sum."""
    told = []
    for part in parts:
        if part.unstated:
            told.append(finding("carbon.stream.unknown_u", part.name, "warning", name=part.name,
                                **in_both("factors", listed(part.unstated))))  # fmt: skip
    return tuple(told)


def document(claim: Claim) -> bytes:
    """A claim as canonical JSON; the same claim gives the same bytes. Its quantities stand in a full archive."""
    kept = dump({str(at): folded(part.months) for at, part in enumerate(claim.parts)})
    return canonical(
        {
            "suyuan": KIND,
            "enterprise": claim.enterprise, "unit": claim.unit, "year": claim.year, "scheme": claim.scheme,
            "made": claim.made, "by": claim.by, "supersedes": claim.supersedes, "reason": claim.reason,
            "plant": claim.plant, "legal": claim.legal, "rule_set": claim.rule_set,
            "parts": [
                {"name": p.name, "kind": p.kind, "legal": list(p.legal), "methods": dict(p.methods),
                 "checks_only": None if p.counted else True,
                 "missing": list(p.missing) or None, "unknown": list(p.unknown) or None,
                 "unstated": list(p.unstated), "bounded": list(p.bounded) or None, "by": list(p.by) or None}
                for p in claim.parts
            ],
            "rows": [written(row) for row in claim.rows],
            "overrides": [
                {"row": o.row, "person": o.person, "reason": o.reason, "day": o.day} for o in claim.overrides
            ],
            "evidence": [
                {"role": e.role, "issuer": e.issuer, "number": e.number, "digest": e.digest,
                 "valid_until": e.valid_until, "months": list(e.months), "part": e.part,
                 "factor": e.factor, "sample": e.sample or None}
                for e in claim.evidence
            ],
            "archive": kept.decode("utf-8"),
        }
    )  # fmt: skip


def folded(months: Quantity) -> Quantity:
    """Months with what hours or samples have of their own as one independent element a month.

    An influence of more than a dozen elements that no two months share adds only its variance by month; its identity
    follows from what it holds, so that the same year folded twice is the same quantity. Others stay as they are.
    """
    kept: dict[str, Block] = {}
    own = np.zeros(MONTHS)
    for key, block in months.blocks.items():
        joint = covariance(only := Quantity(months.value, months.unit, {key: block}), only)
        apart = block.influence.size > MONTHS and not np.any(joint - np.diag(np.diag(joint)))
        if apart:
            own += np.diag(joint)
        else:
            kept[key] = block
    if own.any():
        u = np.sqrt(own)
        key = identity("own of months", hashlib.sha256(u.tobytes()).hexdigest())
        mark = Influence(
            key, MONTHS, u, unit=months.unit.dsi or months.unit.symbol, label="single readings and samples"
        )
        kept[key] = Block(mark, Own(every_element(MONTHS), u[None]))
    return Quantity(months.value, months.unit, kept)


def read_claim(data: bytes) -> tuple[Claim | None, tuple[Finding, ...]]:
    """The claim of a document, or None with what is wrong with it: a changed digit shows in its sums and digests."""
    fields, found = open_document(data, KIND)
    if fields is None or errors(found):
        return None, tuple(found)
    try:
        claim = _read(fields, hashlib.sha256(data).hexdigest())
    except Refused as refused:
        return None, (*found, *refused.findings)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        return None, (*found, finding("carbon.claim.damaged", "", reason=str(error)[:120]))
    if not any(part.counted for part in claim.parts):
        return None, (*found, finding("carbon.claim.nothing", claim.unit))
    for name, stated, computed in (
        ("legal", str(fields.content.get("legal")), repr(claim.legal)),
        ("rule_set", str(fields.content.get("rule_set")), claim.rule_set),
    ):
        if stated != computed:
            found.append(finding("carbon.claim.altered", name, name=name, stated=stated[:70], computed=computed[:70]))
    return (None if errors(found) else claim), tuple(found)


def _read(fields: Fields, digest: str) -> Claim:
    content: Mapping[str, Any] = fields.content
    if int(content["year"]) not in YEARS:
        raise ValueError("year")
    months = load(content["archive"].encode("utf-8"), "archive").results
    parts = tuple(
        Part(row["name"], row["kind"], months[str(at)], tuple(float(t) for t in row["legal"]),
             {name: float(t) for name, t in row.get("methods", {}).items()}, not row.get("checks_only"),
             tuple(float(h) for h in row.get("missing") or ()), tuple(float(h) for h in row.get("unknown") or ()),
             tuple(row.get("unstated") or ()), tuple(int(month) for month in row.get("bounded") or ()),
             tuple(row.get("by") or ()))
        for at, row in enumerate(content["parts"])
    )  # fmt: skip
    overrides = tuple(
        Override(row["row"], row["person"], row["reason"], date.fromisoformat(row["day"]))
        for row in content.get("overrides", ())
    )
    evidence = tuple(
        Evidence(row["role"], row.get("issuer", ""), row.get("number", ""), row.get("digest", ""),
                 date.fromisoformat(row["valid_until"]) if row.get("valid_until") else None,
                 tuple(int(month) for month in row.get("months", ())), row.get("part", ""), row.get("factor", ""),
                 row.get("sample") is True)
        for row in content.get("evidence", ())
    )  # fmt: skip
    rows = tuple(read_row(row) for row in content.get("rows", ()))
    return Claim(
        content["enterprise"], content["unit"], int(content["year"]), content["scheme"], parts, rows, overrides,
        evidence, date.fromisoformat(content["made"]), content.get("by", ""), content.get("supersedes", ""),
        content.get("reason", ""), (), digest, content.get("plant", ""),
    )  # fmt: skip
