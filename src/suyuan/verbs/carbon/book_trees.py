"""The table of trees that the forest's workbook names, to begin with: constructed, with the columns that are read.

One row is one tree. A tree that grew in has no diameter in the first inventory, one that died none in the second; no
cell of it is zero.
"""

from __future__ import annotations

from suyuan.carbon.forest.filed import COLUMNS

FILE = "trees.csv"
"""Its name, as the workbook has it."""
SPECIES = (("杉木", 0.31), ("马尾松", 0.46), ("枫香", 0.52))
"""Species of the example with a wood density, g/cm³."""
PLOTS, TREES = 8, 9
GREW_IN, DIED = (2, 4), (5, 7)
"""Plot and tree, from 0."""


def example_trees() -> bytes:
    """The table as CSV in UTF-8 with a mark by which spreadsheets know it.

    >>> example_trees().decode("utf-8-sig").splitlines()[0]
    'plot,species,wood_density,diameter_before,diameter_after,height_before,height_after'
    """
    rows = [_row(plot, tree) for plot in range(PLOTS) for tree in range(TREES)]
    return "\n".join([",".join(COLUMNS), *(",".join(row) for row in rows), ""]).encode("utf-8-sig")


def _row(plot: int, tree: int) -> list[str]:
    species, density = SPECIES[(plot + tree) % len(SPECIES)]
    first = 9.0 + 2.1 * tree + 0.6 * plot
    second = first + 3.2 + 0.1 * ((plot * 7 + tree * 3) % 9)
    sizes = [f"{d:.1f}" for d in (first, second)] + [f"{1.3 + 1.9 * d**0.7:.1f}" for d in (first, second)]
    for gone, at in ((GREW_IN, (0, 2)), (DIED, (1, 3))):
        if (plot, tree) == gone:
            sizes = ["" if n in at else cell for n, cell in enumerate(sizes)]
    return [f"P{plot + 1:02d}", species, f"{density:.2f}", *sizes]
