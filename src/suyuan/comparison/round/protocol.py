"""The protocol of a comparison: everything that is agreed before there is data.

A protocol is a document of its own, versioned, and fixed by the digest of its canonical form when the round opens:
nothing in it can be chosen afterwards to suit the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Text = Mapping[str, str]
"""A text in languages: «zh», «en» → text."""
RouteKind = Literal["ring", "star", "petal"]
Score = Literal["En", "zeta", "z", "z_prime", "D_percent"]
DriftModel = Literal["none", "linear", "polynomial", "random_walk"]


@dataclass(frozen=True, slots=True)
class TravellingStandard:
    """What travels. id: how the protocol calls it («TS-1»)."""

    id: str
    name: Text
    manufacturer: str = ""
    model: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Measurand:
    """What is to be measured, on which standard.

    id: short and unique («L100»); quantity: kind of quantity in words; unit: of all results; nominal: as written, «» if
    blind; low, high: where a result is plausible, in the unit, None where not fixed; sigma_pt: standard deviation for
    proficiency assessment, for scores that take one; largest_U: the expanded uncertainty beyond which a result cannot
    be satisfactory, None where not fixed.
    """

    id: str
    name: Text
    quantity: str
    unit: str
    standard: str
    nominal: str = ""
    low: float | None = None
    high: float | None = None
    conditions: Text = field(default_factory=dict)
    sigma_pt: float | None = None
    largest_U: float | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A laboratory that is invited. code: its blind code in the report («A»); organisation: its name, shown on release;
    account: who acts for it on a site; linking: it also took part in the comparison to which this one is linked."""

    code: str
    organisation: Text
    pilot: bool = False
    account: str = ""
    contact: str = ""
    linking: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """Who holds a standard from which day to which. member: its code; a pilot that measures again has several legs."""

    standard: str
    member: str
    arrives: date
    leaves: date


@dataclass(frozen=True, slots=True)
class Route:
    """ring: pilot → 1 → … → n → pilot; star: back to the pilot after each; petal: back after each group."""

    kind: RouteKind
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class ResultForm:
    """What a submission must hold. uncertainty: U with k, or u with dof; budget: whether a budget is asked for;
    certificate: whether a certificate file must go with it."""

    uncertainty: Literal["expanded", "standard"] = "expanded"
    budget: bool = False
    certificate: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """How the reference value is found. method: a name of `comparison.methods.METHODS`, or «pilot» (the pilot's own
    value) or «given» (a certified value from outside); beside: further methods that the report shows for comparison;
    contributors: codes that count, empty for all; value, u: of a given one, by measurand; constants: «exact» or
    «printed»; draws, seed: of Monte Carlo methods."""

    method: str
    beside: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    given: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    constants: Literal["exact", "printed"] = "exact"
    draws: int = 1_000_000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class DriftRule:
    """How the standard's change along the route is modelled from the pilot's repeated measurements.

    repeats: on how many days the pilot measures at each of its stays.
    """

    model: DriftModel = "none"
    degree: int = 1
    repeats: int = 1

    @property
    def unknowns(self) -> int:
        """Days of measurement that the model takes to be determined."""
        return {"none": 0, "linear": 2, "polynomial": self.degree + 1, "random_walk": 2}[self.model]

    @property
    def least(self) -> int:
        """Measurements of the pilot that the model takes: one more than it has unknowns, to know the scatter."""
        return self.unknowns + 1 if self.unknowns else 0


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """When a result is satisfactory: |score| ≤ limit; between `questionable` and limit it is questionable where the
    first is below the second; coverage: the coverage factor k of U in the degrees of equivalence."""

    score: Score = "En"
    limit: float = 1.0
    questionable: float | None = None
    coverage: float = 2.0


@dataclass(frozen=True, slots=True)
class EarlierResult:
    """What a linking member was found to be off in the earlier comparison: d, u_d in the unit of the measurand, and r,
    the correlation of its two results."""

    measurand: str
    member: str
    d: float
    u_d: float
    r: float = 0.0


@dataclass(frozen=True, slots=True)
class LinkRule:
    """To which comparison this one is linked. number: of the earlier (CIPM) comparison; results: there, of the linking
    members, for the measurands that are linked."""

    number: str
    results: tuple[EarlierResult, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """The whole agreement.

    number, version: identity; title, purpose, instructions, organiser: texts; opens: day from which the standards
    travel; closes: the moment until which a submission is taken, with its time zone; remark_days: days after draft A
    beyond which draft B does not wait for a member's remark; blind: members appear by code until release; public:
    whether the released report may be seen without signing in; linking: to an earlier comparison, None for none;
    digest: SHA-256 of the canonical form.
    """

    number: str
    version: int
    title: Text
    purpose: Text
    organiser: Text
    standards: tuple[TravellingStandard, ...]
    measurands: tuple[Measurand, ...]
    members: tuple[Member, ...]
    route: Route
    opens: date
    closes: datetime
    reference: ReferenceRule
    decision: DecisionRule = field(default_factory=DecisionRule)
    drift: DriftRule = field(default_factory=DriftRule)
    form: ResultForm = field(default_factory=ResultForm)
    instructions: Text = field(default_factory=dict)
    confidentiality: Text = field(default_factory=dict)
    remark_days: int = 30
    blind: bool = True
    public: bool = False
    demo: bool = False
    linking: LinkRule | None = None
    digest: str = ""

    @property
    def pilot(self) -> Member:
        return next(m for m in self.members if m.pilot)

    def member(self, code: str) -> Member | None:
        """The member of a code, None where there is none."""
        return next((m for m in self.members if m.code == code), None)

    def measurand(self, id: str) -> Measurand | None:
        """The measurand of an id, None where there is none."""
        return next((m for m in self.measurands if m.id == id), None)

    def earlier(self, measurand: str) -> tuple[EarlierResult, ...]:
        """The results of the linking members in the earlier comparison, of one measurand."""
        return () if self.linking is None else tuple(r for r in self.linking.results if r.measurand == measurand)

    def legs_of(self, member: str, standard: str = "") -> tuple[Leg, ...]:
        """When a member holds a standard («» for any), in the order of the route."""
        return tuple(leg for leg in self.route.legs if leg.member == member and standard in ("", leg.standard))
