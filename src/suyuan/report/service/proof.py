"""The proof of one match as a document: the need, the verdict, every gate of every capability, the figure, the gaps.

Whoever reads it can say why not, and by how much: nothing of a capability that failed is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import common
from suyuan.capability.matching.gate import Examined, Gate
from suyuan.capability.matching.gates import between, listed
from suyuan.capability.matching.match import Match
from suyuan.capability.need import Need
from suyuan.capability.uncertainty import at
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.quantity.notation import behind
from suyuan.quantity.unit import Unit, convert, ratio
from suyuan.report.figures.dress import Axis, italic
from suyuan.report.papers.document import (
    Block,
    Cell,
    Document,
    Facts,
    Findings,
    Heading,
    Language,
    Number,
    Paragraph,
    Table,
    Text,
    Word,
)
from suyuan.report.service.coverage_figures import MASKED, NODES, STAGES, VERDICTS
from suyuan.report.service.drawn import Drawn, both, pick
from suyuan.report.service.need_curve import Curve, NeedWords, Wanted, need_drawn
from suyuan.report.service.need_words import carried_text, conditions_text, size_text, what_text

GATES: Mapping[str, Text] = {
    "measurand": both("被测量", "measurand"), "interval": both("测量区间", "interval"),
    "conditions": both("条件", "conditions"), "uncertainty": both("不确定度", "uncertainty"),
    "chain": both("溯源链", "chain"), "people": both("人员", "people"), "standing": both("资质", "standing"),
    "logistics": both("地点、时间、价格", "place, time, price"),
}  # fmt: skip
STATES: Mapping[str, Word] = {
    "passed": Word(both("通过", "passed"), "good"), "failed": Word(both("不通过", "failed"), "bad"),
    "unknown": Word(both("未知", "unknown"), "warn"),
}  # fmt: skip
POINTS = 129
MOST = 12
"""Capabilities whose gates are told in full; of more each has a row."""
PRINTED = 300
"""Capabilities up to which the table of gates is printed."""
UNKNOWN = both("未陈述", "not stated")


def proof_document(
    match: Match, issued: date, number: str = "", masked: bool = False, language: Language = "both"
) -> Document:
    """The proof as a document. issued: its day; number: «P-» and the need's id where none is given; masked: what a
    stranger may see of a confidential need: verdict and kind, no firm and no numbers; language: of the words inside
    figures."""
    need = match.need
    hide = masked and need.confidential
    title = both("供需对接证明", "Proof of a match")
    blocks: list[Block] = [Paragraph(_answer(match, hide), "lead")]
    blocks += [Heading(both("需求", "The need"), 1, "1"), need_facts(need, hide)]
    if hide:  # reasons and routes of a gate say what was asked for
        blocks.append(
            Paragraph(both("需求保密：只公开结论与类别。", "The need is confidential: verdict and kind only."))
        )
        return Document(number or "P-CONFIDENTIAL", title, tuple(blocks), issued, {}, title, need.demo)
    blocks += [
        Heading(both("结论与证明", "Verdict and proof"), 1, "2"),
        *_proof(match, "en" if language == "en" else "zh"),
    ]
    blocks += [Heading(both("逐项过门", "Gate by gate"), 1, "3"), *_gates(match)]
    blocks += [Heading(both("组合与路线", "Combinations and routes"), 1, "4"), *_routes(match)]
    if match.findings:
        blocks += [Heading(both("关于需求", "About the need"), 1, "5"), Findings(match.findings)]
    subject = [pick(need.title, language) or need.id for language in ("zh", "en")]
    named = both(f"{title['zh']}：{subject[0]}", f"{title['en']}: {subject[1]}")
    return Document(number or f"P-{need.id}", named, tuple(blocks), issued, {}, title, need.demo)


def proof_fields(match: Match, masked: bool = False) -> dict[str, Any]:
    """The proof as data: verdict, parts, and of each capability its gates with margins and reasons."""
    if masked and match.need.confidential:
        kind = {"quantity": match.need.quantity, "confidential": True}
        return {"suyuan": "match-proof", "need": kind, "verdict": match.verdict}  # the wished day is theirs
    need = {
        "id": match.need.id, "quantity": match.need.quantity, "interval": between(match.need.interval),
        "target": target_text(match.need), "organisation": dict(match.need.organisation),
    }  # fmt: skip
    parts = {
        name: [between(i) for i in getattr(match, name)] for name in ("covered", "uncovered", "adequate", "unproven")
    }
    return {
        "suyuan": "match-proof", "need": need, "day": match.day, "verdict": match.verdict,
        **parts,
        "capabilities": [_examined_fields(item) for item in match.examined], "others": match.others,
        "single": [_key(item.capability) for item in match.single],
        "composite": [[_key(member.capability) for member in c.members] for c in (*match.composite, *match.several)],
        "chains": [[c.transfer.id, _key(c.capability.capability)] for c in match.chains],
        "undone": [[c.transfer.id, _key(c.capability.capability), list(c.shared)] for c in match.undone],
        "routes": [{"kind": route.kind, "said": route.said.to_json()} for route in match.routes],
    }  # fmt: skip


def _examined_fields(item: Examined) -> dict[str, Any]:
    worst = item.adequacy.worst
    return {
        "capability": _key(item.capability),
        "gates": [{"gate": g.name, "state": g.state, "margin": g.margin, "why": [f.to_json() for f in g.findings]}
                  for g in item.gates],
        "worst": None if worst is None else {
            "place": worst.place, "unit": worst.unit, "U": worst.U, "target": worst.target, "U_unit": worst.U_unit,
        },
    }  # fmt: skip


def _key(capability: Capability) -> list[str]:
    return list(capability.key)


# ---------------------------------------------------------------- the need


def target_text(need: Need) -> str:
    """The target as text: «0.05 µm, k = 2»; «» where there is none."""
    target = need.target
    if target is None:
        return ""
    return f"{size_text(target.U, target.unit, 4)}, k = {target.k:g}"


def need_facts(need: Need, hide: bool) -> Facts:
    if hide:
        return Facts(
            ((both("编号", "Id"), MASKED), (both("量", "Quantity"), what_text(replace(need, item="", analyte=""))))
        )
    tolerance = need.tolerance
    half = "" if tolerance is None else (
        f"±{tolerance.half_width:.4g}{behind(tolerance.unit)} ({tolerance.rule})" if tolerance.unit is not None
        else f"±{100.0 * tolerance.half_width:.4g} % ({tolerance.rule})"
    )  # fmt: skip
    rows: list[tuple[Text, Cell]] = [
        (both("编号", "Id"), need.id),
        (both("提出单位", "Organisation"), need.organisation),
        (both("名称", "Title"), need.title or UNKNOWN),
        (both("量与对象", "Quantity and item"), what_text(need)),
        (both("测量区间", "Interval"), between(need.interval)),
        (both(f"需要的 {italic('U')}", f"Target {italic('U')}"), target_text(need) or UNKNOWN),
        (both("允差", "Tolerance"), half or UNKNOWN),
        (both("条件", "Conditions"), conditions_text(need) or UNKNOWN),
        (both("产品与工序", "Product and process"), _joined(need.product, need.process) or UNKNOWN),
        (
            both("阶段与环节", "Stage and node"),
            _joined(STAGES.get(need.stage, {}), NODES.get(need.node, {})) or UNKNOWN,
        ),
        (both("日期", "Day"), need.day.isoformat() if need.day else UNKNOWN),
        (both("关键程度", "Criticality"), UNKNOWN if "criticality" in need.unstated else f"{need.criticality}/5"),
        (both("企业数", "Firms"), UNKNOWN if "firms" in need.unstated else str(need.firms)),
        (both("数量", "Volume"), need.volume or UNKNOWN),
        (both("已试过", "Tried"), need.tried or UNKNOWN),
        (both("来源", "Source"), need.source or UNKNOWN),
    ]
    return Facts(tuple(rows))


def _joined(*texts: Text) -> Text:
    found = {lang: " · ".join(filter(None, (pick(t, lang) for t in texts if t))) for lang in ("zh", "en")}
    return found if any(found.values()) else {}


# ---------------------------------------------------------------- verdict


def _answer(match: Match, hide: bool) -> Text:
    verdict = VERDICTS[match.verdict]
    day = match.day.isoformat() if match.day else ""
    zh, en = f"{verdict['zh']}。", f"Verdict: {verdict['en']}. "
    if hide:
        return both(zh, en.strip())
    near, worst = match.nearest, match.nearest.adequacy.worst if match.nearest else None
    if match.verdict == "can" and match.single:
        who = "、".join(" ".join(item.capability.key) for item in match.single[:3])
        zh, en = zh + f"可以由 {who} 完成。", en + f"It can be done by {who}. "
    elif match.verdict == "can":
        zh, en = zh + "要由几项能力合起来完成。", en + "It takes several capabilities together. "
    elif match.uncovered:
        where = listed(match.uncovered)
        zh, en = zh + f"没有能力覆盖 {where}。", en + f"No capability covers {where}. "
    elif near is not None and worst is not None and not worst.suffices:
        name = " ".join(near.capability.key)
        U, target = size_text(worst.U, worst.U_unit), size_text(worst.target, worst.U_unit)
        at_ = f"{worst.place:.4g}{behind(worst.unit)}"
        zh += f"最近的是 {name}：{at_} 处 U = {U}，需要 {target}。"
        en += f"Nearest: {name}, U = {U} at {at_} against {target}. "
    elif near is not None:
        name, gates = " ".join(near.capability.key), [GATES[g] for g in near.failed]
        zh += f"最近的是 {name}，未通过的门：{'、'.join(g['zh'] for g in gates)}。"
        en += f"Nearest: {name}; gates not passed: {', '.join(g['en'] for g in gates)}. "
    carried = carried_text(match)
    zh, en = zh + carried.get("zh", ""), en + carried.get("en", "")
    return both(zh + (f"按 {day} 的证据。" if day else ""), en + (f"By the evidence of {day}." if day else ""))


def _proof(match: Match, language: str) -> Iterator[Block]:
    parts = [
        (both("覆盖的部分", "Covered"), match.covered), (both("没有覆盖的部分", "Not covered"), match.uncovered),
        (both("够准且有证据的部分", "Proven"), match.adequate), (both("尚未证明的部分", "Not proven"), match.unproven),
    ]  # fmt: skip
    none = both("无", "none")
    yield Facts(tuple((name, listed(several) or none) for name, several in parts))
    drawn = match_drawn(match, language)
    if drawn is not None:
        yield from drawn.blocks
    if match.dominant is not None:
        top = match.dominant
        names = [pick(top.term.label, language) or top.term.symbol for language in ("zh", "en")]
        zh = f"占优的分量是{names[0]}（{top.term.symbol}），占方差 {100 * top.share:.0f} %"
        en = f"The dominant term is {names[1]} ({top.term.symbol}), {100 * top.share:.0f} % of the variance"
        if top.needed is None:
            yield Paragraph(both(zh + "；单靠改善它还不够。", en + "; improving it alone is not enough."))
        else:
            now, then = top.said(top.contribution), top.said(top.needed)
            yield Paragraph(
                both(zh + f"；从 {now} 降到 {then} 即能测。", en + f"; from {now} to {then} would suffice.")
            )


@dataclass(frozen=True, slots=True)
class Lines:
    """U of the capabilities over the interval of a need. curves: the nearest or best first; wanted: the line of the
    need; unit, U_unit: of the values and of U («%» where U is relative)."""

    curves: tuple[Curve, ...]
    wanted: Wanted
    unit: str
    U_unit: str


def match_lines(match: Match) -> Lines | None:
    """The lines of a match; None where nothing can be drawn (an open interval, no capability that states U)."""
    need = match.need
    low, high = need.interval.low, need.interval.high
    if not (np.isfinite(low) and np.isfinite(high)):
        return None
    unit = _U_unit(match)
    if unit is None and need.target is not None and not need.target.relative:
        return None
    first = match.single[0] if match.single else match.nearest
    order = sorted(match.examined, key=lambda item: item is not first)
    curves = tuple(c for item in order if (c := _curve(item, need, unit, item is first)) is not None)
    x = np.linspace(low, high, POINTS) if high > low else np.array([low])
    target = None
    if need.target is not None:
        scale = 100.0 if unit is None else 1.0
        target = np.full(x.size, need.target.U * scale) if need.target.relative == (unit is None) else None
        if need.target.unit is not None and unit is not None:
            target = target if target is None else target * ratio(need.target.unit.as_difference(), unit)
    lacking = tuple((part.low, part.high) for part in match.unproven if part.high > part.low)
    U_unit = unit.symbol if unit is not None else "%"
    return Lines(curves, Wanted(x, target, lacking), need.interval.unit.symbol, U_unit) if curves else None


def match_drawn(match: Match, language: str = "zh") -> Drawn | None:
    """U of the capabilities over the interval of the need, the nearest or best first; None where nothing can be drawn
    (an open interval, no capability that states U)."""
    lines = match_lines(match)
    if lines is None:
        return None
    axes = (Axis(pick(both("量值", "value"), language), lines.unit), Axis(italic("U"), lines.U_unit))
    words = NeedWords("需要", VERDICTS[match.verdict]["zh"])
    if language == "en":
        words = NeedWords("needed", VERDICTS[match.verdict]["en"])
    return need_drawn(lines.curves, lines.wanted, axes,
                      both("能力的不确定度与需要", "Uncertainty of capabilities and the need"), words)  # fmt: skip


def _U_unit(match: Match) -> Unit | None:
    """The unit of the ordinate: that of the target, else that of the first capability; None for relative."""
    if match.need.target is not None:
        unit = match.need.target.unit
        return None if unit is None else unit.as_difference()
    stated = [item.capability.uncertainty for item in match.examined if item.capability.uncertainty is not None]
    return stated[0].unit if stated else None


def _curve(item: Examined, need: Need, unit: Unit | None, nearest: bool) -> Curve | None:
    capability, stated = item.capability, item.capability.uncertainty
    if stated is None:
        return None
    try:
        own: Interval = capability.interval.to(need.interval.unit)
        part = common((own.low, own.high), (need.interval.low, need.interval.high))
        if part is None or not all(map(np.isfinite, part)):
            return None
        x = np.linspace(*part, POINTS) if part[1] > part[0] else np.array([part[0]])
        y = np.asarray(convert(x, need.interval.unit, capability.interval.unit), np.float64)
        U = at(stated, y, capability.interval.unit, need.conditions)
        own_unit = stated.unit if stated.unit is not None else capability.interval.unit.as_difference()
        k = need.target.k / stated.k if need.target is not None else 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            shown = U * k * ratio(own_unit, unit) if unit is not None else _relative(U * k, y, own_unit, capability)
    except (Refused, ValueError, FloatingPointError):
        return None
    finite = np.where(np.isfinite(shown), shown, np.nan)
    return None if not np.isfinite(finite).any() else Curve(" ".join(capability.key), x, finite, nearest)


def _relative(U: Any, y: Any, unit: Unit, capability: Capability) -> Any:
    return 100.0 * U * ratio(unit, capability.interval.unit.as_difference()) / np.abs(y)


# ---------------------------------------------------------------- gates and routes


def _gates(match: Match) -> Iterator[Block]:
    count = len(match.examined)
    yield Paragraph(both(
        f"共查 {count + match.others} 项能力；{match.others} 项的被测量不同，其余 {count} 项逐门如下，由近到远。",
        f"{count + match.others} capabilities were looked at; {match.others} are of another measurand, the other "
        f"{count} follow gate by gate, the nearest first.",
    ))  # fmt: skip
    if not count:
        return
    heads = (both("能力", "Capability"), *(GATES[gate.name] for gate in match.examined[0].gates))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (" ".join(item.capability.key), *(_state(gate) for gate in item.gates)) for item in match.examined
    )
    yield Table(both("每项能力过门的结果", "Gates of every capability"), heads, rows, "l" * len(heads),
                (), "gates", len(rows) > PRINTED, "small")  # fmt: skip
    for item in match.examined[:MOST]:
        name = " ".join(item.capability.key)
        yield Table(both(f"{name}：每道门的理由", f"{name}: reasons of the gates"), GATE_HEADS,
                    tuple(_reasons(gate) for gate in item.gates), "lll", (), item.capability.id)  # fmt: skip
        wrong = tuple(f for gate in item.gates if gate.state != "passed" for f in gate.findings)
        if wrong:
            yield Findings(wrong)


GATE_HEADS = (both("门", "Gate"), both("结果", "State"), both("理由", "Reason"))


def _reasons(gate: Gate) -> tuple[Cell, ...]:
    said = {
        language: "; ".join(dict.fromkeys(sentences(f, language)["what"] for f in gate.findings))
        for language in ("zh", "en")
    }
    return GATES[gate.name], _state(gate), said if any(said.values()) else both("无", "none")


def _state(gate: Gate) -> Word:
    word = STATES[gate.state]
    if gate.margin is None or gate.state == "passed":
        return word
    share = f" {100.0 * gate.margin:+.0f} %".replace("-", "\u2212")
    return Word({lang: text + share for lang, text in word.text.items()}, word.mark)


def _routes(match: Match) -> Iterator[Block]:
    several = [*match.composite, *match.several]
    if several:
        heads = (both("组合", "Combination"), both("各段", "Parts"), both("共有的影响量", "Shared influences"))
        rows = tuple(
            (" + ".join(" ".join(m.capability.key) for m in c.members), " | ".join(listed(p) for p in c.parts),
             ", ".join(s.identity or "|".join(s.certificate or ()) for s in c.shared) or both("无", "none"))
            for c in several
        )  # fmt: skip
        yield Table(both("合起来能测的组合", "Combinations that can together"), heads, rows, "lll", (), "combinations")
    if match.chains or match.undone:
        six = (both("传递标准", "Transfer standard"), both("校准它的能力", "Calibrated by"),
                 both("两步共有的影响量", "What both steps rest on"),
                 both(f"若当作无关，{italic('U')}/需要", f"as if independent, {italic('U')}/target"),
                 both(f"{italic('U')}/需要", f"{italic('U')}/target"), both("够不够", "Enough"))  # fmt: skip
        lines = tuple(
            (c.transfer.id, " ".join(c.capability.capability.key), ", ".join(c.shared) or both("无", "none"),
             Number(f"{c.apart:.3g}", c.apart) if c.apart is not None else both("同右", "the same"),
             _ratio(c.adequacy.worst), both("够", "yes") if c.can else both("不够", "no"))
            for c in (*match.chains, *match.undone)
        )  # fmt: skip
        yield Table(both("经传递标准", "By a transfer standard"), six, lines, "lllrrl", (), "chains")
    said: tuple[Finding, ...] = tuple(route.said for route in match.routes)
    yield Findings(said) if said else Paragraph(both("没有别的路线要提。", "No other route is to be named."))


def _ratio(worst: Any) -> Number | Text:
    return UNKNOWN if worst is None else Number(f"{worst.ratio:.3g}", float(worst.ratio))
