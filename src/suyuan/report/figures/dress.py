"""How figures with axes are dressed: one look for page, file and print, and the same bytes for the same values.

Left and bottom axis only, ticks outward, the name of the ordinate upright at its top, the name of the abscissa at its
right end, no grid, no frame, no title. Numbers are written with a real minus and in groups of three.
"""

from __future__ import annotations

import math
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from hashlib import sha256
from io import BytesIO
from threading import Lock
from typing import Any, Literal, ParamSpec

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib import font_manager, ticker
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

Size = Literal["wide", "narrow"]
Floats = NDArray[np.float64]
INK, INK2, INK3, HAIR = "#15191c", "#485157", "#626b70", "#cfd6d3"
ACCENT, WARN, WASH, PAPER, CONTEXT = "#17577e", "#8f5f00", "#e3eef5", "#fbfcfa", "#646d72"
BAD = "#96202a"
"""Failed or broken, and nothing else; a mark and a word say the same without colour."""
COLOURS = ("#17577e", "#c07a1c", "#6f9a86", "#4a1f3a")
MARKERS = ("o", "s", "^", "D")
DASHED = (0, (5, 3))
WIDTH: dict[Size, float] = {"wide": 5.2, "narrow": 3.7}
TEXT = 9.0
"""Size of all text in points: 12 px on the screen."""

RC: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "suyuan",
    "savefig.transparent": True,
    "axes.facecolor": "none",
    "font.size": TEXT,
    "mathtext.fontset": "stix",
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.75,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "xtick.major.size": 4,
    "ytick.major.size": 4,
    "xtick.minor.size": 2.2,
    "ytick.minor.size": 2.2,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "errorbar.capsize": 3,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "legend.handletextpad": 0.5,
    "legend.borderaxespad": 0.2,
    "legend.labelspacing": 0.35,
    "patch.linewidth": 0,
    "axes.prop_cycle": cycler(color=list(COLOURS)),
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
}

FAMILIES = (
    *("Source Sans 3", "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei"),
    *("STIXGeneral", "DejaVu Sans"),
)
"""Faces in which text is measured; the page then sets it in its own. Of a collection matplotlib sees the first face."""


@cache
def settings() -> dict[str, Any]:
    """The house's settings with the faces that this machine has: matplotlib complains of every other one, each time."""
    here = {face.name for face in font_manager.fontManager.ttflist}
    return RC | {"font.family": [name for name in FAMILIES if name in here]}


# matplotlib's settings belong to the process: two requests that draw at once must not see each other's.
_lock = Lock()


def drawn(size: Size, height: float, paint: Callable[[Figure], None]) -> str:
    """A figure as SVG text, the same for the same values.

    size: the width for a page of 1280 or of 390 pixels; height: in inches; paint: what draws on the empty figure.
    """
    with _lock, mpl.rc_context(rc=settings()):  # type: ignore[arg-type, unused-ignore]
        figure = Figure(figsize=(WIDTH[size], height), layout="constrained", dpi=72)  # the resolution of SVG
        FigureCanvasSVG(figure)
        paint(figure)
        layout = figure.get_layout_engine()
        if figure.axes and layout is not None:  # laid out here, else `savefig` draws all of it once more for that
            layout.execute(figure)
        figure.set_layout_engine(None)
        out = BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return _upright_letters(_short(out.getvalue().decode("utf-8")))


P = ParamSpec("P")
KEPT = 256
"""Figures that a process keeps; some 50 kB each."""
_kept: OrderedDict[bytes, str] = OrderedDict()


def remembered(figure: Callable[P, str]) -> Callable[P, str]:
    """A figure that is drawn once for the same values: it is a function of its arguments alone, and drawing one takes
    longer than all the rest of a page. Arguments that cannot be told apart by their bytes are drawn each time."""

    @wraps(figure)
    def once(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            values = pickle.dumps((figure.__module__, figure.__qualname__, args, kwargs))
        except (pickle.PicklingError, AttributeError, TypeError):
            return figure(*args, **kwargs)
        key = sha256(values).digest()
        with _lock:
            if key in _kept:
                _kept.move_to_end(key)
                return _kept[key]
        made = figure(*args, **kwargs)
        with _lock:
            _kept[key] = made
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return made

    return once


_PATH = re.compile(r'(?<=\sd=")[^"]*(?=")')
_LONG = re.compile(r"-?\d+\.\d{3,}")


def _short(svg: str) -> str:
    """Outlines to a hundredth of a point: no eye and no printer tells more, and a page carries half the bytes."""

    def number(found: re.Match[str]) -> str:
        return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")

    return _PATH.sub(lambda found: _LONG.sub(number, found[0]).replace(" \n", " "), svg)


# ---------------------------------------------------------------- symbols of quantities


def italic(symbol: str) -> str:
    """The letters of a quantity's symbol as sloped ones, which an ordinary font has too.

    >>> italic("U") + " / nm"
    '𝑈 / nm'
    """
    return "".join(_SLOPED.get(letter, letter) for letter in symbol)


def _alphabet() -> dict[str, str]:
    latin = {chr(ord("A") + n): chr(0x1D434 + n) for n in range(26)}
    latin |= {chr(ord("a") + n): chr(0x1D44E + n) for n in range(26)}
    greek = {chr(0x3B1 + n): chr(0x1D6FC + n) for n in range(25)}
    return latin | greek | {"h": "\u210e"}


_SLOPED = _alphabet()
_STRAIGHT = {sloped: letter for letter, sloped in _SLOPED.items()}
_RUN = re.compile("[" + "".join(_STRAIGHT) + "]+")


def _upright_letters(svg: str) -> str:
    """Sloped letters as ordinary ones in italics: what is copied from the figure is then the letter itself."""

    def letters(found: re.Match[str]) -> str:
        text = "".join(_STRAIGHT[letter] for letter in found[0])
        return f"<tspan style=\"font-style: italic; font-family: 'STIX Two Text', 'Cambria', serif\">{text}</tspan>"

    return _RUN.sub(letters, svg)


# ---------------------------------------------------------------- axes and their numbers


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows: the quantity and its unit («» or «1» where it has none)."""

    name: str
    unit: str = ""

    def label(self, power: int = 0) -> str:
        """«name / unit»; numbers of very large or small quantities are multiples of a power of ten.

        >>> Axis("length", "m").label(-6)
        'length / (10⁻⁶ m)'
        """
        ten = "10" + str(power).translate(_RAISED)
        if self.unit in ("", "1"):
            return f"{self.name} / {ten}" if power else self.name
        return f"{self.name} / ({ten} {self.unit})" if power else f"{self.name} / {self.unit}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of(*values: ArrayLike) -> int:
    """The power of ten, a multiple of three, in which the numbers are short; 0 where they are so already, or where they
    differ in late digits only, which a power would hide behind the point."""
    numbers = np.concatenate([np.ravel(np.asarray(v, dtype=np.float64)) for v in values])
    numbers = numbers[np.isfinite(numbers)]
    largest = float(np.max(np.abs(numbers), initial=0.0))
    if largest == 0.0 or 1e-3 <= largest < 1e6 or (1.0 < largest < 1e12 and np.ptp(numbers) < 1e-3 * largest):
        return 0
    return max(-300, min(300, 3 * math.floor(math.log10(largest) / 3.0)))


def written(value: float, decimals: int) -> str:
    """A number as ticks bear it: real minus, groups of three from five digits on.

    >>> written(-12345.5, 1)
    '−12\u2009345.5'
    """
    whole, _, rest = f"{abs(value):.{decimals}f}".partition(".")
    sign = "\u2212" if value < 0.0 and float(f"{value:.{decimals}f}") != 0.0 else ""
    if len(whole) > 4:
        whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", "\u2009", whole)
    if len(rest) > 4:
        rest = re.sub(r"(\d{3})(?=\d)", "\\1\u2009", rest)
    return sign + whole + (f".{rest}" if rest else "")


def breadth(text: str) -> float:
    """About how wide a text is set, in points."""
    return TEXT * sum(1.0 if ord(c) > 0x2E7F and ord(c) < 0x1D000 else 0.25 if c in " .,\u2009" else 0.56 for c in text)


def number_axis(axis: Any, room: float) -> None:
    """Ticks at round numbers, as many as have room beside each other.

    axis: `plane.xaxis` or `plane.yaxis` with its limits set; room: its length in points.
    """
    low, high = sorted(axis.get_view_interval())
    across = axis.axis_name == "x"
    for most in range(8, 1, -1):
        places = ticker.MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        step = places[1] - places[0]
        places = places[(places >= low - 1e-9 * step) & (places <= high + 1e-9 * step)]
        labels = [written(float(place), decimals(float(step))) for place in places]
        need = sum(breadth(label) + 9.0 for label in labels) if across else 22.0 * len(labels)
        if need <= room or most == 2:
            break
    axis.set_major_locator(ticker.FixedLocator(places))
    axis.set_major_formatter(ticker.FixedFormatter(labels))
    axis.set_minor_locator(ticker.FixedLocator(_between(places, float(step), low, high)))


def decimals(step: float) -> int:
    """Decimals that tell ticks apart: 0.25 takes two, 0.2 one, 50 none."""
    first = max(0, -math.floor(math.log10(step) + 1e-9))
    return first if abs(round(step, first) - step) < 1e-6 * step else first + 1


def _between(places: Any, step: float, low: float, high: float) -> Any:
    """Four minor ticks between two major ones, or five where that is rounder."""
    parts = 4 if f"{step:e}"[0] == "2" else 5
    if places.size == 0:
        return places
    count = math.ceil((high - low) / step) + 1
    all_ = places[0] + step / parts * np.arange(-count * parts, (count + places.size) * parts)
    inside = all_[(all_ >= low) & (all_ <= high)]
    return inside[~np.isclose((inside - places[0]) / step, np.round((inside - places[0]) / step), atol=1e-6)]


def close(figure: Figure, gap: float) -> None:
    """Planes above each other with a gap of their height between them."""
    figure.set_layout_engine("constrained", hspace=gap)


def named(plane: Any, x: str, y: str) -> None:
    """The name of the abscissa at its right end, that of the ordinate upright at its top."""
    if x:
        plane.set_xlabel(x, loc="right", labelpad=2)
    if y:
        plane.set_title(y, loc="left", fontsize=TEXT, pad=8)


def span(*values: ArrayLike, margin: float = 0.04) -> tuple[float, float]:
    """The range of all finite numbers with a margin on both sides."""
    numbers = np.concatenate([np.ravel(np.asarray(v, dtype=np.float64)) for v in values])
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size == 0:
        return 0.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    room = margin * (high - low) or abs(high) * 0.1 or 1.0
    return low - room, high + room


def room_of(size: Size, taken: float = 46.0) -> float:
    """Length of an abscissa in points, about: the width without what the ordinate's numbers take."""
    return WIDTH[size] * 72.0 - taken


def checked(name: str, *arrays: ArrayLike) -> None:
    """Refuse what cannot be drawn: lengths that differ and numbers that are not finite."""
    lengths = {np.asarray(a).shape for a in arrays}
    if len(lengths) != 1:
        raise ValueError(f"{name}: lengths differ: {sorted(lengths)}")
    if not all(np.isfinite(np.asarray(a, dtype=np.float64)).all() for a in arrays):
        raise ValueError(f"{name}: a number is not finite")


def rising(values: Floats, least: int = 2) -> bool:
    """Whether there are at least so many numbers and each is greater than the one before.

    >>> rising(np.array([0.0, 1.0, 1.0])), rising(np.array([0.0])), rising(np.array([0.0, 1.0]))
    (False, False, True)
    """
    return values.size >= least and bool((np.diff(values) > 0.0).all())


def shortened(text: str, room: float) -> str:
    """The text, or its beginning with «…», so that it fits; the table beside the figure has all of it."""
    if breadth(text) <= room:
        return text
    kept = text
    while kept and breadth(kept + "…") > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"
