"""A gap of the demo that was closed: a call, two bids, a contract, a new standard, the same capability with a smaller
U; and a project whose method became a specification, its example recomputed at every step. Everything is invented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from suyuan.cli.demo.service.laboratories import EAST, TORQUE, certificate, flat, span, standing, term
from suyuan.cli.demo.service.stage import JUDGES, Play, Stage, firm
from suyuan.cli.demo.shelf import BATTERY, NMI, Row, Shelf, both, case, stated, value

OLD, NEW = "DEMO-NMI-M-0610", "DEMO-NMI-M-0611"
NEED, CHALLENGE = "N-2026-054", "CH-DEMO-004"
CERTIFIED, DELIVERED = 22, 16
"""Days ago on which the new standard was calibrated and the capability delivered again."""
EXAMPLE = "DEMO-TORQUE-R-0001"
RANGE = ("0.05", "5", "N.m")
ORGANISER = {"organiser": ["regulator"]}


def certificates(shelf: Shelf) -> None:
    """The standard before and after, both under the CMC of the demo's national institute."""
    for number, thing, U, days in (
        (OLD, ("小扭矩传感器 TS-5", "small torque transducer TS-5", "TS-5"), "0.012", (380, -350)),
        (NEW, ("静重式小扭矩标准装置 DW-5", "dead-weight torque standard DW-5", "DW-5"), "0.0030", (CERTIFIED, -700)),
    ):
        row = value("示值比", "ratio of indication", "1.0004", "1", {"U": U, "k": "2"}, RANGE)
        typed = shelf.paper(number, NMI, thing, days, [row])
        shelf.anchor(typed, "cmc", both(f"{thing[0]}（演示 CMC）", f"{thing[1]} (demo CMC)"),
                     "演示 CMC，虚构 invented CMC of the demo")  # fmt: skip


def capability(improved: bool) -> Row:
    """Torque screwdrivers at the mechanics laboratory, before and after."""
    standard = certificate(NMI, NEW if improved else OLD)
    own = ("0.0015", "DEMO-NMI-M-0611, u = U/2") if improved else ("0.0060", "DEMO-NMI-M-0610, u = U/2")
    return {
        "id": "TQ-03",
        "quantity": "torque",
        "item": "torque screwdriver",
        "item_name": both("扭矩螺丝刀", "torque screwdrivers"),
        "interval": span("0.1", "5", "N.m"),
        "uncertainty": flat("0.0062" if improved else "0.018"),
        "conditions": {"site": ["lab"]},
        "method": "JJG 707-2014",
        "standards": [standard],
        "budget": [
            term("M_s", "扭矩标准", "torque standard", own[0], own[1], standard),
            term("δ_r", "重复性", "repeatability", "0.0024" if improved else "0.0060", "A, n = 10"),
            term("δ_a", "同轴度", "alignment", "0.0010" if improved else "0.0030", "B, rectangular"),
        ],
        "standings": standing("accredited", "演示认可委", "DEMO-L-0033", "2025-01-01", "2027-12-31"),
        "days": "5",
        "price": "180",
        "region": "440300",
        "place": both("深圳", "demo"),
        "stages": ["production", "maintenance"],
        "nodes": ["equipment"],
    }


def build(stage: Stage) -> None:
    """Play the challenge to its shown gap, and the project to its published specification."""
    _challenge(stage)
    _specification(stage)


def _digest(shelf: Shelf, number: str) -> str:
    return next(c.digest for c in shelf.evidence.certificates if c.number == number)


def _challenge(stage: Stage) -> None:
    from suyuan.verbs.matter.panels import criteria_for

    shelf = stage.shelf
    sheet = {"need_sheet": ("需求书", "need sheet")}
    play = stage.begin(
        "challenge", CHALLENGE, both("微小扭矩螺丝刀的校准", "calibration of small torque screwdrivers"), firm(BATTERY),
        {**ORGANISER, "needer": ["customer"]},
        {"links": {"need": [f"{BATTERY} {NEED}"], "call": "CALL-DEMO-2026"}},
    ).step(98, "submitted", "customer", "needer", documents=sheet)  # fmt: skip
    play.step(96, "published", "regulator", "organiser", due=shelf.ago(76).isoformat(), documents=sheet)
    bids = (("BID-DEMO-011", TORQUE, 84, both("静重式小扭矩标准装置", "a dead-weight torque standard")),
            ("BID-DEMO-012", EAST, 80, both("参考传感器比较法", "comparison with a reference transducer")))  # fmt: skip
    plays = []
    for number, bidder, days, way in bids:
        bid = stage.begin("bid", number, both("揭榜方案", "bid"), firm(bidder), {"bidder": ["director"], **ORGANISER},
                          {"links": {"challenge": CHALLENGE}})  # fmt: skip
        proposal = {"proposal": ("方案书", "proposal")}
        plays.append(bid.step(days, "submitted", "director", "bidder", approach=way, documents=proposal))
    play.step(74, "review_opened", "regulator", "organiser", roles={"reviewer": JUDGES})
    for judge in JUDGES:
        play.step(73, "declared", judge, "reviewer", declaration="none")
    for days, judge, marks in ((72, "judge", (82, 64)), (71, "judge_b", (79, 66)), (70, "judge_c", (85, 61))):
        scores = {
            bid: {name: str(mark + n) for n, name in enumerate(c.id for c in criteria_for(play.matter))}
            for (bid, *_), mark in zip(bids, marks, strict=True)
        }
        play.step(days, "declared", judge, "reviewer", declaration="none")
        play.step(days, "scored", judge, "reviewer", scores=scores)
    play.step(66, "chosen", "regulator", "organiser", bid="BID-DEMO-011", roles={"bidder": ["director"]},
              documents={"review_report": ("评审报告", "report of the review")})  # fmt: skip
    plays[0].step(66, "chosen", "regulator", "organiser")
    plays[1].step(66, "not_chosen", "regulator", "organiser",
                  reason=both("参考传感器的不确定度不够小", "the reference transducer is not good enough"))  # fmt: skip
    play.step(60, "contracted", "customer", "needer", amount="380000", documents={"contract": ("合同", "contract")})
    _work(play, shelf)


def _work(play: Play, shelf: Shelf) -> None:
    """From the start of the work to the shown gap."""
    steps = (("静重装置装成", 38, 40), ("装置送国家院校准", CERTIFIED - 2, 20))
    play.step(56, "started", "director", "bidder", due=shelf.ago(10).isoformat(),
              milestones=[{"name": name, "day": shelf.ago(due).isoformat()} for name, _, due in steps],
              documents={"task_book": ("任务书", "task book")})  # fmt: skip
    for name, days, _ in steps:
        play.step(days, "milestone", "director", "bidder", milestone=name,
                  documents={"milestone_report": ("里程碑报告", "milestone report")})  # fmt: skip
    play.step(14, "resulted", "director", "bidder", result_kind="device",
              result_name="静重式小扭矩标准装置 DW-5",
              documents={"result_report": ("研制报告", "report of the work")})  # fmt: skip
    play.step(11, "accepted", "customer", "needer", documents={"acceptance": ("验收意见", "acceptance")})
    play.step(9, "gap_shown", "regulator", "organiser", verdict_before="not_accurate", verdict_after="can",
              documents={"evidence_before": _digest(shelf, OLD), "evidence_after": _digest(shelf, NEW)})  # fmt: skip


# ---------------------------------------------------------------- the specification


def example(shelf: Shelf) -> Row:
    """A torque of dead weights, the validated example of the draft."""
    rows: Sequence[Any] = (
        stated("m", "normal", {"mean": 0.2040, "std": 2.0e-6}, "kg", both("砝码质量", "mass of the weights"), "B"),
        stated("g", "normal", {"mean": 9.7946, "std": 2.0e-5}, "m/s2", both("当地重力加速度", "local gravity"), "B"),
        stated("l", "normal", {"mean": 0.50000, "std": 5.0e-5}, "m", both("力臂长度", "length of the lever"), "B"),
    )
    return case(both("静重式小扭矩", "torque of dead weights"), "m * g * l", "N.m", rows, shelf.ago(95))


def saved(shelf: Shelf) -> None:
    """Keep the example among the results of the house."""
    shelf.saved(example(shelf), EXAMPLE, TORQUE, shelf.ago(95), both("静重式小扭矩算例", "example: dead weights"))


def _specification(stage: Stage) -> None:
    shelf = stage.shelf
    play = stage.begin(
        "research", "RS-DEMO-002", both("小扭矩静重法研究", "dead-weight method for small torque"), firm(TORQUE),
        {"leader": ["pilot"], "office": ["regulator"]}, {"links": {"need": [f"{BATTERY} {NEED}"]}},
    )  # fmt: skip
    paper = both("小扭矩静重法校准方法", "dead-weight method for small torque")
    play.step(117, "proposed", "pilot", "leader", documents={"proposal": ("项目建议书", "project proposal")})
    play.step(114, "approved", "regulator", "office", documents={"approval": ("立项批复", "approval")})
    play.step(112, "started", "pilot", "leader", due=shelf.ago(80).isoformat(),
              milestones=[{"name": "方法验证", "day": shelf.ago(95).isoformat()}],
              documents={"task_book": ("任务书", "task book")})  # fmt: skip
    play.step(94, "milestone", "pilot", "leader", milestone="方法验证",
              documents={"milestone_report": ("方法验证报告", "validation of the method")})  # fmt: skip
    play.step(92, "result", "pilot", "leader", result_kind="method", result_name=paper["zh"],
              documents={"result_document": (paper["zh"], paper["en"])})  # fmt: skip
    play.step(90, "delivered", "pilot", "leader", documents={"result_report": ("研究报告", "research report")})
    play.step(86, "accepted", "regulator", "office", documents={"acceptance": ("验收意见", "acceptance")})
    _converted(stage, paper, _examples(shelf))
    play.step(8, "gap_shown", "pilot", "leader", verdict_before="not_accurate", verdict_after="can",
              documents={"evidence_before": _digest(shelf, OLD), "evidence_after": _digest(shelf, NEW)})  # fmt: skip
    play.step(7, "closed", "regulator", "office")


def _examples(shelf: Shelf) -> list[Row]:
    """The saved result with the numbers that the draft prints: computed here, so that they are never out of step."""
    evaluation = shelf.evaluated(example(shelf), EXAMPLE, shelf.evidence)
    (output,) = evaluation.outputs.values()
    digest = next(r.digest for r in shelf.store.evidence().results if r.number == EXAMPLE)
    return [{"case": digest, "stated": {"value": f"{output.value:.5f}", "U": f"{float(output.expanded.U):.5f}"}}]


def _converted(stage: Stage, paper: dict[str, str], examples: list[Row]) -> None:
    play = stage.begin(
        "conversion", "CV-DEMO-001", paper, firm(TORQUE),
        {"drafter": ["pilot"], "office": ["regulator"], "reviewer": ["judge", "judge_b"]},
        {"links": {"research": "RS-DEMO-002"}},
    )  # fmt: skip
    play.step(80, "registered", "pilot", "drafter", target=both("团体标准（演示）", "group standard (demo)"),
              documents={"result_document": (paper["zh"], paper["en"])})  # fmt: skip
    play.step(70, "drafted", "pilot", "drafter", examples=examples,
              documents={"draft": ("征求意见稿", "draft for comment")})  # fmt: skip
    play.step(58, "commented", "judge_b", "reviewer",
              comment=both("力臂热膨胀应写进预算", "thermal expansion of the lever is to be in it"))  # fmt: skip
    play.step(50, "redrafted", "pilot", "drafter", examples=examples,
              documents={"draft": ("征求意见稿第二版", "second draft")})  # fmt: skip
    play.step(42, "submitted", "pilot", "drafter", examples=examples,
              documents={"review_draft": ("送审稿", "draft for review"),
                         "comments_handled": ("意见汇总处理表", "table of comments and answers")})  # fmt: skip
    play.step(28, "approved", "regulator", "office", documents={"opinion": ("审定意见", "opinion")})
    play.step(13, "published", "regulator", "office", number="T/DEMO 001-2026", examples=examples,
              documents={"specification": ("发布稿", "published specification")})  # fmt: skip
