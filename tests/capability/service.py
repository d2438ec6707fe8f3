"""A small service world for tests: registers, evidence and matters that grow by steps with their guards asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from suyuan.capability.capability import Capability
from suyuan.capability.challenges.challenge import sheet
from suyuan.capability.interval import Interval
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import Uncertainty, Value
from suyuan.certificate.typed import read_typed
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.register import Register
from suyuan.procedure.standing import Standing
from suyuan.quantity.finding import LANGUAGES, Refused, sentences
from suyuan.quantity.unit import parse_unit
from suyuan.talent.records import Person
from suyuan.traceability.evidence import Anchor, Evidence
from suyuan.verbs.matter.matters import stands, take
from suyuan.verbs.snapshot import Documents, Snapshot, snapshot

BEIJING = timezone(timedelta(hours=8))
MM, UM = parse_unit("mm"), parse_unit("um")
SHA, OTHER = "a" * 64, "b" * 64
FACTORY, BIDDER, RIVAL, INSTITUTE = "演示工厂", "演示计量院", "演示研究院", "演示评审院"


def at(day: str, hour: int = 9) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02d}:00:00").replace(tzinfo=BEIJING)


def need(id: str = "N-1", low: float = 10, high: float = 50, U: float | None = 0.2) -> Need:
    target = None if U is None else Target(U, UM)
    return Need(id, {"zh": FACTORY}, "length", Interval(low, high, MM), target, item="gauge block")


def block_certificate() -> Any:
    document = {
        "suyuan": "typed-certificate", "issuer": "NIM", "number": "R-1", "act": "calibration", "ended": "2026-01-10",
        "issued": "2026-01-12", "valid_until": "2029-01-11", "item": {"name": {"zh": "量块", "en": "gauge block"}},
        "results": [{"name": {"en": "length"}, "value": ["10.00002", "100.00003"], "unit": "mm",
                     "U": ["0.00004", "0.00008"], "k": "2"}],
    }  # fmt: skip
    made, found = read_typed(json.dumps(document).encode())
    assert made is not None, found
    return made


def person(account: str, organisation: str) -> Person:
    return Person(account, {"zh": account}, {"zh": organisation}, account, employed_from=date(2020, 1, 1))


@dataclass
class World:
    """What is known; matters by procedure and number."""

    registers: list[Register] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)
    matters: dict[tuple[str, str], Matter] = field(default_factory=dict)

    def register(self, day: str, owner: str = FACTORY, **rows: Any) -> None:
        kept = {kind: tuple(values) for kind, values in rows.items()}
        self.registers.append(
            Register({"zh": owner}, str(len(self.registers)), date.fromisoformat(day), kept, digest=SHA)
        )

    def known(self, day: str | date) -> Snapshot:
        on = day if isinstance(day, date) else date.fromisoformat(day)
        return snapshot(self.evidence, Documents(tuple(self.registers), tuple(self.matters.values())), on)

    def open(self, procedure: str, number: str, owner: str, fields: Any = None, **roles: tuple[str, ...]) -> Matter:
        self.matters[procedure, number] = Matter(procedure, number, {"zh": number}, {"zh": owner}, fields or {}, roles)
        return self.matters[procedure, number]

    def step(self, key: tuple[str, str], act: str, day: str, person: str, role: str, **content: Any) -> Standing:
        event = Event(act, at(day), person, role, content)
        made = take(self.known(day), self.matters[key], event, now=at(day))
        self.matters[key] = made
        where = stands(made, at(day))
        assert where.taken[-1] == made.events[-1], where.findings
        return where

    def refused(self, key: tuple[str, str], act: str, day: str, person: str, role: str, **content: Any) -> list[str]:
        before = self.matters[key]
        with pytest.raises(Refused) as told:
            self.step(key, act, day, person, role, **content)
        assert self.matters[key] is before, "what is refused leaves no trace"
        for item in told.value.findings:
            for language in LANGUAGES:
                assert "?" not in "".join(sentences(item, language).values()), item
        return [f.code for f in told.value.findings if f.severity == "error"]


def documents(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, SHA)


def capability(owner: str = BIDDER, standards: tuple[tuple[str, str], ...] = (("NIM", "R-1"),)) -> Capability:
    made = Uncertainty(Value(0.15), unit=UM)
    return Capability("C-1", {"zh": owner}, "length", Interval(5, 100, MM), made, item="gauge block",
                      standards=standards)  # fmt: skip


CHALLENGE, BID, RIVAL_BID = ("challenge", "CH-1"), ("bid", "B-1"), ("bid", "B-2")
REVIEWERS = ("赵", "钱", "孙")


def challenge_world() -> World:
    """A need that nobody meets, reviewers of another house, and an open challenge with two bidders."""
    world = World()
    world.register("2026-01-01", need=[need(), need("N-2", 1, 5), need("N-3", 1, 5, None)])
    world.register("2026-01-01", INSTITUTE, person=[person(name, INSTITUTE) for name in REVIEWERS])
    world.open(*CHALLENGE, FACTORY, sheet([need()], "CALL-1"), organiser=("org",), needer=("厂",))
    world.open(*BID, BIDDER, {"links": {"challenge": "CH-1"}}, bidder=("甲",), organiser=("org",))
    world.open(*RIVAL_BID, RIVAL, {"links": {"challenge": "CH-1"}}, bidder=("乙",), organiser=("org",))
    return world


def traced(world: World) -> None:
    """The bidder's capability is registered with a standard whose chain is complete."""
    anchor = Anchor("national_primary_standard", "NIM", "R-1", {"en": "primary"}, "KCDB")
    world.evidence = Evidence(certificates=(block_certificate(),), anchors=(anchor,))
    world.register("2026-11-01", BIDDER, capability=[capability()])
