"""How participants stand along an abscissa: their order, their names as far as there is room, and who stands out.

Two laboratories and two hundred take the same width. Names lie where they have room, else they are turned, then turned
in two or three rows; beyond that only those are named that a reader looks for: one's own, those that failed, the ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy
from numpy.typing import ArrayLike, NDArray

from suyuan.report.figures.dress import ACCENT, BAD, HAIR, INK, INK3, TEXT, WIDTH, Size, breadth, checked, shortened

Bools = NDArray[np.bool_]
FINE = 8.25
"""Size of names in points: the smallest that the house allows, 11 px on the screen."""
TURNED = FINE + 0.6
"""Room that a turned name takes along the abscissa."""
ROWS = 3
AWAY = 12.0
"""Room in points for the lines that lead to names written aside."""
ENDS = 5
"""Of so many at either end the names are wanted where not all have room."""


@dataclass(frozen=True, slots=True)
class Participants:
    """Who took part. names: n codes or names; contributing: (n,) false for those that do not count in the reference
    value, drawn hollow; failed: (n,) true where the result is not satisfactory; mine: the place of one's own among
    them, or None."""

    names: tuple[str, ...]
    contributing: Bools | None = None
    failed: Bools | None = None
    mine: int | None = None

    def check(self, *arrays: ArrayLike) -> None:
        """Refuse arrays that do not have one finite number a participant, and a place that nobody has."""
        n = len(self.names)
        if n == 0:
            raise ValueError("participants: there are none")
        checked("participants", np.zeros(n), *arrays)
        for name, flags in (("contributing", self.contributing), ("failed", self.failed)):
            if flags is not None and (np.shape(flags) != (n,) or np.asarray(flags).dtype != np.bool_):
                raise ValueError(f"{name}: {n} yes or no are wanted, one a participant")
        if self.mine is not None and not 0 <= self.mine < n:
            raise ValueError(f"mine: there is no place {self.mine} among {n} participants")

    def hollow(self, i: int) -> bool:
        return self.contributing is not None and not self.contributing[i]

    def fails(self, i: int) -> bool:
        return self.failed is not None and bool(self.failed[i])

    def colour(self, i: int) -> str:
        """Ink for the healthy ones; a failed one is shown as such even where it is one's own."""
        return BAD if self.fails(i) else ACCENT if i == self.mine else INK

    def weight(self, i: int) -> str:
        """One's own is bold: without colour it is still found."""
        return "bold" if i == self.mine else "normal"

    def foremost(self, order: Sequence[int] | NDArray[Any]) -> list[int]:
        """Places in the order whose names a reader looks for: mine, the outermost at both ends, those that failed."""
        n = len(order)
        outer = sorted(range(n), key=lambda p: (min(p, n - 1 - p), p))
        mine = [p for p in outer if order[p] == self.mine]
        return list(dict.fromkeys(mine + outer[: 2 * ENDS] + [p for p in outer if self.fails(int(order[p]))]))


@dataclass(frozen=True, slots=True)
class Labels:
    """Names below an abscissa. texts: place → what is written; row: place → which row it stands in; at: place → where
    along the abscissa it is written; turned: upright or lying; tall: height of a row in points."""

    texts: dict[int, str]
    row: dict[int, int]
    at: dict[int, float]
    turned: bool
    tall: float

    @property
    def height(self) -> float:
        """What all rows take below the plane, in points."""
        spread = any(abs(at - place) > 1e-9 for place, at in self.at.items())
        return self.tall * (1 + max(self.row.values())) + (AWAY if spread else 0.0)


def arranged(names: Sequence[str], room: float, foremost: Sequence[int]) -> Labels:
    """Names in n even slots of an abscissa `room` points long; foremost: those places first that must be named, and
    where not all can be, these alone as far as they have room.

    >>> arranged(["PTB", "NIM"], 300.0, [0, 1]).turned
    False
    >>> arranged(["laboratory"] * 20, 300.0, range(20)).turned
    True
    >>> sorted(arranged(["laboratory"] * 200, 300.0, [0, 1, 199]).texts)
    [0, 1, 199]
    """
    n = len(names)
    slot = room / n
    fine = FINE / TEXT
    every = {p: float(p) for p in range(n)}
    longest = max(breadth(name) for name in names) * fine
    if slot >= 54.0 or longest + 3.0 <= slot:
        cut = {p: shortened(name, (slot - 3.0) / fine) for p, name in enumerate(names)}
        return Labels(cut, dict.fromkeys(range(n), 0), every, False, FINE + 3.0)
    rows = int(np.ceil(n * TURNED / room))
    at = every if rows <= ROWS else _apart(foremost[: int(room / TURNED)], n, TURNED / slot)
    rows = rows if rows <= ROWS else 1
    texts = {p: shortened(names[p], (78.0 if rows == 1 else 46.0) / fine) for p in at}
    tall = max(breadth(text) for text in texts.values()) * fine + 5.0
    return Labels(texts, {p: p % rows for p in texts}, at, True, tall)


def _apart(chosen: Sequence[int], n: int, apart: float) -> dict[int, float]:
    """The chosen places moved aside as little as lets each be `apart` from the next, all within the abscissa."""
    places = sorted(set(chosen))
    at = np.array(places, dtype=np.float64)
    for _ in range(200):
        low = np.diff(at)
        if (low >= apart - 1e-9).all() and at[-1] <= n - 0.5:
            break
        for k in np.flatnonzero(low < apart):
            push = 0.5 * (apart - (at[k + 1] - at[k]))
            at[k], at[k + 1] = at[k] - push, at[k + 1] + push
        at = np.clip(at, 0.0 + apart * np.arange(at.size), n - 1.0 - apart * np.arange(at.size)[::-1])
    return dict(zip(places, at.tolist(), strict=True))


def write_below(
    plane: Any, labels: Labels, participants: Participants, order: NDArray[Any], first: float = 5.0
) -> None:
    """Write the names below the plane, each in its colour, one's own also bold; a hairline leads to a name that stands
    lower or aside. order: place → participant."""
    spread = any(abs(at - place) > 1e-9 for place, at in labels.at.items())
    for place, text in labels.texts.items():
        down = first + labels.row[place] * labels.tall + (AWAY if spread else 0.0)
        aside = spread or labels.row[place] > 0
        line: dict[str, Any] = {"arrowstyle": "-", "color": INK3 if spread else HAIR, "linewidth": 0.5}
        line |= {"shrinkA": 0.0, "shrinkB": 1.0, "relpos": (0.5, 1.0)}
        lowered = offset_copy(plane.get_xaxis_transform(), plane.figure, 0.0, -down, "points")
        who = int(order[place])
        plane.annotate(
            text, (place, 0.0), xycoords=("data", "axes fraction"), xytext=(labels.at[place], 0.0), textcoords=lowered,
            ha="center", va="top", rotation=90 if labels.turned else 0, fontsize=FINE, annotation_clip=False,
            color=participants.colour(who), fontweight=participants.weight(who),
            arrowprops=line if aside else None,
        )  # fmt: skip


def room_beside(size: Size, *axes: Any, more: float = 14.0) -> float:
    """Length of the abscissa in points, about, when the ordinates' numbers are written already."""
    taken = sum(max([breadth(t) for t in axis.get_major_formatter().seq] or [0.0]) + 9.0 for axis in axes)
    return WIDTH[size] * 72.0 - taken - more


def signed(axis: Any) -> None:
    """A plus before the positive numbers of an axis that bears deviations."""
    formatter = axis.get_major_formatter()
    formatter.seq = [t if t[:1] == "\u2212" or not t.strip("0.\u2009") else "+" + t for t in formatter.seq]


def legend_below(figure: Figure, handles: Sequence[Any], size: Size) -> None:
    """Marks with their words under the figure, as many beside each other as have room, read line by line."""
    shown = [h for h in handles if h.get_label()]
    if not shown:
        return
    columns = _columns([h.get_label() for h in shown], size)
    # matplotlib fills column by column
    lines = [n for c in range(columns) for n in range(c, len(shown), columns)]
    figure.legend(handles=[shown[n] for n in lines], loc="outside lower left", ncols=columns, columnspacing=1.4)


def legend_lines(words: Sequence[str], size: Size) -> int:
    """How many lines these words take under the figure."""
    shown = [word for word in words if word]
    return -(-len(shown) // _columns(shown, size)) if shown else 0


def _columns(words: Sequence[str], size: Size) -> int:
    room = WIDTH[size] * 72.0 - 4.0
    for columns in range(len(words), 1, -1):
        if sum(max(breadth(word) for word in words[c::columns]) + 35.0 for c in range(columns)) <= room:
            return columns
    return 1
