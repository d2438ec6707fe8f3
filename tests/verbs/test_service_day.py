"""One day for a service, for every gate: the wished day where it does not lie before the day asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from suyuan.capability.capability import Capability, Standing
from suyuan.capability.matching.columns import CapabilityColumns
from suyuan.capability.matching.screen_days import by_day
from suyuan.capability.matching.screen_rests import gates_of, resting
from suyuan.capability.need import Need
from suyuan.quantity.finding import sentences
from suyuan.traceability.evidence import Statement
from suyuan.verbs.matching.gaps import gaps_of
from suyuan.verbs.matching.match import match_need, supports_for, supports_on
from suyuan.verbs.matching.what_holds import Withdrawn, events_on_capabilities, what_if
from suyuan.verbs.matching.written import register_of
from suyuan.verbs.snapshot import Snapshot

from .test_match import EVIDENCE, HAS, NEED, PEOPLE, at, certificate

MARCH, LAST, AFTER = "2026-03-01", date(2027, 1, 11), date(2027, 1, 12)


def wished(day: date | None, **more: object) -> Need:
    return replace(NEED, day=day, **more)  # type: ignore[arg-type]


def test_a_certificate_that_runs_out_before_the_wished_day_fails_and_says_so() -> None:
    assert match_need(at(MARCH), wished(LAST)).verdict == "can"
    late = match_need(at(MARCH), wished(AFTER))
    assert late.verdict == "not_accurate" and late.day == AFTER
    assert late.nearest is not None and late.nearest.failed == ("chain",)
    told = [f for f in late.nearest.gate("chain").findings if f.code == "capability.support.standard.ends"]
    assert "valid until 2027-01-11, before the wished day 2027-01-12" in sentences(told[0], "en")["what"]
    assert "validity.expired" not in {f.code for f in late.nearest.gate("chain").findings}


def test_what_counts_is_known_on_the_day_asked_for() -> None:
    later = certificate("W-1", "R-1")
    renewed = replace(later, issued=date(2026, 12, 20), ended=date(2026, 12, 18), valid_until=date(2027, 12, 17),
                      digest="f" * 64)  # fmt: skip
    evidence = replace(EVIDENCE, certificates=(*EVIDENCE.certificates, renewed))
    assert match_need(at("2026-12-01", evidence=evidence), wished(AFTER)).verdict == "not_accurate"
    said = Statement("withdrawn", "NIM", "W-1", date(2026, 9, 1), date(2026, 3, 5))  # known now, in force later
    announced = at("2026-03-10", evidence=replace(EVIDENCE, statements=(said,)))
    assert match_need(announced, wished(date(2026, 8, 31))).verdict == "can"
    assert match_need(announced, wished(date(2026, 9, 1))).verdict == "not_accurate"


def test_persons_and_standings_are_judged_on_the_same_day() -> None:
    asks = replace(HAS, persons=2, standings=(Standing("accredited", "CNAS", "L1", valid_until=date(2026, 9, 30)),))
    june, july = date(2026, 6, 30), date(2026, 7, 1)
    here = at(MARCH, asks, **PEOPLE)
    assert match_need(here, wished(june, standing="accredited")).verdict == "can"
    assert match_need(here, wished(july)).examined[0].failed == ("people",)
    assert "standing" in match_need(here, wished(date(2026, 10, 1), standing="accredited")).examined[0].failed


def test_a_wished_day_in_the_past_is_told_and_judged_on_the_day_asked_for() -> None:
    past = wished(date(2025, 6, 1))
    found = match_need(at(MARCH), past)
    assert found.verdict == "can" and found.day == date(2026, 3, 1)
    assert [f.code for f in found.findings] == ["capability.match.wished_past"]
    assert match_need(at("2027-02-01"), past).verdict == "not_accurate"
    assert not match_need(at("2025-05-01"), past).findings  # then it lay ahead


@pytest.mark.parametrize(("day", "told"), [("2025-01-01", ["capability.read.day_past"]), ("2026-03-01", [])])
def test_a_register_tells_a_wished_day_before_its_own_and_keeps_the_need(day: str, told: list[str]) -> None:
    row = {"id": "N", "quantity": "length", "interval": {"low": 1, "high": 2, "unit": "mm"}, "day": day,
           "target": {"U": 1, "unit": "um", "k": 2}}  # fmt: skip
    document = {"suyuan": "register", "organisation": {"zh": "演示厂"}, "number": "1", "day": MARCH,
                "rows": {"need": [row]}}  # fmt: skip
    register, found = register_of(json.loads(json.dumps(document)), "need", MARCH)
    assert register is not None and register.rows["need"][0].day == date.fromisoformat(day)
    assert [f.code for f in found] == told


def _columns(here: Snapshot, needs: list[Need]) -> list[tuple[str, tuple[str, ...]]]:
    capabilities = here.capabilities

    def rests(day: date | None, own: object) -> object:
        return resting(capabilities, supports_on(here, day=day))

    found = by_day(CapabilityColumns.of(capabilities), needs, rests, here.day)  # type: ignore[arg-type]
    return [(v, gates_of(int(found.of(n)[1][0]))) for n, v in enumerate(found.verdict)]


def test_columns_and_gates_agree_on_every_day() -> None:
    cmc = Standing("cmc", "KCDB", "1", valid_from=date(2026, 4, 1), valid_until=date(2026, 12, 1))
    asks = replace(HAS, persons=2, valid_until=date(2027, 6, 1), standings=(cmc,))
    here = at(MARCH, asks, **PEOPLE)
    days = [None, *(date.fromordinal(int(n)) for n in np.linspace(738_900, 740_000, 23))]
    needs = [wished(day, standing=kind) for day in days for kind in ("", "accredited")]
    for need, (verdict, failed) in zip(needs, _columns(here, needs), strict=True):
        found = match_need(here, need)
        assert (verdict, failed) == (found.verdict, found.examined[0].failed)


def test_gaps_are_judged_on_the_same_day_and_what_is_kept_is_the_same() -> None:
    here = at(MARCH, need=(wished(AFTER),))
    assert gaps_of(here).counts["not_accurate"] == 1
    assert supports_for(here, wished(AFTER), {}) is supports_for(here, wished(AFTER), {})
    assert supports_for(here, NEED, kept := {}) is kept


def test_a_need_that_lies_ahead_turns_though_nothing_changes_today() -> None:
    renewed = replace(certificate("W-1", "R-1"), issued=date(2026, 12, 20), ended=date(2026, 12, 18),
                      valid_until=date(2027, 12, 17), digest="f" * 64, substitutes=())  # fmt: skip
    evidence = replace(EVIDENCE, certificates=(EVIDENCE.certificates[0], renewed))
    ahead = wished(AFTER)
    before, after = at("2027-01-05", need=(ahead,)), at("2027-01-05", evidence=evidence, need=(ahead,))
    turned = events_on_capabilities(before, after).needs
    assert [t.verdicts for t in turned] == [("not_accurate", "can")]
    gone = events_on_capabilities(after, what_if(after, Withdrawn(("NIM", "W-1"))))
    assert [t.verdicts for t in gone.needs] == [("can", "not_accurate")]


def test_capacity_is_told_beside_a_volume_and_decides_nothing() -> None:
    has: Capability = replace(HAS, capacity=20.0)
    found = match_need(at(MARCH, has), wished(None, volume="每月 200 件"))
    assert found.verdict == "can"
    told = found.single[0].gate("logistics").findings
    assert "20 pieces a month; wanted: 每月 200 件" in sentences(told[0], "en")["what"]
