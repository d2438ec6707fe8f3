"""What the documents of a store make together: evidence; registers, matters and guidelines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from suyuan.centre.guideline import Guideline
from suyuan.certificate.certificate import Certificate
from suyuan.comparison.round.report import Report
from suyuan.procedure.matter import Matter
from suyuan.procedure.register import Register
from suyuan.store.recognise import Value
from suyuan.traceability.evidence import Anchor, Evidence, SavedResult, Statement
from suyuan.traceability.outcome import outcomes
from suyuan.verbs.snapshot import Documents


def evidence_of(values: Sequence[Value]) -> Evidence:
    """Certificates, statements, anchors and results, and what reports of comparisons say of laboratories."""
    return Evidence(
        tuple(v for v in values if isinstance(v, Certificate)),
        tuple(v for v in values if isinstance(v, Statement)),
        tuple(v for v in values if isinstance(v, Anchor)),
        tuple(v for v in values if isinstance(v, SavedResult)),
        outcomes(v for v in values if isinstance(v, Report)),
    )


def service_of(values: Sequence[Value]) -> Documents:
    """Registers, the longest of each matter, and guidelines, in the order of the values."""
    return Documents(
        tuple(v for v in values if isinstance(v, Register)),
        _newest(v for v in values if isinstance(v, Matter)),
        tuple(v for v in values if isinstance(v, Guideline)),
    )


def _newest(matters: Iterable[Matter]) -> tuple[Matter, ...]:
    """Of each matter the longest of its documents: one with more events continues the one with fewer."""
    known: dict[tuple[str, str], Matter] = {}
    for matter in matters:
        other = known.get((matter.procedure, matter.number))
        if other is None or len(other.events) <= len(matter.events):
            known[matter.procedure, matter.number] = matter
    return tuple(known.values())
