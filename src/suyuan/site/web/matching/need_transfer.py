"""The part of a need's page about transfer standards: what each step brings, together and as if independent."""

from __future__ import annotations

from typing import Any

from suyuan.capability.matching.compose import Chain
from suyuan.capability.matching.match import Match
from suyuan.capability.matching.transfer import steps
from suyuan.capability.need import Need
from suyuan.site.terms import term
from suyuan.site.web.houses import houses
from suyuan.site.web.matching.match_parts import column, condition_word, unit_of
from suyuan.site.web.matching.need_parts import named, order_way
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.text import text_html, unbroken

MOST = 8


def carried(found: Match, day: str, ordered: str = "") -> dict[str, Any] | None:
    """Chains need → transfer standard → capability, those that do first; None where there is none. ordered: the need as
    an order names it, «» where nobody may order."""
    every = (*found.chains, *found.undone)[:MOST]
    rows = [row for chain in every if (row := _row(found.need, chain, day, ordered)) is not None]
    if not rows:
        return None
    return {"rows": rows, "unit": rows[0]["unit"], "target": rows[0]["target"], "k": rows[0]["k"],
            "place": rows[0]["place"], "seeming": any(not row["can"] for row in rows)}  # fmt: skip


def _row(need: Need, chain: Chain, day: str, ordered: str) -> dict[str, Any] | None:
    both, worst = steps(need, chain), chain.adequacy.worst
    if both is None or worst is None or need.target is None:
        return None
    scale, unit = unit_of(both.target, both.unit)
    sizes = [size * scale for size in (both.laboratory, both.carried, both.apart, both.together, both.target)]
    laboratory, moved, apart, together, target = column(sizes, most=sizes[-1])
    item = chain.transfer
    offer = [term("capability.days", days=f"{item.days:g}")] if item.days is not None else []
    offer += [term("capability.price", price=f"{item.price:g}", currency=item.currency)] if item.price else []
    sites = item.conditions.get("site", ())
    if isinstance(sites, tuple):
        offer = [*(condition_word(site) for site in sites), *offer]
    return {
        "id": unbroken(item.id), "name": text_html(item.name) if item.name else "", "owner": text_html(item.owner),
        "offer": term("match.and").join(offer), "by": named(chain.capability, day), "can": chain.can,
        "order": order_way(chain.capability, ordered) if ordered and chain.can else "",
        "laboratory": laboratory, "carried": moved, "apart": apart if chain.shared else "", "together": together,
        "shared": [unbroken(houses(name) if len(name) < 60 else name[:12]) for name in chain.shared],
        "unit": unit, "target": target, "k": f"{need.target.k:g}",
        "place": quantity_html(f"{worst.place:.6g}", unit=worst.unit),
    }  # fmt: skip
