"""What the demonstration shows beside its documents: released rounds, one that is open and sealed, and its matters.

The open round is made by the acts behind the pages, by the people of the demonstration, once: a visitor goes on from
there as a participant. All of it is invented.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.route import route_suggestion
from suyuan.comparison.round.write import SUBMISSION
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.site import demonstration_contest
from suyuan.site.acts import clock, store
from suyuan.site.acts.matters.matter import adopt
from suyuan.site.acts.rounds import one as acts
from suyuan.site.acts.rounds.adopt import adopt_all
from suyuan.site.acts.rounds.save import save_protocol
from suyuan.site.records.comparison import Round
from suyuan.site.web.rounds.example import example

OPEN, EARLIER = "DEMO-L-K2", "DEMO-L-K1"
PEOPLE = {"P": "pilot", "A": "participant_a", "B": "participant_b", "C": "participant_c"}
SEALED = (("P", "41.6", "52", -1), ("A", "52.0", "60", 0))
"""Member, value and U (k = 2) in nm, days from today to the measurement: two of four have handed in."""
DAYS_EACH, DAYS_AFTER = 2, 4
"""Days at each stop of the ring, and from its return to the closing."""
PURPOSE = {
    "zh": "演示一轮未截止的比对：两家已密封结果，另两家待测；到今天为止的经过在演示建立时一次登记",
    "en": "Show a round that is still open: two results are sealed, two are to come; what happened until today was "
    "entered at once when the demonstration was set up",
}

INSTRUCTIONS = {
    "zh": "按 JJG 146 测中心长度，温度修正到 20 °C；到样当日确认状态，两日内送走",
    "en": "Measure the central length, corrected to 20 °C; confirm the condition on arrival, send on within two days",
}


def rounds() -> tuple[Finding, ...]:
    """The released rounds of the demo's reports, and the open one; a second call changes nothing."""
    _, found = adopt_all()
    if not Round.objects.filter(number=OPEN).exists():
        with transaction.atomic():
            _open(clock.today())
    return found


def matters() -> int:
    """The matters of the demo's documents; a second call changes nothing. Returns how many were taken in."""
    taken = adopt(store.store().service().matters, "regulator")
    return taken + demonstration_contest.running()


def protocol_document(today: date) -> bytes:
    """The ring of the example, its first leg behind, among the laboratories of the demo's earlier round."""
    fields: dict[str, Any] = json.loads(example(today, PEOPLE["P"], demo=True))
    start = today - timedelta(days=DAYS_EACH)
    legs = route_suggestion("ring", list(PEOPLE), start, DAYS_EACH)
    names = _organisations()
    for member in fields["members"]:
        member["account"] = PEOPLE[member["code"]]
        member["organisation"] = names.get(member["code"], member["organisation"])
    fields |= {
        "number": OPEN, "purpose": PURPOSE, "opens": start,
        "instructions": INSTRUCTIONS,
        "title": {"zh": "100 mm 量块中心长度（演示）", "en": "Central length of a 100 mm gauge block (demo)"},
        "organiser": {"zh": "演示市场监督管理局", "en": "demo market administration"},
        "closes": f"{legs[-1].leaves + timedelta(days=DAYS_AFTER)}T09:00:00+08:00",
        "route": {"kind": "ring", "legs": [
            {"standard": leg.standard, "member": leg.member, "arrives": leg.arrives, "leaves": leg.leaves}
            for leg in legs
        ]},
    }  # fmt: skip
    return canonical(fields)


def _organisations() -> dict[str, Mapping[str, str]]:
    """Names of the laboratories in the earlier round, so that one person acts for one laboratory."""
    row = Round.objects.filter(number=EARLIER).first()
    return {} if row is None else {m.code: m.organisation for m in acts.protocol_of(row).members}


def _open(today: date) -> None:
    """Play the round up to today: agreed, opened, the block with the third laboratory, two results sealed."""
    people = {code: User.objects.get(username=name) for code, name in PEOPLE.items()}
    pilot, document = people["P"], protocol_document(today)
    protocol, found = read_protocol(document)
    if protocol is None:
        raise Refused(*errors(found))
    save_protocol(pilot, document, protocol)
    others = [code for code in PEOPLE if code != "P"]
    for code in others:
        acts.happen(pilot, OPEN, "invited", {}, code)
    for code in others:
        acts.happen(people[code], OPEN, "accepted", {})
    acts.open_round(pilot, OPEN)
    standard = protocol.standards[0].id
    for (code, value, U, day), after in zip(SEALED, ("A", "B"), strict=True):
        acts.seal_submission(people[code], OPEN, _submission(protocol.digest, code, value, U, today, day), False)
        acts.happen(people[code], OPEN, "sent", {"standard": standard, "to": after, "condition": "good"})
        if after == "A":
            acts.happen(people[after], OPEN, "arrived", {"standard": standard, "condition": "good"})


def _submission(protocol: str, code: str, value: str, U: str, today: date, day: int) -> bytes:
    result = {"measurand": "L100", "value": value, "U": U, "k": "2", "measured": today + timedelta(days=day)}
    return canonical({
        "suyuan": SUBMISSION, "protocol": protocol, "member": code, "measured_by": f"演示测量员 {code}",
        "results": [result],
    })  # fmt: skip
