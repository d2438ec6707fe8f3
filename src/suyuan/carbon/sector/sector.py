"""What the claim of a sector consists of, as rows: kinds of source that are required, that may be, or are foreign."""

from __future__ import annotations

from collections.abc import Iterable

from suyuan.carbon.rule import Override
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load


def sectors() -> tuple[str, ...]:
    """The sectors that have rows.

    >>> sectors()
    ('power', 'steel', 'forest', 'other')
    """
    return tuple(dict.fromkeys(str(row["sector"]) for row in load("suyuan.carbon", "sectors")))


def rows_of(sector: str) -> tuple[Row, ...]:
    """The rows of a sector. Raises Refused that names those there are."""
    found = tuple(row for row in load("suyuan.carbon", "sectors") if row["sector"] == sector)
    if not found:
        raise Refused(finding("carbon.sector.unknown", "/sector", given=sector[:40], known=", ".join(sectors())))
    return found


def checked(sector: str, kinds: Iterable[str], monitored: bool, admitted: Iterable[str] = ()) -> tuple[Finding, ...]:
    """What a claim lacks or has too much of for its sector: an error for a required kind that is absent.

    kinds: of its streams and forests; monitored: whether stacks are monitored, which stands for combustion where the
    rows say so, as a mass balance does for what it holds; admitted: rows that do not say so, and that somebody admitted
    by name (`suyuan.carbon.plant.Plant.basis_admitted`).
    """
    left = tuple(admitted)
    rows = {str(row["kind"]): row for row in rows_of(sector)}
    there = list(kinds)
    told = []
    for kind, row in rows.items():
        may = "monitoring_counts" in row and monitored
        stands_for = (may and (bool(row["monitoring_counts"]) or row["id"] in left)) or (
            "input" in there and bool(row.get("balance_counts"))
        )
        if row["value"] == "required" and kind not in there and not stands_for:
            basis = '"legal_basis": "monitoring"' if may else ""
            told.append(finding("carbon.sector.absent", "/streams", sector=sector, kind=kind, source=row["source"],
                                basis=basis, row=row["id"] if may else "",
                                **named("name", "kind", kind)))  # fmt: skip
    for kind in dict.fromkeys(there):
        if kind not in rows:
            told.append(finding("carbon.sector.foreign", "/streams", "warning", sector=sector, kind=kind,
                                known=", ".join(rows)))  # fmt: skip
    return tuple(told)


def basis_told(sector: str, monitoring: bool, overrides: Iterable[Override], day: str = "") -> tuple[Finding, ...]:
    """An error where a legal total is to stand on monitoring though the sector's rows say that it does not count, a
    warning where somebody admitted that by name.

    monitoring: whether the document asks for it; overrides: those that it has; day: of the document, for the text of
    one to write.
    """
    refused = [row for row in load("suyuan.carbon", "sectors")
               if row["sector"] == sector and row.get("monitoring_counts") is False]  # fmt: skip
    if not monitoring or not refused:
        return ()
    row = refused[0]
    said = {"sector": sector, "row": row["id"], "source": row["source"]}
    for one in overrides:
        if one.row == row["id"]:
            return (finding("carbon.sector.basis_admitted", "/legal_basis", "warning", person=one.person,
                            reason=one.reason, **said),)  # fmt: skip
    return (finding("carbon.sector.basis", "/legal_basis", day=day, **said),)
