"""What a centre's register says of it, each row with its document: host, partners, environment, money, mechanisms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from suyuan.certificate.certificate import Text

Scope = Literal["centre", "data_base", "training_base", "carbon_centre"]
SCOPES: tuple[Scope, ...] = ("centre", "data_base", "training_base", "carbon_centre")


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre (or data base, training base, carbon centre). id; name; scope; grade: national, provincial, municipal;
    host: legal entity; host_independent: whether it is an independent legal person; laboratories: names under which its
    certificates, capabilities and results appear; industry: id of the industry tree; demand: ids of needs, () for all
    of the industry; region; partners; guideline: number it is measured by."""

    id: str
    name: Text
    scope: Scope
    grade: str
    host: Text
    host_independent: bool | None = None
    laboratories: tuple[str, ...] = ()
    industry: str = ""
    demand: tuple[str, ...] = ()
    region: str = ""
    partners: tuple[str, ...] = ()
    guideline: str = ""
    document: str = ""
    source: str = ""
    demo: bool = False


RecordKind = Literal[
    "fund_plan", "fund_actual", "mechanism", "agreement", "novelty", "specification", "environment", "stability",
    "mentor", "survey", "satisfaction", "training", "status", "document",
]  # fmt: skip
RECORD_KINDS: tuple[RecordKind, ...] = (
    "fund_plan", "fund_actual", "mechanism", "agreement", "novelty", "specification", "environment", "stability",
    "mentor", "survey", "satisfaction", "training", "status", "document",
)  # fmt: skip
GRADES = ("national", "provincial", "municipal")


@dataclass(frozen=True, slots=True)
class CentreRecord:
    """One recorded thing of a centre. kind; day; value: amount, measured value; low, high: limits of an environment;
    year: of money; group: source of money, room, parameter; document: SHA-256 of what proves it, or «»; detail: what
    belongs to the kind (for «status»: `state` and `source`, so that two sources may date one event differently; for
    «specification»: `state`; for «stability»: `budget`, the value that the budget uses; for «document»: `name`)."""

    id: str
    centre: str
    kind: RecordKind
    title: Text
    day: date
    value: float | None = None
    unit: str = ""
    year: int | None = None
    group: str = ""
    low: float | None = None
    high: float | None = None
    valid_until: date | None = None
    document: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Commitment:
    """One clause of a public reply or plan. document, clause: where it stands; text; owner; due; evidence: addresses
    (matter, fact kind and centre, document) that show that it is done; rule-made status is never stored."""

    id: str
    document: str
    clause: str
    text: Text
    owner: Text
    due: date | None = None
    evidence: tuple[str, ...] = ()
    source: str = ""
    demo: bool = False
