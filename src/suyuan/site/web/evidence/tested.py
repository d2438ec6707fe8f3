"""What comparisons say of a standard, for its certificate's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from suyuan.quantity.notation import notate
from suyuan.site.acts.rounds.one import released
from suyuan.traceability.evidence import Evidence, Outcome
from suyuan.traceability.outcome import of_standard


def tested(evidence: Evidence, issuer: str, number: str, day: date) -> Mapping[str, Any] | None:
    """State of the standard by its comparisons and the outcomes, the latest first; None where none tested it."""
    found = of_standard(evidence, (issuer, number), day)
    outcomes = sorted((*found.contradicts, *found.remedied, *found.supports), key=lambda o: o.measured, reverse=True)
    if not outcomes:
        return None
    public = {row.number for row in released()}
    against = [o.comparison for o in found.contradicts]
    return {
        "state": found.state,
        "against": against if found.state == "contradicted" else [],
        "rows": [_row(o, o in found.remedied, o.comparison in public) for o in outcomes],
    }


def _row(o: Outcome, remedied: bool, public: bool) -> Mapping[str, Any]:
    d = notate(o.d, None if o.U_d is None else o.U_d) if o.d is not None else None
    return {
        "comparison": o.comparison, "address": reverse("comparison_public", args=[o.comparison]) if public else "",
        "laboratory": o.laboratory, "name": o.name, "measured": o.measured, "verdict": o.verdict,
        "d": d.value_text if d is not None else "", "U": d.uncertainty_text if d is not None else "", "unit": o.unit,
        "score_name": o.score_name, "score": "" if o.score is None else f"{o.score:+.2f}",
        "remedied": o.remedied if remedied else None,
    }  # fmt: skip
