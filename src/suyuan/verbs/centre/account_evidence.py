"""Items that the public account counts: each a document, a row or a matter, with whether it counts and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from suyuan.capability.capability import Capability
from suyuan.capability.challenges.challenge import closings
from suyuan.capability.matching.gate import Support
from suyuan.capability.sharing.order import orders
from suyuan.certificate.certificate import Text
from suyuan.certificate.validity import state as validity
from suyuan.comparison.round.judge import Verdict
from suyuan.procedure.matter import Matter
from suyuan.talent.columns import CODE
from suyuan.traceability.evidence import Statement
from suyuan.verbs.centre.commitments import commitments
from suyuan.verbs.centre.facts import all_facts
from suyuan.verbs.centre.register_of_centres import register_of_centres
from suyuan.verbs.matching.gaps import gaps_of
from suyuan.verbs.matching.match import supports_on
from suyuan.verbs.matching.what_holds import carried
from suyuan.verbs.matter.guards_order import houses
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.people.standing import columns_on, parameter_risks, records_on, risks, states_on
from suyuan.verbs.snapshot import Snapshot
from suyuan.verbs.trace import OPEN

State = Literal["counts", "does_not", "unknown"]
Held = Literal["", "person", "confidential", "parties"]


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence. address: «document:SHA», «row:kind/id», «matter:procedure/number»; title; state; why: it
    counts or does not; owner: whose it is; region: code; day; size: of what the median is taken; held: why it may not
    be shown by name to everybody («» where it may): of a person, a confidential need, or known to its parties only."""

    address: str
    title: Text
    state: State
    why: Text
    owner: Text = field(default_factory=dict)
    region: str = ""
    day: date | None = None
    size: float | None = None
    held: Held = ""


def _b(zh: str, en: str) -> Text:
    return {"zh": zh, "en": en}


# ---------------------------------------------------------------- centres


GRADES: Mapping[str, Text] = {
    "national": _b("国家级", "national"), "provincial": _b("省级", "provincial"),
    "municipal": _b("市级", "municipal"),
}  # fmt: skip
ENDED = ("rejected", "revoked", "withdrawn", "renamed_merged")


def _centres(snapshot: Snapshot, window: int) -> Iterator[Item]:
    for entry in register_of_centres(snapshot):
        row = entry.centre
        proven = bool(entry.state) and any(e.origin != "declared" for e in entry.events)
        state: State = "unknown" if not proven else "does_not" if entry.state in ENDED else "counts"
        grade = GRADES.get(row.grade, {})
        why = (
            _b(f"{grade.get('zh', '')} {entry.title.get('zh', entry.state)}".strip(),
               f"{grade.get('en', '')}, {entry.title.get('en', entry.state)}".strip(", "))
            if proven else _b("没有状态证据", "no evidence of a state")
        )  # fmt: skip
        yield Item(f"row:centre/{row.id}", row.name, state, why, row.host, row.region, entry.since)


# ---------------------------------------------------------------- capabilities and needs


HOLDS = _b("成立", "holds")


def why_not(capability: Capability, support: Support | None, day: date) -> tuple[State, Text]:
    """Whether a capability may be relied upon on a day, and the first reason why not."""
    if carried(capability, support, day):
        return "counts", HOLDS
    if day < (capability.valid_from or date.min) or day > (capability.valid_until or date.max):
        return "does_not", _b("不在有效期内", "not in force")
    if support is None:
        return "unknown", _b("没有计算", "not computed")
    if support.tested == "contradicted":
        return "does_not", _b("比对不满意，未整改", "a comparison contradicts it")
    if support.chain == "broken":
        return "does_not", _b("溯源链断了", "its chain is broken")
    if support.chain == "unknown" and support.other_kind:
        return "unknown", _b("标准器证书写的是别的量", "its standards are of another quantity")
    if support.chain == "unknown":
        return "unknown", _b("上级证书不在手边", "a certificate is not at hand")
    return "unknown", _b("没有说明标准", "names no standard")


def _capability(c: Capability, state: State, why: Text) -> Item:
    title = c.measurand or c.item_name or _b(c.quantity, c.quantity)
    named = {language: f"{c.id} {text}" for language, text in title.items()}
    return Item(f"row:capability/{c.key[0]}/{c.id}", named, state, why, c.laboratory, c.region)


def _hold(snapshot: Snapshot, window: int) -> Iterator[Item]:
    supports = supports_on(snapshot)
    for c in snapshot.capabilities:
        yield _capability(c, *why_not(c, supports.get(c.key), snapshot.day))


def _compared(snapshot: Snapshot, window: int) -> Iterator[Item]:
    for c in snapshot.capabilities:
        support = supports_on(snapshot).get(c.key)
        if support is None or not carried(c, support, snapshot.day):
            continue
        good = support.tested == "supported"
        why = _b("比对满意", "satisfactory comparison") if good else _b("没有比对过", "not compared")
        yield _capability(c, "counts" if good else "does_not", why)


VERDICTS: Mapping[str, Text] = {
    "can": _b("能测", "can"), "not_accurate": _b("测不准", "not accurately enough"),
    "partly": _b("测不全", "in part"), "cannot": _b("测不了", "cannot"), "unknown": _b("未知", "unknown"),
}  # fmt: skip


def _needs(snapshot: Snapshot, window: int) -> Iterator[Item]:
    owners = {id(row): register.owner for register, row in snapshot.deliveries("need")}
    for match in snapshot.once("gaps of all needs", lambda: gaps_of(snapshot)).matches:
        need = match.need
        owner = owners.get(id(need)) or need.organisation.get("zh", "")
        state: State = {"can": "counts", "unknown": "unknown"}.get(match.verdict, "does_not")  # type: ignore[assignment]
        title = need.title or need.measurand or _b(need.quantity, need.quantity)
        yield Item(
            f"row:need/{owner}/{need.id}", title, state, VERDICTS[match.verdict], need.organisation, need.region,
            need.day, held="confidential" if need.confidential else "",
        )  # fmt: skip


def _since(snapshot: Snapshot, window: int) -> date:
    return snapshot.day - timedelta(days=window) if window else date.min


def _closed(snapshot: Snapshot, window: int) -> Iterator[Item]:
    known = {(m.procedure, m.number): m for m in snapshot.matters}
    for procedure, number, day, documents in closings(snapshot.matters, snapshot.day):
        if day > _since(snapshot, window):
            matter = known[procedure, number]
            proven = bool(documents)
            why = _b("前后证据都在", "evidence of both sides") if proven else _b("没有文件", "without a document")
            yield Item(f"matter:{procedure}/{number}", matter.title, "counts" if proven else "unknown", why,
                       matter.organisation, day=day)  # fmt: skip


# ---------------------------------------------------------------- certificates and chains


VALIDITY: Mapping[str, tuple[State, Text]] = {
    "valid": ("counts", _b("有效", "valid")), "expired": ("does_not", _b("已过期", "expired")),
    "not_yet": ("does_not", _b("未生效", "not yet in force")),
    "withdrawn": ("does_not", _b("已撤回", "withdrawn")),
    "unknown": ("unknown", _b("没有写有效期", "no validity stated")),
}  # fmt: skip


def _valid(snapshot: Snapshot, window: int) -> Iterator[Item]:
    said: dict[tuple[str, str], list[Statement]] = {}
    for statement in snapshot.evidence.statements:
        said.setdefault((statement.issuer.strip(), statement.number.strip()), []).append(statement)
    for c in snapshot.evidence.certificates:
        found, _ = validity(c, snapshot.day, said.get((c.issuer.strip(), c.number.strip()), ()))
        if found == "superseded":
            continue
        state, why = VALIDITY[found]
        yield Item(f"document:{c.digest}", {"": c.number}, state, why, {"": c.issuer}, day=c.valid_until)


def _chains(snapshot: Snapshot, window: int) -> Iterator[Item]:
    touched = snapshot.survey.touched
    for node in snapshot.graph.nodes:
        if node.kind not in ("certificate", "result"):
            continue
        kinds = {item.kind for item in touched.get(node.id, ())}
        if not kinds:
            state, why = "counts", _b("完整", "complete")
        elif kinds <= OPEN:
            state, why = "unknown", _b("上级证书不在手边", "a higher certificate is not at hand")
        else:
            state, why = "does_not", _b("断链", "broken")
        yield Item(f"document:{node.id}", {"": node.number}, state, why, {"": node.issuer}, day=node.day)  # type: ignore[arg-type]


# ---------------------------------------------------------------- persons


def _persons(snapshot: Snapshot, window: int) -> Iterator[Item]:
    records, found = records_on(snapshot), states_on(snapshot)
    columns_on(snapshot)
    holding: dict[str, int] = {}
    asked: dict[str, int] = {}
    for granted, code in zip(records.authorisations, found.of_authorisation, strict=True):
        asked[granted.person] = asked.get(granted.person, 0) + 1
        if code == CODE["authorised"]:
            holding[granted.person] = holding.get(granted.person, 0) + 1
    for id in asked:
        employments = records.persons.get(id, ())
        name = employments[-1].name if employments else {"": id}
        owner = employments[-1].organisation if employments else {}
        good = id in holding
        why = _b("授权成立", "authorised") if good else _b("授权都不成立", "no authorisation holds")
        yield Item(f"row:person/{id}", name, "counts" if good else "does_not", why, owner, held="person")


FEW: Mapping[str, tuple[State, Text]] = {
    "single": ("counts", _b("只有一人", "one person")), "nobody": ("counts", _b("没有人", "nobody")),
    "shared": ("does_not", _b("不止一人", "more than one")),
}  # fmt: skip


def _single_units(snapshot: Snapshot, window: int) -> Iterator[Item]:
    units = records_on(snapshot).units
    for risk in risks(snapshot):
        state, why = FEW[risk.level]
        title = units[risk.unit].title if risk.unit in units else {"": risk.unit}
        yield Item(f"row:competence_unit/{risk.unit}", title, state, why, risk.laboratory)


def _single_parameters(snapshot: Snapshot, window: int) -> Iterator[Item]:
    """Key parameters by the persons behind them: as capabilities claim them, and as the centres of their industry are
    measured; of several counts the largest."""
    counts = {r.parameter: None if r.persons is None else len(r.persons) for r in parameter_risks(snapshot)}
    for fact in all_facts(snapshot):
        if fact.kind == "parameter_persons" and fact.evidence.startswith("parameter:"):
            counts[fact.group] = max(counts.get(fact.group) or 0, int(fact.value or 0))
    for parameter, known in counts.items():
        state, why = (
            ("unknown", _b("无人知道", "nobody knows"))
            if known is None else FEW["nobody" if not known else "single" if known == 1 else "shared"]
        )  # fmt: skip
        yield Item(f"parameter:{parameter}", {"": parameter}, state, why)  # type: ignore[arg-type]


# ---------------------------------------------------------------- matters


def _allowed(snapshot: Snapshot, *procedures: str) -> Iterator[tuple[Matter, Any]]:
    """The matters of some procedures with where they stand; steps out of order count for nothing there."""
    for matter in snapshot.matters_of(*procedures):
        yield matter, stands(matter, snapshot.day)


def _orders(snapshot: Snapshot) -> Iterator[tuple[int, float, bool, Matter]]:
    """(outside: 1, 0 or −1, days to the answer, certified, matter) of each order."""
    known = {m.number: m for m in snapshot.matters_of("order")}
    found = orders(known.values(), houses(snapshot))
    for number, outside, response, certified in zip(
        found.number, found.outside, found.response, found.certified, strict=True
    ):
        yield int(outside), float(response), bool(certified), known[str(number)]


def _outside(snapshot: Snapshot, window: int) -> Iterator[Item]:
    words: Mapping[int, tuple[State, Text]] = {
        1: ("counts", _b("外单位", "of another house")), 0: ("does_not", _b("自用", "own use")),
        -1: ("unknown", _b("说不清", "not clear")),
    }  # fmt: skip
    for outside, _, certified, matter in _orders(snapshot):
        if certified:
            yield _order(matter, *words[outside])


def _response(snapshot: Snapshot, window: int) -> Iterator[Item]:
    for outside, days, _, matter in _orders(snapshot):
        if outside == 1:
            open_ = math.isnan(days)
            why = _b("还没有答复", "no answer yet") if open_ else _b("已答复", "answered")
            yield _order(matter, "unknown" if open_ else "counts", why, None if open_ else days)


def _order(matter: Matter, state: State, why: Text, size: float | None = None) -> Item:
    day = matter.events[0].time.date()
    title = {"": matter.number}
    return Item(f"matter:order/{matter.number}", title, state, why, matter.organisation, day=day, size=size,
                held="parties")  # fmt: skip


def _challenges(snapshot: Snapshot, window: int) -> Iterator[Item]:
    for matter, where in _allowed(snapshot, "challenge"):
        event = where.took("published")
        if event is not None:
            yield Item(f"matter:challenge/{matter.number}", matter.title, "counts", where.state.title,
                       matter.organisation, day=event.time.date())  # fmt: skip


def _specifications(snapshot: Snapshot, window: int) -> Iterator[Item]:
    for matter, where in _allowed(snapshot, "conversion"):
        reached = where.reached("published")
        yield Item(f"matter:conversion/{matter.number}", matter.title, "counts" if reached else "does_not",
                   where.state.title, matter.organisation, day=None if reached is None else reached.date())  # fmt: skip
    for row in snapshot.rows("centre_record"):
        if row.kind == "specification" and row.detail.get("state") == "published" and row.day <= snapshot.day:
            proven = bool(row.document)
            why = _b("已发布", "published") if proven else _b("没有文件", "without a document")
            yield Item(f"row:centre_record/{row.id}", row.title, "counts" if proven else "unknown", why, day=row.day)


OUTCOMES: Mapping[Verdict, tuple[State, Text]] = {
    "satisfactory": ("counts", _b("满意", "satisfactory")),
    "questionable": ("does_not", _b("可疑", "questionable")),
    "unsatisfactory": ("does_not", _b("不满意", "unsatisfactory")),
    "undetermined": ("unknown", _b("不能判定", "cannot be decided")),
}  # fmt: skip


def _comparisons(snapshot: Snapshot, window: int) -> Iterator[Item]:
    for o in snapshot.evidence.outcomes:
        if _since(snapshot, window) < o.measured <= snapshot.day:
            state, why = OUTCOMES[o.verdict]
            if o.verdict == "unsatisfactory" and o.remedied is not None and o.remedied <= snapshot.day:
                why = _b("不满意，已整改复测", "unsatisfactory, measured again since")
            title = {"": f"{o.comparison} · {o.measurand}"}
            yield Item(f"comparison:{o.comparison}", title, state, why, o.laboratory, day=o.measured, held="parties")


def _commitments(snapshot: Snapshot, window: int) -> Iterator[Item]:
    from suyuan.centre.commitments import WORDS

    for row in commitments(snapshot):
        c = row.commitment
        named = {language: f"{c.document} {c.clause} {text}" for language, text in c.text.items()}
        yield Item(f"row:commitment/{c.id}", named, "counts" if row.status == "done" else "does_not",
                   WORDS[row.status], c.owner, day=c.due)  # fmt: skip


Gather = Callable[[Snapshot, int], Iterable[Item]]
GATHERED: Mapping[str, Gather] = {
    "centres": _centres, "capabilities_hold": _hold, "capabilities_compared": _compared, "needs_met": _needs,
    "gaps_closed": _closed, "certificates_valid": _valid, "chains_complete": _chains, "authorised_persons": _persons,
    "single_units": _single_units, "single_parameters": _single_parameters, "orders_outside": _outside,
    "response_days": _response, "challenges_published": _challenges, "specifications": _specifications,
    "comparisons_satisfactory": _comparisons, "commitments_done": _commitments,
}  # fmt: skip
"""Id of an indicator → what gathers its items from a snapshot; the second argument is its window in days."""
