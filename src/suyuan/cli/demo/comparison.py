"""The comparisons of the demo: two published ones, recomputed, and a petal of our own with drift and shared standards.

Figures of CCEM.RF-K25.W: the example file of NIST's consensus builder; figures of BIPM.RI(II)-K1.Sr-85: the report of
2020, from the key comparison files of the BIPM. Their days, routes and events are the demo's own, and say so. In the
third one everything is invented: a city's pilot, three laboratories, a block that grows, one result that fails.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from suyuan.cli.demo.shelf import CITY, NMI, Row, Shelf, both, case, from_certificate, item, particulars, stated, used
from suyuan.cli.demo.shelf import value as typed_value
from suyuan.comparison.round.admission import admit, admitted
from suyuan.comparison.round.events import OF_PILOT, Event, EventKind
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.report import Issue, Report, State
from suyuan.comparison.round.report_form import report_document
from suyuan.comparison.round.route import route_suggestion
from suyuan.comparison.round.write import PROTOCOL
from suyuan.quantity.fields import canonical
from suyuan.verbs.comparison.round import Round, read_round, report_of

PORT = "演示港口量具站"
SOFTWARE = "Suyuan demo"
ORGANISER = both("演示市场监督管理局", "demo market administration")
PUBLISHED = both(
    "数值取自公开报告，用于演示重新计算；路线、日期和事件是演示数据，评价不是原比对的结论。",
    "The values are published and are recomputed here; route, days and events are demo data, and the judgement is not "
    "that of the original comparison.",
)


@dataclass(frozen=True)
class Play:
    """A round on file: fields of its protocol, submissions, who is out of the reference value and why."""

    protocol: Row
    submissions: Sequence[Row]
    decisions: Sequence[Row] = ()
    further: Sequence[tuple[EventKind, str, Mapping[str, Any]]] = field(default=())


def build(shelf: Shelf) -> None:
    """Protocol and final report of each comparison."""
    for play in (_radio_frequency(shelf), _strontium(shelf), _petal(shelf)):
        _released(shelf, play)


def _released(shelf: Shelf, play: Play) -> None:
    """Play the round to its end: drafts, remarks, what was done about a failed result, final report; protocol and final
    report are kept. The release itself is no event of the report: it names the report's digest."""
    document = {"suyuan": "comparison-round", "protocol": play.protocol, "submissions": list(play.submissions),
                "decisions": list(play.decisions)}  # fmt: skip
    played = _travelled(read_round(canonical(document))[0])
    shelf.keep(canonical({**play.protocol, "suyuan": PROTOCOL}), f"{played.protocol.number}-protocol.json")
    day = played.protocol.closes.date()
    _, played = _stage(shelf, played, "draft_a", day + timedelta(days=3), 1)
    draft = played.standing.draft
    for member in played.protocol.members:
        said = {"draft": draft.digest if draft else "", "agrees": True}
        played = _happened(played, "remarked", member.code, said, day + timedelta(days=4))
    _, played = _stage(shelf, played, "draft_b", day + timedelta(days=6), 2)
    for kind, code, content in play.further:
        played = _happened(played, kind, code, content, day + timedelta(days=7))
    report, _ = _stage(shelf, played, "final", day + timedelta(days=9), 3)
    shelf.keep(report_document(report), f"{played.protocol.number}-report.json")


def _travelled(played: Round) -> Round:
    """The round with its transport, and each result sealed when its laboratory had the standard for the last time."""
    protocol, moved = played.protocol, list[Event]()
    for before, leg in pairwise(protocol.route.legs):
        sent = {"standard": leg.standard, "to": leg.member, "condition": "good"}
        moved.append(_event(protocol, "sent", before.member, sent, before.leaves, 3))
        arrived = {"standard": leg.standard, "condition": "good"}
        moved.append(_event(protocol, "arrived", leg.member, arrived, leg.arrives, 6))
    first, last = list[Event](), list[Event]()
    for event in played.events:
        if event.kind == "sealed":
            leaves = protocol.legs_of(event.member)[-1].leaves
            moved.append(_event(protocol, "sealed", event.member, event.content, leaves, 2))
        else:
            (last if event.time >= protocol.closes else first).append(event)
    moved.sort(key=lambda event: event.time)
    return Round(protocol, admitted(protocol, (*first, *moved, *last)))


def _stage(shelf: Shelf, played: Round, stage: State, day: date, version: int) -> tuple[Report, Round]:
    """The report of a stage, and the round in which it was handed out."""
    report = report_of(played, Issue(stage, day, SOFTWARE, version), shelf.evidence)
    digest = hashlib.sha256(report_document(report)).hexdigest()
    return report, _happened(played, stage, "", {"draft": digest}, day)


def _happened(played: Round, kind: EventKind, member: str, content: Mapping[str, Any], day: date) -> Round:
    event = _event(played.protocol, kind, member, content, day, 4)
    return Round(played.protocol, (*played.events, admit(played.standing, event)))


def _event(
    protocol: Protocol, kind: EventKind, member: str, content: Mapping[str, Any], day: date, hour: int
) -> Event:  # fmt: skip
    """An event at a full hour of the day (UTC), by the account whose part it is, where the protocol names accounts."""
    about = protocol.member(member)
    person = (protocol.pilot if kind in OF_PILOT or about is None else about).account or "demo"
    return Event(kind, datetime.combine(day, time(hour), UTC), person, member, content)


def _protocol(shelf: Shelf, number: str, title: Row, members: Sequence[Row], days: tuple[int, int], **more: Any) -> Row:
    """Fields of a protocol whose standard leaves so many days ago and stays so many days with each member; it closes
    a week after its return."""
    codes = [m["code"] for m in members]
    kind = more.pop("kind", "ring")
    legs = more.pop("legs", None) or route_suggestion(
        kind, codes, shelf.ago(days[0]), days[1], more["standards"][0]["id"]
    )
    rows = [{"standard": g.standard, "member": g.member, "arrives": g.arrives, "leaves": g.leaves} for g in legs]
    closes = datetime.combine(legs[-1].leaves + timedelta(days=7), time(1), UTC)
    return {
        "suyuan": PROTOCOL, "number": number, "version": 1, "title": title, "organiser": ORGANISER, "members": members,
        "route": {"kind": kind, "legs": rows}, "opens": shelf.ago(days[0]), "closes": closes.isoformat(), "demo": True,
        "public": True, **more,
    }  # fmt: skip


def _members(names: Sequence[str]) -> list[Row]:
    """Laboratories under the names that the report prints; the first is taken as the pilot of the demo's round."""
    return [{"code": n, "organisation": {"en": n, "zh": n}, "pilot": i == 0} for i, n in enumerate(names)]


def _submission(member: str, measurand: str, numbers: Row, **more: Any) -> Row:
    return {"member": member, "results": [{"measurand": measurand, **numbers}], **more}


RF = (
    ("KRISS", "0.8247", "0.0095"), ("LNE", "0.8184", "0.0112"), ("NIM", "0.8196", "0.0033"),
    ("NIST", "0.8170", "0.0070"), ("NPL", "0.8069", "0.0072"), ("NRC", "0.8355", "0.0130"),
    ("PTB", "0.8186", "0.0038"), ("VNIIFTRI", "0.8236", "0.0050"),
)  # fmt: skip
"""CCEM.RF-K25.W, calibration factor of travelling standard SN 216: laboratory, value, u."""


def _radio_frequency(shelf: Shelf) -> Play:
    title = both("功率座校准因子（公开数据）", "calibration factor of a power sensor (published data)")
    protocol = _protocol(
        shelf, "CCEM.RF-K25.W-DEMO", title, _members([r[0] for r in RF]), (720, 20), purpose=PUBLISHED,
        standards=[{"id": "SN-216", "name": both("射频功率座", "radio-frequency power sensor"), "serial": "216"}],
        measurands=[{"id": "CF", "name": both("校准因子", "calibration factor"), "quantity": "calibration factor",
                     "unit": "1", "standard": "SN-216", "low": "0.5", "high": "1.1"}],
        form={"uncertainty": "standard"}, blind=False,
        reference={"method": "weighted_mean", "beside": ["dersimonian_laird", "mandel_paule", "median_monte_carlo",
                   "hierarchical_bayes", "largest_consistent_subset"], "draws": 200_000},
    )  # fmt: skip
    return Play(protocol, [_submission(lab, "CF", {"value": v, "u": u}) for lab, v, u in RF])


SR = (
    ("BIPM-1975", "29970", "340"), ("BKFH-1994", "30150", "100"), ("CMI-1982", "29890", "140"),
    ("LNE-LNHB-1995", "29782", "71"), ("NIST-1983", "30000", "79"), ("NMIJ-1994", "29850", "140"),
    ("NPL-1981", "29920", "200"), ("POLATOM-2009", "30130", "170"), ("PTB-2018", "30180", "110"),
    ("NIST-2001", "30086", "91"), ("NMIJ-2004", "30130", "150"),
)  # fmt: skip
"""BIPM.RI(II)-K1.Sr-85: laboratory and year, equivalent activity and u in kBq; printed reference: 29983(52) kBq."""
OLDER = ("NIST-2001", "NMIJ-2004")
"""Shown beside, not in the reference value: their laboratories are in it with another submission."""


def _strontium(shelf: Shelf) -> Play:
    title = both("Sr-85 活度（公开数据）", "activity of Sr-85 (published data)")
    protocol = _protocol(
        shelf, "BIPM.RI(II)-K1.Sr-85-DEMO", title, _members([r[0] for r in SR]), (700, 15), purpose=PUBLISHED,
        standards=[{"id": "SIR", "name": both("国际参考系统 SIR", "International Reference System, SIR")}],
        measurands=[{"id": "Sr-85", "name": both("等效活度", "equivalent activity"), "quantity": "activity",
                     "unit": "kBq", "standard": "SIR"}],
        form={"uncertainty": "standard"}, blind=False,
        reference={"method": "power_moderated_mean", "contributors": [r[0] for r in SR if r[0] not in OLDER],
                   "beside": ["weighted_mean", "arithmetic_mean"]},
    )  # fmt: skip
    return Play(protocol, [_submission(lab, "Sr-85", {"value": v, "u": u}) for lab, v, u in SR])


NAMES = (
    ("P", CITY, "demo city institute", "pilot"), ("A", "演示量具厂计量室", "demo gauge works", "participant_a"),
    ("B", "演示精密检测中心", "demo precision test centre", "participant_b"),
    ("C", PORT, "demo harbour gauge station", "participant_c"),
)  # fmt: skip
"""Code, name, and who acts for the laboratory among the people of the demonstration."""
PILOT = (("41.0", 2), ("43.8", 31), ("46.2", 55))
"""The pilot's three measurements in nm, and the days after the start: the block grows."""
OTHERS = (("A", "48", "60", 12), ("B", "39", "40", 24), ("C", "-14", "30", 47))
"""Member, value and U (k = 2) in nm, day of the measurement after the start."""
BLOCK = 25.0
"""u of the standard block that the pilot and A share, in nm: the 0.000 075 mm of its certificate, k = 3."""


def _petal(shelf: Shelf) -> Play:
    """A 50 mm block, pilot before, between and after two petals; pilot and A rest on one certificate of the NMI."""
    start, harbour = shelf.ago(140), _harbour(shelf)
    title = both("50 mm 量块中心长度（演示，花瓣式）", "central length of a 50 mm gauge block (demo, petal)")
    protocol = _protocol(
        shelf, "DEMO-L-K1", title,
        [{"code": c, "organisation": both(zh, en), "pilot": c == "P", "account": a} for c, zh, en, a in NAMES],
        (140, 10), kind="petal", legs=route_suggestion("petal", [row[0] for row in NAMES], start, 10, petal=2),
        purpose=both("核查市内实验室的量块校准能力", "check the calibration of gauge blocks in the city"),
        standards=[{"id": "TS-1", "name": both("钢制量块 50 mm", "steel gauge block, 50 mm"), "serial": "D-0417"}],
        measurands=[{"id": "L50", "name": both("对标称长度的偏差", "deviation from nominal length"),
                     "quantity": "length", "unit": "nm", "nominal": "50 mm", "standard": "TS-1", "low": "-1000",
                     "high": "1000"}],
        reference={"method": "generalised_least_squares",
                   "beside": ["weighted_mean", "arithmetic_mean", "mandel_paule"]},
        drift={"model": "linear"}, form={"uncertainty": "expanded", "budget": True},
    )  # fmt: skip
    shared: Row = {"name": "standard block", "u": "0.000025", "sensitivity": "1e6", "issuer": NMI,
                   "certificate": "DEMO-NMI-L-0202", "place": "0/0"}  # fmt: skip
    named = [{"issuer": NMI, "number": shared["certificate"]}]
    results = [_reported(value, "56", start + timedelta(days=day), shared) for value, day in PILOT]
    rows: list[Row] = [{"member": "P", "measured_by": "演示校准员", "standards": named, "results": results}]
    standards = {"A": named, "C": [{"issuer": NMI, "number": harbour}]}
    for code, value, U, day in OTHERS:
        result = _reported(value, U, start + timedelta(days=day), shared if code == "A" else None)
        rows.append({"member": code, "measured_by": f"演示测量员 {code}", "standards": standards.get(code, []),
                     "results": [result]})  # fmt: skip
    reason = "与其他实验室相差过大，原因未查明前不计入（演示）"
    decisions = [{"member": "C", "measurand": "L50", "decision": "out", "reason": reason, "person": NAMES[0][3]}]
    plan: list[tuple[EventKind, str, Mapping[str, Any]]] = [
        ("help_opened", "C", {"measurand": "L50", "expert": "演示专家"}),
        ("cause", "C", {"measurand": "L50", "text": "标准量块与被测量块等温不足（演示）"}),
    ]
    return Play(protocol, rows, decisions, plan)


def _reported(value: str, U: str, day: date, shared: Row | None) -> Row:
    """A result with a budget of what comes from the shared block, if it does, and the rest."""
    rest = math.sqrt((float(U) / 2.0) ** 2 - (BLOCK**2 if shared else 0.0))
    budget = [*([shared] if shared else []), {"name": "comparison with the standard", "u": f"{rest:.4f}"}]
    return {"measurand": "L50", "value": value, "U": U, "k": "2", "measured": day, "budget": budget}


def _harbour(shelf: Shelf) -> str:
    """The standard of the harbour station, and a gauge that it calibrated after its failed comparison."""
    standard = shelf.paper(
        "DEMO-NMI-L-0310", NMI, ("标准量块 KB-31，50 mm", "standard gauge block KB-31, 50 mm", "KB-31"), (200, -160),
        [typed_value("20 °C 时的长度", "length at 20 °C", "50.000112", "mm", {"U": "0.000090", "k": "3", "dof": "18"})],
        basis="量块干涉测量（演示）", equipment=[used(shelf.evidence.by_key[(NMI, "DEMO-NMI-L-0633")][0])],
    )  # fmt: skip
    day = shelf.ago(60)
    question = case(
        both("卡规 SG-50 的开口", "gap of snap gauge SG-50"), "L + m", "mm",
        [from_certificate("L", standard, "0/0", "mm", both("标准量块 KB-31", "standard block KB-31")),
         stated("m", "normal", {"mean": 0.00214, "std": 0.00018}, "mm",
                both("测长机示值差", "difference on the length machine"), "演示数据", 9)],
        day, {"lower": 50.000, "upper": 50.005},
    )  # fmt: skip
    thing = item("卡规 SG-50（演示）", "snap gauge SG-50 (demo)", "SG-50")
    method = both("与标准量块比较", "comparison with a standard block")
    shelf.issued(question, particulars("DEMO-PORT-0101", PORT, thing, day, method, shelf.ago(-300)))
    return standard.number
