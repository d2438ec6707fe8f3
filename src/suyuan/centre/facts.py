"""Facts about centres as columns: what the guideline counts. Each fact knows its evidence; nothing else is counted.

A fact is made by the graph, by a register or by a matter (`verbs.centre.facts`), never typed in as a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from suyuan.certificate.certificate import Text


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact.

    centre: id; kind: see `KINDS`; subject: what it is about (number of a standard, id of a capability, person …);
    good: True, False, or None where it is not known; value: number that belongs to the kind; weight: for weighted
    shares; group: subjects that belong together (key parameter of a person); valid_from, valid_until: days on which it
    counts; evidence: address of what proves it (digest of a document, matter, register row); origin: computed (from the
    graph), recorded (a register or matter row with a document), declared (a row without one).
    """

    centre: str
    kind: str
    subject: str
    good: bool | None = True
    value: float | None = None
    weight: float = 1.0
    group: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    evidence: str = ""
    origin: str = "computed"
    title: Text = field(default_factory=dict)
    detail: Mapping[str, str] = field(default_factory=dict)


KINDS: Mapping[str, str] = {
    "standard": "measurement standard shown by certificates and chains; good: valid and its chain complete",
    "chain_link": "link that a chain of a claimed capability needs; good: present and valid",
    "capability": "claimed capability; good: supported by its standards' chains; value: relative U at its worst point",
    "capability_compared": "claimed capability; good: a satisfactory comparison in five years backs it",
    "need": "need of the centre's demand list; good: fully met (能测) by the centre; weight: criticality",
    "adequacy": "covered need; value: U_target/U of the centre's capability",
    "parameter": "key parameter of the industry; good: a supported capability covers it",
    "matrix_cell": "life-cycle stage × chain node that the industry has; good: a supported capability serves it",
    "gap_closed": "gap that was closed with evidence before and after; value: year",
    "person": "person with an authorisation; good: at least one holds on the day; a person is one fact",
    "parameter_persons": "key parameter that the centre measures, or quantity and item of its people's units where its "
    "industry has no list; value: number of different persons authorised for it on the day; good: two or more",
    "leader": "discipline leader; good: a project in the field; a person is one fact",
    "training": "result of a training, contest or examination of a person of the centre; a result is one fact",
    "comparison": "result of a laboratory for a measurand in a comparison; good: satisfactory",
    "environment": "monitored room or site; good: within the specification of what is done there",
    "stability": "repeatability or stability check; good: up to date and within the budget",
    "specification": "specification drafted or published; good: published",
    "novelty": "new device, reference material or method put in service",
    "mechanism": "committee, alliance, incentive rule, open fund with a document",
    "agreement": "research link with a university or firm",
    "fund_plan": "planned money of a year; value: amount; group: source",
    "fund_actual": "spent or received money of a year; value: amount; group: source",
    "order": "service order; good: for an outside customer; value: days to the result",
    "document": "document of the dossier; good: complete",
    "host": "host entity; good: an independent legal person",
    "enterprise": "enterprise with a need in the demand list",
    "scope": "what the centre is for; good: one class of the industry tree",
    "need_stated": "need of the demand list; good: it states quantity, interval and target uncertainty",
    "budget": "claimed capability; good: its uncertainty has a budget",
    "dataset": "data set served or shared; good: its units, uncertainty and certificates at the time are known",
    "course": "course or place of practice of a training base; good: in service",
}
"""Kinds of facts that guidelines count."""
