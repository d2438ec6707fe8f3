"""A round with the results of CCL-K1 (gauge block of 1 mm), laboratories without their names; events are invented."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from tests.comparison.rounds import protocol, revealed, until_closed

from suyuan.cli.comparison_templates import GAUGE
from suyuan.comparison.round.admission import admitted
from suyuan.comparison.round.events import Event
from suyuan.comparison.round.protocol import Measurand, Member, Protocol, ReferenceRule, Route
from suyuan.comparison.round.route import route_suggestion
from suyuan.comparison.round.submission import Reported, Submission
from suyuan.comparison.round.write import events_fields, protocol_fields, submission_document

LABS = tuple(lab for lab, _, _ in GAUGE)


def gauge_round(
    method: str = "weighted_mean", without: Collection[str] = (), measurands: int = 1, **changes: Any
) -> tuple[Protocol, tuple[Event, ...]]:
    """The protocol and the admitted events. without: laboratories that state no uncertainty; of several measurands
    each is shifted a little against the one before, to and fro."""
    made = protocol(
        measurands=tuple(
            Measurand(f"L{i}", {"zh": f"偏差 {i}", "en": f"deviation {i}"}, "length", "nm", "TS-1")
            for i in range(1, measurands + 1)
        ),
        members=tuple(Member(lab, {"zh": f"演示 {lab}", "en": f"demo {lab}"}, pilot=lab == "L1") for lab in LABS),
        route=Route("ring", route_suggestion("ring", LABS, date(2026, 1, 5), 14)),
        **{"reference": ReferenceRule(method, ("median", "mandel_paule")), **changes},
    )
    documents = {}
    for n, (lab, x, u) in enumerate(GAUGE):
        stated: dict[str, Any] = {} if lab in without else {"U": 2.0 * u, "k": 2.0}
        day = made.legs_of(lab)[0].arrives
        rows = [Reported(m.id, x + 3.0 * j * (-1) ** n, measured=day, **stated) for j, m in enumerate(made.measurands)]
        documents[lab] = submission_document(Submission(made.digest, lab, tuple(rows), measured_by="demo"))
    opened = [revealed(lab, document) for lab, document in documents.items()]
    return made, admitted(made, (*until_closed(made, documents), *opened))


def on_file(made: Protocol, events: tuple[Event, ...]) -> dict[str, Any]:
    """The round as a site writes it for `suyuan compare report`."""
    return {"suyuan": "comparison-round", "protocol": protocol_fields(made), "events": events_fields(events)}
