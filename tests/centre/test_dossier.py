"""A sound dossier has no finding; each of many faults put into it, alone and in pairs, is found at its place."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.centre.dossier import (
    Backing,
    Claimed,
    Demanded,
    Dossier,
    Milestone,
    Money,
    Paper,
    Reviewer,
    Staff,
    computed,
    documents,
    limits,
    numbers_said,
)
from suyuan.centre.dossier_checks import completeness
from suyuan.centre.records import Centre
from suyuan.quantity.finding import sentences

DAY = date(2026, 11, 28)
HOST = "演示计量院"


def digest(n: int) -> str:
    return f"{n:064x}"


def sound() -> Dossier:
    """A dossier in which everything is there: 12 enterprises, 3 capabilities, 4 persons, 3 years of money."""
    centre = Centre(
        "Z-1", {"zh": "演示产业计量测试中心", "en": "Demo Centre"}, "centre", "municipal", {"zh": HOST}, True,
        laboratories=(HOST,), industry="ic-micro-nano", partners=("演示大学",), document=digest(99), demo=True,
    )  # fmt: skip
    texts = {
        "application": {"zh": "12 家企业提出 12 项需求；现有 3 项能力，满足率 75 %，授权人员 4 人。"},
        "capability_plan": {"zh": "现有测量标准 3 项。", "en": "There are 3 capabilities."},
        "funding_letter": {"zh": "三年计划投入 900 万元，共 2 个来源。"},
    }
    papers = tuple(
        Paper(row["name"], digest(n), date(2026, 1 + n, 5), None, "演示甲" if row["signed"] else "", centre.name["zh"],
              texts.get(row["name"], {}))
        for n, row in enumerate(r for name in ("demand_survey", "task_book", "feasibility", "application",
                                               "capability_plan", "funding_letter")
                                for r in documents() if r["name"] == name)
    )  # fmt: skip
    capabilities = tuple(
        Claimed(f"C-{n}", {"zh": f"能力{n}"}, HOST, "ic-micro-nano", "0.5~100 mm", "U=0.05 µm, k=2",
                (Backing("演示国家院", f"N-{n}", date(2027, 6, 30)),), 4, True, ("P-1", "P-2"),
                date(2029, 12, 31), True, f"row:capability/C-{n}")
        for n in range(1, 4)
    )  # fmt: skip
    needs = tuple(
        Demanded(f"N-{n}", {"zh": f"需求{n}"}, f"演示企业{n}", "ic-micro-nano", "length", f"0~{n} mm", "U=0.1 µm",
                 n <= 9, 1.0, f"row:need/N-{n}")
        for n in range(1, 13)
    )  # fmt: skip
    staff = tuple(
        Staff(f"P-{n}", {"zh": f"演示员{n}"}, HOST, ("U-1",), date(2027, 12, 31), address=f"row:person/P-{n}")
        for n in range(1, 5)
    )
    money = tuple(
        Money(f"F-{y}-{n}", "plan", y, 1.5e6, source, digest(50 + n))
        for y in (2026, 2027, 2028)
        for n, source in enumerate(("依托单位", "演示市财政"))
    )
    milestones = (
        Milestone("M-1", {"zh": "建标准"}, date(2026, 12, 1), date(2027, 6, 30), "演示甲"),
        Milestone("M-2", {"zh": "试运行"}, date(2027, 7, 1), date(2028, 6, 30), "演示乙", ("M-1",)),
    )
    reviewers = tuple(Reviewer(f"演示专家{n}", f"演示外单位{n}") for n in range(3))
    return Dossier(
        centre, DAY, "apply", "D-1", papers, capabilities, needs, staff, money, milestones, reviewers,
        {f"S-{n}": f"certificate:{n}" for n in range(3)}, (date(2026, 12, 1), date(2028, 12, 31)),
    )  # fmt: skip


Injected = Callable[[Dossier], Dossier]


def first(field: str, **changed: Any) -> Injected:
    """The first item of a list changed."""
    return at(field, 0, **changed)


def at(field: str, n: int, **changed: Any) -> Injected:
    def inject(dossier: Dossier) -> Dossier:
        items = list(getattr(dossier, field))
        items[n] = replace(items[n], **changed)
        return replace(dossier, **{field: tuple(items)})

    return inject


def paper(name: str, **changed: Any) -> Injected:
    def inject(dossier: Dossier) -> Dossier:
        return replace(dossier, papers=tuple(replace(p, **changed) if p.name == name else p for p in dossier.papers))

    return inject


def centre(**changed: Any) -> Injected:
    return lambda dossier: replace(dossier, centre=replace(dossier.centre, **changed))


def without(field: str, keep: Callable[[Any], bool]) -> Injected:
    return lambda dossier: replace(dossier, **{field: tuple(x for x in getattr(dossier, field) if keep(x))})


def more(field: str, item: Callable[[Dossier], Any]) -> Injected:
    return lambda dossier: replace(dossier, **{field: (*getattr(dossier, field), item(dossier))})


def backing(**changed: Any) -> Injected:
    def inject(dossier: Dossier) -> Dossier:
        claim = dossier.capabilities[0]
        return first("capabilities", backings=(replace(claim.backings[0], **changed),))(dossier)

    return inject


FAULTS: dict[str, tuple[str, str, Injected]] = {
    "a document is missing": ("dossier.document.missing", "document/feasibility",
                              without("papers", lambda p: p.name != "feasibility")),
    "a document without file": ("dossier.document.unstored", "document/task_book", paper("task_book", digest="")),
    "a document of no list": ("dossier.document.unknown", "document/poem",
                              more("papers", lambda d: Paper("poem", digest(77), DAY))),
    "two of one document": ("dossier.document.twice", "document/feasibility",
                            more("papers", lambda d: Paper("feasibility", digest(78), DAY))),
    "one file for two documents": ("dossier.document.same", "document/feasibility",
                                   paper("feasibility", digest=digest(1))),
    "a document without day": ("dossier.document.undated", "document/task_book", paper("task_book", day=None)),
    "a document of tomorrow": ("dossier.document.future", "document/task_book",
                               paper("task_book", day=date(2026, 11, 29))),
    "an expired letter": ("dossier.document.expired", "document/funding_letter",
                          paper("funding_letter", valid_until=date(2026, 11, 27))),
    "an unsigned application": ("dossier.document.unsigned", "document/application", paper("application", signed="")),
    "another centre's name": ("dossier.document.centre", "document/task_book",
                              paper("task_book", centre="演示计量测试中心")),
    "application before survey": ("dossier.document.order", "document/application",
                                  paper("application", day=date(2025, 12, 1))),
    "no host": ("dossier.host.missing", "centre/Z-1", centre(host={})),
    "a host that depends": ("dossier.host.dependent", "centre/Z-1", centre(host_independent=False)),
    "a host nobody knows": ("dossier.host.unknown", "centre/Z-1", centre(host_independent=None)),
    "a host without proof": ("dossier.host.unproven", "centre/Z-1", centre(document="")),
    "no industry": ("dossier.scope.none", "centre/Z-1", centre(industry="")),
    "a capability of another industry": ("dossier.scope.mixed", "capability/C-1",
                                         first("capabilities", industry="shipbuilding")),
    "a need of another industry": ("dossier.scope.mixed", "need/N-1", first("needs", industry="electric-vehicle")),
    "few enterprises": ("dossier.enterprises.few", "needs",
                        lambda d: replace(d, needs=tuple(replace(n, organisation="演示企业1") for n in d.needs))),
    "a need of nobody": ("dossier.need.organisation", "need/N-1", first("needs", organisation="")),
    "a need without interval": ("dossier.need.interval", "need/N-1", first("needs", interval="")),
    "a need without target": ("dossier.need.target", "need/N-1", first("needs", target="")),
    "a need without verdict": ("dossier.need.undecided", "need/N-1", first("needs", met=None)),
    "a need twice": ("dossier.need.twice", "need/N-99",
                     more("needs", lambda d: replace(d.needs[1], id="N-99"))),
    "no capability": ("dossier.capability.none", "capabilities", lambda d: replace(d, capabilities=())),
    "a capability twice": ("dossier.capability.twice", "capability/C-1",
                           more("capabilities", lambda d: d.capabilities[0])),
    "no interval": ("dossier.capability.interval", "capability/C-1", first("capabilities", interval="")),
    "no uncertainty": ("dossier.capability.uncertainty", "capability/C-1", first("capabilities", uncertainty="")),
    "no budget": ("dossier.capability.budget", "capability/C-1", first("capabilities", terms=0)),
    "a broken chain": ("dossier.capability.chain", "capability/C-1", first("capabilities", chain=False)),
    "an unknown chain": ("dossier.capability.chain_unknown", "capability/C-1", first("capabilities", chain=None)),
    "no certificate": ("dossier.capability.certificates", "capability/C-1", first("capabilities", backings=())),
    "an expired certificate": ("dossier.capability.expired", "capability/C-1/certificate/N-1",
                               backing(valid_until=date(2026, 11, 27))),
    "a withdrawn certificate": ("dossier.capability.withdrawn", "capability/C-1/certificate/N-1",
                                backing(state="withdrawn")),
    "a certificate nobody has": ("dossier.capability.certificate_unknown", "capability/C-1/certificate/N-1",
                                 backing(state="unknown")),
    "a failed comparison": ("dossier.capability.comparison", "capability/C-1", first("capabilities", compared=False)),
    "another laboratory's": ("dossier.capability.foreign", "capability/C-1",
                             first("capabilities", laboratory="演示别家")),
    "an expired standing": ("dossier.capability.standing", "capability/C-1",
                            first("capabilities", standing_until=date(2026, 1, 1))),
    "a person nobody knows": ("dossier.capability.person", "capability/C-1",
                              first("capabilities", persons=("P-1", "P-2", "P-99"))),
    "persons nobody keeps": ("dossier.capability.persons_unknown", "capability/C-1",
                             first("capabilities", persons=None)),
    "one person only": ("dossier.capability.persons", "capability/C-1", first("capabilities", persons=("P-1",))),
    "a lapsed authorisation": ("dossier.person.lapsed", "person/P-4",
                               at("staff", 3, valid_until=date(2026, 11, 27))),
    "a suspended person": ("dossier.person.suspended", "person/P-4", at("staff", 3, state="suspended")),
    "a person without authorisation": ("dossier.person.unauthorised", "person/P-4", at("staff", 3, state="none")),
    "a person who left": ("dossier.person.left", "person/P-4", at("staff", 3, employed_until=date(2026, 1, 1))),
    "a person from outside": ("dossier.person.foreign", "person/P-4", at("staff", 3, organisation="演示别家")),
    "money of nobody": ("dossier.fund.source", "fund/F-2026-0", first("money", source="")),
    "money without amount": ("dossier.fund.amount", "fund/F-2026-0", first("money", amount=None)),
    "money in shells": ("dossier.fund.unit", "fund/F-2026-0", first("money", unit="贝")),
    "negative money": ("dossier.fund.negative", "fund/F-2026-0", first("money", amount=-1.0)),
    "money of no year": ("dossier.fund.year", "fund/F-2026-0", first("money", year=None)),
    "money spent next year": ("dossier.fund.future", "fund/F-2027-0", at("money", 2, kind="actual")),
    "money without letter": ("dossier.fund.document", "fund/F-2026-0", first("money", document="")),
    "two years of money": ("dossier.fund.years", "funds", without("money", lambda m: m.year != 2028)),
    "a milestone without day": ("dossier.milestone.undated", "milestone/M-1", first("milestones", end=None)),
    "a milestone backwards": ("dossier.milestone.backwards", "milestone/M-1",
                              first("milestones", end=date(2026, 11, 1))),
    "a milestone of nobody": ("dossier.milestone.owner", "milestone/M-1", first("milestones", owner="")),
    "a milestone too late": ("dossier.milestone.term", "milestone/M-2", at("milestones", 1, end=date(2030, 1, 1))),
    "a milestone after nothing": ("dossier.milestone.unknown", "milestone/M-2", at("milestones", 1, after=("M-9",))),
    "milestones out of order": ("dossier.milestone.order", "milestone/M-2",
                                at("milestones", 1, start=date(2027, 1, 1))),
    "a reviewer of the host": ("dossier.reviewer.conflict", "reviewer/演示专家0",
                               first("reviewers", organisation=HOST)),
    "a reviewer of the staff": ("dossier.reviewer.own", "reviewer/演示员1", first("reviewers", name="演示员1")),
    "a declared conflict": ("dossier.reviewer.declared", "reviewer/演示专家0", first("reviewers", conflicts=("配偶",))),
    "two reviewers": ("dossier.reviewer.few", "reviewers", without("reviewers", lambda r: r.name != "演示专家0")),
    "a number that is not so": ("dossier.number.disagrees", "document/application",
                                paper("application", text={"zh": "现有 30 项能力。"})),
    "a share that is not so": ("dossier.number.disagrees", "document/application",
                               paper("application", text={"zh": "需求满足率达 80 %。"})),
    "an English number": ("dossier.number.disagrees", "document/task_book",
                          paper("task_book", text={"en": "The centre has 40 capabilities."})),
    "a number without proof": ("dossier.number.unproven", "document/application",
                               lambda d: first("needs", met=None)(
                                   paper("application", text={"zh": "满足率 75 %"})(d))),
}  # fmt: skip


def codes(dossier: Dossier) -> set[tuple[str, str]]:
    return {(item.code, item.where) for item in completeness(dossier)}


def test_a_sound_dossier_has_no_finding() -> None:
    assert completeness(sound()) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_at_its_place(name: str) -> None:
    code, where, inject = FAULTS[name]
    assert (code, where) in codes(inject(sound()))


def test_there_are_many_kinds_of_faults() -> None:
    assert len(FAULTS) >= 60
    assert len({code for code, _, _ in FAULTS.values()}) >= 60


# what takes away the thing that the other fault is in
HIDES = {"no capability", "no host", "two years of money", "two reviewers", "a document is missing"}


def test_pairs_in_different_places_are_both_found() -> None:
    missed = []
    for one, other in itertools.combinations(sorted(set(FAULTS) - HIDES), 2):
        a, b = FAULTS[one], FAULTS[other]
        if a[1].split("/")[0] == b[1].split("/")[0] or "centre" in (a[1].split("/")[0], b[1].split("/")[0]):
            continue
        found = codes(b[2](a[2](sound())))
        if not {a[:2], b[:2]} <= found:
            missed.append((one, other))
    assert missed == [
        ("a need of nobody", "few enterprises"),  # the second gives the first need its enterprise again
        ("a need without verdict", "a share that is not so"),  # the share is then unproven, which is told
    ]


def test_every_finding_says_what_why_and_what_to_do() -> None:
    for code, where, inject in FAULTS.values():
        item = next(i for i in completeness(inject(sound())) if (i.code, i.where) == (code, where))
        for language in ("zh", "en"):
            told = sentences(item, language)
            assert all(told.values())
            assert "?" not in "".join(told.values()), told


def test_numbers_carry_their_evidence() -> None:
    known = computed(sound())
    assert known["coverage"].value == pytest.approx(75.0)
    assert known["money_planned"].value == pytest.approx(900.0)
    assert known["enterprises"].value == 12 and len(known["enterprises"].evidence) == 12
    assert known["capabilities"].evidence == ("row:capability/C-1", "row:capability/C-2", "row:capability/C-3")
    assert {said.name for said in numbers_said(sound())} == {
        "enterprises", "needs", "capabilities", "coverage", "persons", "standards", "money_planned", "sources"
    }  # fmt: skip


def test_unknown_is_not_zero() -> None:
    """A need without a verdict makes the share unknown, a line without amount the total."""
    unknown = first("needs", met=None)(first("money", amount=None)(sound()))
    known = computed(unknown)
    assert known["coverage"].value is None and known["money_planned"].value is None


def test_money_in_several_units_is_one_sum() -> None:
    lines = (Money("a", "plan", 2026, 300.0, "x", unit="万元"), Money("b", "plan", 2026, 2e6, "y"))
    assert computed(replace(sound(), money=lines))["money_planned"].value == pytest.approx(500.0)
    assert computed(replace(sound(), money=(*lines, replace(lines[0], unit="贝"))))["money_planned"].value is None


def test_nothing_is_shown_as_official() -> None:
    assert {row["status"] for row in (*documents(), *limits().values())} == {"proposed"}
