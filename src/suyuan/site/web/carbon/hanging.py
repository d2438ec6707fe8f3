"""On the page of a certificate: the carbon claims that stand on it, with its part of their U."""

from __future__ import annotations

from typing import Any

from suyuan.quantity.budget import by_certificate
from suyuan.site.acts.carbon import held
from suyuan.site.web.carbon.shown import K, claim_way, percent, spread
from suyuan.site.web.houses import houses


def hanging(user: Any, issuer: str, number: str) -> list[dict[str, Any]]:
    """The standing claims that name a certificate and that somebody may see, the largest part first."""
    found = []
    for claim in held.standing(held.claims(user)):
        items = [item for item in claim.evidence if (item.issuer, item.number) == (issuer, number)]
        if not items:
            continue
        row = next(
            (r for r in by_certificate(claim.best) if (r.source.issuer, r.source.number) == (issuer, number)), None
        )
        u = abs(row.contribution) if row else 0.0
        found.append({"way": claim_way(claim.digest, by="certificate") + "#budget", "unit": claim.unit,
                      "year": claim.year, "enterprise": houses(claim.enterprise), "u": spread(K * u), "none": not u,
                      "share": percent(row.share if row else 0.0), "size": u})  # fmt: skip
    return sorted(found, key=lambda one: -one["size"])
