"""Matters of the demo, played by the steps behind the pages: every guard is asked on the day of the step.

A call with three needs, bids, a review that waits for its third reviewer; a project; orders; a candidate; a training
application; help after a failed comparison. Persons are the accounts of the demonstration, documents say what they are.
"""

from __future__ import annotations

from typing import Any

from suyuan.centre.shipped import guideline as shipped
from suyuan.cli.demo.service import centres, closing, contests
from suyuan.cli.demo.service.laboratories import EAST, NAMES, PORT, TORQUE
from suyuan.cli.demo.service.needs import BEARING, STACK
from suyuan.cli.demo.service.stage import JUDGES, MARKET, Play, Stage, firm
from suyuan.cli.demo.shelf import BATTERY, CITY, ENGINE, Shelf, both
from suyuan.procedure.matter import Matter
from suyuan.verbs.matter.panels import criteria_under


def build(shelf: Shelf) -> None:
    """Play all matters and keep them."""
    stage = Stage(shelf)
    _challenge(stage)
    _orders(stage)
    _research(stage)
    closing.build(stage)
    _centres(stage)
    _panel(stage)
    _people(stage)
    contests.build(stage)
    stage.keep()


def _challenge(stage: Stage) -> None:
    organiser = {"organiser": ["regulator"]}
    stage.begin(
        "call", "CALL-DEMO-2026", both("演示产业计量技术创新挑战赛", "demo innovation challenge"), MARKET, organiser, {}
    ).step(
        100,
        "called",
        "regulator",
        "organiser",
        due=stage.shelf.ago(85).isoformat(),
        documents={"call": ("征集通知", "call for needs")},
    )
    sheet = {"need_sheet": ("需求书", "need sheet")}
    shaft = stage.begin(
        "challenge",
        "CH-DEMO-001",
        both("轴系在线扭矩的现场溯源", "traceable torque of a running shaft"),
        firm(ENGINE),
        {**organiser, "needer": ["customer"]},
        {"links": {"need": [f"{ENGINE} N-2026-042"], "call": "CALL-DEMO-2026"}},
    ).step(95, "submitted", "customer", "needer", documents=sheet)
    gas = stage.begin(
        "challenge",
        "CH-DEMO-002",
        both("低浓度 NO 分析仪的校准", "calibration of analysers for low NO"),
        firm(STACK),
        {**organiser, "needer": ["customer"]},
        {"links": {"need": [f"{STACK} N-2026-071"], "call": "CALL-DEMO-2026"}},
    ).step(92, "submitted", "customer", "needer", documents=sheet)
    stage.begin(
        "challenge",
        "CH-DEMO-003",
        both("电芯内部温度分布", "temperature field inside a cell"),
        firm(BATTERY),
        {**organiser, "needer": ["customer"]},
        {"links": {"need": [f"{BATTERY} N-2026-053"], "call": "CALL-DEMO-2026"}},
    ).step(88, "submitted", "customer", "needer", documents=sheet)
    shaft.step(80, "published", "regulator", "organiser", due=stage.shelf.ago(30).isoformat(), documents=sheet)
    gas.step(40, "published", "regulator", "organiser", due=stage.shelf.ago(-20).isoformat(), documents=sheet)
    for number, bidder, days, way in (
        ("BID-DEMO-001", TORQUE, 60, both("应变遥测加现场力臂比对", "strain telemetry with an on-site lever")),
        ("BID-DEMO-002", EAST, 50, both("光纤光栅扭转角", "twist angle by fibre gratings")),
    ):
        stage.begin(
            "bid",
            number,
            both("揭榜方案", "bid"),
            firm(bidder),
            {"bidder": ["director"], **organiser},
            {"links": {"challenge": "CH-DEMO-001"}},
        ).step(days, "submitted", "director", "bidder", approach=way, documents={"proposal": ("方案书", "proposal")})
    shaft.step(25, "review_opened", "regulator", "organiser", roles={"reviewer": JUDGES})
    for days, judge, marks in ((18, "judge_b", (74, 61)), (15, "judge_c", (80, 66))):
        scores = {
            bid: {criterion: str(value + n) for n, criterion in enumerate(_criteria(shaft.matter))}
            for bid, value in zip(("BID-DEMO-001", "BID-DEMO-002"), marks, strict=True)
        }
        shaft.step(days + 1, "declared", judge, "reviewer", declaration="none")
        shaft.step(days, "scored", judge, "reviewer", scores=scores)


def _criteria(matter: Matter) -> list[str]:
    from suyuan.verbs.matter.panels import criteria_for

    return [criterion.id for criterion in criteria_for(matter)]


def _orders(stage: Stage) -> None:
    certificate = next(c.digest for c in stage.shelf.evidence.certificates if c.number == "DEMO-CITY-L-0103")
    price = {"price": "300"}

    def order(number: str, provider: str, capability: str, need: str, **more: Any) -> Play:
        fields = {
            "provider": provider,
            "capability": capability,
            "need": need,
            "customer_region": "330200",
            "customer_sector": "C34",
            **more,
        }
        return stage.begin(
            "order",
            number,
            both("委托校准", "calibration order"),
            firm(BEARING),
            {"customer": ["customer"], "provider": ["director", "metrologist", "reviewer"]},
            fields,
        )

    def days(first: int, last: int) -> dict[str, str]:
        return {"from": stage.shelf.ago(first).isoformat(), "until": stage.shelf.ago(last).isoformat()}

    done = order("ORD-DEMO-001", CITY, "CITY-L-01", f"{BEARING} N-2026-032")
    done.step(80, "asked", "customer", "customer", need=f"{BEARING} N-2026-032")
    done.step(78, "offered", "director", "provider", **price, **days(75, 68))
    done.step(77, "accepted", "customer", "customer")
    done.step(75, "received", "metrologist", "provider", condition=both("完好", "good"))
    done.step(70, "measured", "metrologist", "provider")
    done.step(68, "certified", "reviewer", "provider", documents={"certificate": certificate})
    done.step(60, "closed", "customer", "customer", satisfaction="5")
    offered = order("ORD-DEMO-002", TORQUE, "TQ-02", f"{BEARING} N-2026-033")
    offered.step(12, "asked", "customer", "customer", need=f"{BEARING} N-2026-033")
    offered.step(9, "offered", "director", "provider", price="260", **days(-5, -12))
    order("ORD-DEMO-003", CITY, "CITY-L-01", f"{BEARING} N-2026-032").step(
        3, "asked", "customer", "customer", need=f"{BEARING} N-2026-032"
    )
    refused = order("ORD-DEMO-004", CITY, "CITY-L-01", f"{BEARING} N-2026-031")
    refused.step(30, "asked", "customer", "customer", need=f"{BEARING} N-2026-031")
    refused.step(
        26, "refused", "director", "provider", reason=both("U 不够小，见匹配证明", "U is too large, see the proof")
    )


def _research(stage: Stage) -> None:
    project = stage.begin(
        "research",
        "RS-DEMO-001",
        both("环规内径测量能力重建", "restoring the capability for ring gauges"),
        both(CITY, NAMES[CITY]),
        {"leader": ["pilot"], "office": ["regulator"]},
        {"links": {"need": [f"{ENGINE} N-2026-041"]}, "centre": centres.MARINE},
    )
    project.step(70, "proposed", "pilot", "leader", documents={"proposal": ("项目建议书", "project proposal")})
    project.step(60, "approved", "regulator", "office", documents={"approval": ("立项批复", "approval")})
    project.step(
        55,
        "started",
        "pilot",
        "leader",
        due=stage.shelf.ago(-120).isoformat(),
        milestones=[
            {"name": "激光基准重校", "day": stage.shelf.ago(10).isoformat()},
            {"name": "环规比较装置复现", "day": stage.shelf.ago(-90).isoformat()},
        ],
        documents={"task_book": ("任务书", "task book")},
    )
    project.step(
        20,
        "milestone",
        "pilot",
        "leader",
        milestone="激光基准重校",
        documents={"milestone_report": ("里程碑报告", "milestone report")},
    )


def _centres(stage: Stage) -> None:
    bureau = {"bureau": ["regulator"], "recommender": ["regulator"], "mentor": ["pilot"]}
    survey = {"demand_survey": ("产业需求调查", "survey of needs")}
    marine = stage.begin(
        "centre",
        "CENTRE-DEMO-001",
        both("海洋动力装备产业计量测试中心", "centre for marine power"),
        both(CITY, NAMES[CITY]),
        {"host": ["director"], "bureau": ["regulator"], "authority": ["regulator"], "recommender": ["regulator"]},
        {"centre": centres.MARINE},
    )
    marine.step(110, "taken_up", "regulator", "bureau", mentor="pilot", documents=survey)
    candidate = stage.begin(
        "candidate",
        "CAND-DEMO-001",
        both("电动汽车中心培育", "candidate: electric vehicles"),
        MARKET,
        bureau,
        {"centre": centres.VEHICLE},
    )
    candidate.step(90, "found", "regulator", "bureau")
    candidate.step(80, "nurturing_began", "regulator", "bureau", mentor="pilot", documents=survey)
    candidate.step(20, "progress_noted", "pilot", "mentor", result=both("需求表 4 项已成形", "four needs well formed"))


def _panel(stage: Stage) -> None:
    """A panel in which one reviewer has not scored yet, and a rectification of which the evidence is awaited."""
    guideline = shipped("DRAFT-CENTRE", "2")
    assert guideline is not None
    panel = stage.begin(
        "panel",
        "PANEL-DEMO-001",
        both("电动汽车中心培育评审", "review of the candidate for electric vehicles"),
        MARKET,
        {"secretary": ["regulator"]},
        {
            "subjects": [centres.VEHICLE],
            "criteria": criteria_under(guideline),
            "guideline": guideline.number,
            "guideline_version": guideline.version,
        },
    )
    panel.step(12, "named", "regulator", "secretary", roles={"reviewer": JUDGES, "chair": ["judge_c"]})
    for judge in JUDGES:
        panel.step(10, "declared", judge, "reviewer", declaration="none")
    material = {"material": ("评审材料", "material for the review")}
    panel.step(9, "opened", "regulator", "secretary", documents=material)
    for days, judge, mark in ((6, "judge_b", 62), (5, "judge_c", 68)):
        marks = {criterion: str(mark + 3 * (n % 3)) for n, criterion in enumerate(_criteria(panel.matter))}
        panel.step(days, "scored", judge, "reviewer", scores={centres.VEHICLE: marks})
    fix = stage.begin(
        "rectification",
        "RECT-DEMO-001",
        both("海洋动力装备产业计量测试中心", "centre for marine power"),
        both(CITY, NAMES[CITY]),
        {"host": ["director"], "bureau": ["regulator"], "authority": ["regulator"], "assessor": ["regulator"]},
        {"centre": centres.MARINE},
    )
    findings = ["CITY-L-02 的标准器证书已被撤回，能力仍在声明", "需求清单的企业少于限值"]
    fix.step(
        20,
        "opened",
        "regulator",
        "bureau",
        findings=findings,
        documents={"finding_list": ("问题清单", "list of findings")},
    )
    fix.step(8, "planned", "director", "host", documents={"rectification_plan": ("整改方案", "plan of rectification")})


def _people(stage: Stage) -> None:
    training = stage.begin(
        "training",
        "TR-DEMO-001",
        both("量块校准培训报名", "application: gauge blocks"),
        both(CITY, NAMES[CITY]),
        {"applicant": ["trainee"], "employer": ["manager"], "base": ["trainer"], "instructor": ["trainer"]},
        {"course": "C-01", "person": "P-05"},
    )
    training.step(9, "applied", "trainee", "applicant", course="C-01")
    training.step(6, "supported", "manager", "employer")
    stage.begin(
        "mentoring",
        "MT-DEMO-001",
        both("比对不满意后的帮扶", "help after a failed comparison"),
        firm(PORT),
        {"organiser": ["regulator"], "mentor": ["pilot"], "helped": ["director"]},
        {"comparison": "DEMO-L-K1", "laboratory": PORT},
    ).step(15, "proposed", "regulator", "organiser", mentor="pilot")
