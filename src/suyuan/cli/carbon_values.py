"""Claims, their parts and their cross-check as plain values, as `--json` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from suyuan.cli.carbon_budget import budget_json

if TYPE_CHECKING:
    from suyuan.carbon.claim.check import Check
    from suyuan.carbon.claim.claim import Part
    from suyuan.verbs.carbon.claims import Claimed


def part_json(part: Part) -> dict[str, Any]:
    """A part as plain values."""
    year = part.months.sum()
    return {"name": part.name, "kind": part.kind, "counted": part.counted, "legal": sum(part.legal),
            "best": float(year.value), "u": float(year.u), "methods": dict(part.methods), "months": list(part.legal),
            "best_months": part.months.value.tolist(), "u_months": part.months.u.tolist(), "unit": "tCO2",
            "u_is_least": part.least, "unstated": list(part.unstated), "bounded": list(part.bounded),
            "by": list(part.by), "missing": list(part.missing), "unknown": list(part.unknown)}  # fmt: skip


def claim_json(made: Claimed) -> dict[str, Any]:
    """A claim as plain values."""
    one, best = made.claim, made.claim.best
    return {
        "enterprise": one.enterprise, "unit": one.unit, "year": one.year, "scheme": one.scheme, "legal": one.legal,
        "best": float(best.value), "u": float(best.u), "u_is_least": one.least, "unit_of_values": "tCO2",
        "methods": dict(one.methods),
        "rule_set": one.rule_set, "parts": [part_json(part) for part in one.parts],
        "certificates": budget_json(made.certificates), "influences": budget_json(made.influences),
        "rows": [{"id": row["id"], "value": row.get("value"), "status": row["status"], "source": row["source"]}
                 for row in one.rows],
        "overrides": [{"row": o.row, "person": o.person, "reason": o.reason, "day": o.day} for o in one.overrides],
        "evidence": [{"role": e.role, "issuer": e.issuer, "number": e.number, "digest": e.digest,
                      "valid_until": e.valid_until} for e in one.evidence],
        "check": check_json(made.check) if made.check else None,
    }  # fmt: skip


def check_json(found: Check) -> dict[str, Any]:
    """A cross-check as plain values."""
    return {
        "difference": found.difference, "u_difference": found.u_difference, "u_is_least": found.least,
        "covariance": found.covariance,
        "correlation": found.correlation, "zeta": found.zeta, "En": found.En, "verdict": found.verdict, "unit": "tCO2",
        "seen": found.seen, "seen_share": found.seen_share, "material": found.material,
        "material_row": found.material_row["id"], "measured": found.measured, "doubts": list(found.doubts),
        "left_out": list(found.left_out),
        "common": [{"label": c.label, "source": str(c.source), "covariance": c.covariance} for c in found.common],
    }  # fmt: skip
