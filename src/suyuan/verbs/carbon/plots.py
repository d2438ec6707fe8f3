"""What the design of an inventory wants to know of each plot, taken from the table of its trees or plots."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.forest.design import ESTIMATORS, Design, FiledDesign
from suyuan.quantity.finding import Refused, finding
from suyuan.verbs.carbon.files import Columns, Files, numbers, of, table

Plots = tuple[NDArray[Any], NDArray[np.int64]]
"""Names of plots in the order of their index, and the index of the plot of each row."""


def in_order(cells: NDArray[Any]) -> Plots:
    """Plots in the order of their first row."""
    names, first, inverse = np.unique(cells.astype(str), return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return names[order], place[inverse]


def design_of(filed: FiledDesign, columns: Columns, plots: Plots, files: Files | None, at: tuple[str, str]) -> Design:
    """A design with what the table says of each plot.

    at: name of the table and where the document has the design. Raises Refused for a column that is absent, that says
    two things of one plot, or that is no number where one is wanted; for a stratum without an area and the other way
    round.
    """
    if filed.name == "simple_random":
        return Design(population=filed.population)
    name, where = at
    place = f"{where}/{ESTIMATORS[filed.name]}"
    if filed.name == "stratified":
        cells = _of_plots(of(columns, filed.column, place, name).astype(str), plots, filed.column, place)
        strata = tuple(str(one).strip() for one in cells)
        if set(strata) != set(filed.areas):
            raise Refused(finding("carbon.forest.strata", f"{where}/areas", given=", ".join(filed.areas),
                                  known=", ".join(dict.fromkeys(strata))))  # fmt: skip
        return Design("stratified", strata, filed.areas)
    x = np.asarray(_of_plots(numbers(columns, filed.column, place, name), plots, filed.column, place), float)
    large = None
    if filed.name == "double":
        large = np.array(filed.first)
        if filed.file:
            sample = table({"file": filed.file}, files, where=f"{where}/first_sample")
            large = numbers(sample, filed.of_file, f"{where}/first_sample/column", filed.file)
    return Design(filed.name, x=x, known=filed.known, large=large)


def _of_plots(cells: NDArray[Any], plots: Plots, column: str, where: str) -> NDArray[Any]:
    """The one value of each plot. Raises Refused where its rows say two."""
    names, index = plots
    _, first = np.unique(index, return_index=True)
    found: NDArray[Any] = cells[first]
    other = cells != found[index]
    if other.any():
        at = int(np.flatnonzero(other)[0])
        raise Refused(finding("carbon.forest.plot_differs", where, plot=str(names[index[at]])[:60], column=column[:60],
                              first=str(found[index[at]])[:40], other=str(cells[at])[:40], row=at + 1))  # fmt: skip
    return found
