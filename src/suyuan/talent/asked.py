"""Words of a question about who may do what that no table and no unit of competence knows: told with the nearest.

A misspelt word fits no unit; «nobody was ever granted it» would be a wrong answer to a question that nobody meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from suyuan.capability.taxonomy import (
    condition_word,
    item_named,
    item_names,
    items,
    nearest_quantities,
    plain,
    quantity_named,
    same_item,
)
from suyuan.quantity.finding import Finding, finding
from suyuan.talent.joined import Records

SITES = ("lab", "on-site")
"""Where something is done, as units and forms write it."""


def strange(records: Records, quantity: str, item: str, site: str) -> tuple[Finding, ...]:
    """The words that nobody knows, each with what may have been meant; an empty word asks nothing.

    quantity, item, site: as typed; what a unit of the records names is known, whatever the tables say.
    """
    units, found = tuple(records.units.values()), []
    if quantity and quantity_named(quantity) is None and not _among(quantity, (u.quantity for u in units)):
        near = nearest_quantities(quantity) or ("length", "mass", "temperature")
        found.append(finding("talent.asked.quantity", "quantity", given=quantity[:60], near=", ".join(near)))
    if item and item_named(item) is None and not any(u.item and same_item(item, u.item) for u in units):
        found.append(finding("talent.asked.item", "item", given=item[:60], near=", ".join(_nearest_items(item, units))))
    known = dict.fromkeys((*SITES, *(u.site for u in units if u.site)))
    if site and condition_word(site) not in {condition_word(word) for word in known}:
        found.append(finding("talent.asked.site", "site", given=site[:60], near=", ".join(known)))
    return tuple(found)


def _among(word: str, known: Iterable[str]) -> bool:
    return plain(word) in {plain(name) for name in known if name}


def _nearest_items(item: str, units: Iterable[object]) -> tuple[str, ...]:
    """Known names of items spelt alike, each class once; else what the units are for."""
    names, found = item_names(), dict[str, str]()
    for name in get_close_matches(plain(item), names, 5, 0.5):
        found.setdefault(names[name], name)
    ours = dict.fromkeys(str(getattr(unit, "item", "")) for unit in units)
    told = tuple(found.values())[:3] or tuple(name for name in ours if name)[:3]
    return told or tuple(row.zh[0] for row in list(items().values())[:3] if row.zh)
