"""The find box and the filters of the list: number, quantity, unit, body; every word must be met somewhere.

A word that is a unit finds every quantity that can be given in it, so `nm` finds a length stated in millimetres; a word
that is a quantity's name (长度, length, temperature) finds its dimension.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Q
from django.http import QueryDict

from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit
from suyuan.site.records.document import CERTIFICATES, KINDS, STATES, Document, Documents, Stated

LONGEST = 200
MOST_WORDS = 8
PAGE = 25
DIMENSIONS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "1,0,0,0,0,0,0": ("长度", "length", ("m", "偏差", "直径", "diameter")),
    "2,0,0,0,0,0,0": ("面积", "area", ("m^2",)),
    "3,0,0,0,0,0,0": ("体积", "volume", ("m^3", "容量")),
    "0,1,0,0,0,0,0": ("质量", "mass", ("kg",)),
    "0,0,1,0,0,0,0": ("时间", "time", ("s",)),
    "0,0,-1,0,0,0,0": ("频率", "frequency", ("Hz",)),
    "0,0,0,1,0,0,0": ("电流", "electric current", ("A", "current")),
    "0,0,0,0,1,0,0": ("温度", "temperature", ("K",)),
    "0,0,0,0,0,1,0": ("物质的量", "amount of substance", ("mol",)),
    "0,0,0,0,0,0,1": ("发光强度", "luminous intensity", ("cd",)),
    "1,1,-2,0,0,0,0": ("力", "force", ("N",)),
    "-1,1,-2,0,0,0,0": ("压力", "pressure", ("Pa", "压强")),
    "2,1,-2,0,0,0,0": ("能量或力矩", "energy or torque", ("J", "energy", "torque", "能量", "力矩", "扭矩")),
    "2,1,-3,0,0,0,0": ("功率", "power", ("W",)),
    "2,1,-3,-1,0,0,0": ("电压", "voltage", ("V",)),
    "2,1,-3,-2,0,0,0": ("电阻", "resistance", ("ohm",)),
    "-3,1,0,0,0,0,0": ("密度", "density", ("kg/m^3",)),
    "3,0,-1,0,0,0,0": ("体积流量", "volume flow", ("m^3/s", "flow", "流量")),
    "1,0,-2,0,0,0,0": ("加速度", "acceleration", ("m/s^2",)),
    "0,0,0,0,0,0,0": ("量纲一", "dimension one", ("1", "比值", "ratio")),
}
"""Exponents of m, kg, s, A, K, mol, cd → name in Chinese and English, and further words that mean it."""

SORTS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "issuer"),
    "issuer": ("issuer", "number"),
    "name": ("name_zh", "name_en", "number"),
    "issued": ("issued", "number"),
    "valid_until": ("valid_until", "number"),
    "touches": ("touches", "number"),
    "state": ("state", "valid_until", "number"),
    "added": ("added", "number"),
}
"""Name of a sort → the columns of the table; a minus before the name turns the first one round."""
USUAL = "-issued"
CHAINS = ("broken", "unknown", "complete")


@dataclass(frozen=True)
class Asked:
    """What a reader asked of the list. quantity: a dimension; page: from 1 on."""

    words: str = ""
    kind: str = ""
    state: str = ""
    chain: str = ""
    quantity: str = ""
    sort: str = USUAL
    page: int = 1

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """From the address; what is not understood is as if it had not been asked."""

        def one(name: str, allowed: Any) -> str:
            value = query.get(name, "")
            return value if value in allowed else ""

        sort, page = query.get("sort", USUAL), query.get("page", "1")
        return cls(
            query.get("q", "").replace("\x00", "").strip()[:LONGEST],
            one("kind", (*KINDS, "all")),
            one("state", STATES),
            one("chain", CHAINS),
            one("quantity", DIMENSIONS),
            sort if sort.removeprefix("-") in SORTS else USUAL,
            min(int(page), 100_000) if page.isascii() and page.isdigit() and 0 < len(page) < 7 and int(page) else 1,
        )

    def address(self, **change: Any) -> str:
        """`?…` of the same question with something else; a change other than of the page starts at the first one."""
        other = replace(self, **({"page": 1} | change))
        usual = Asked()
        names = {"words": "q"}
        rows = {names.get(k, k): v for k, v in vars(other).items() if v != getattr(usual, k)}
        return f"?{urlencode(rows)}" if rows else "?"

    @property
    def filtered(self) -> bool:
        return bool(self.words or self.kind or self.state or self.chain or self.quantity)


def find(asked: Asked, day: date, due: date) -> Documents:
    """The rows that answer a question, sorted."""
    rows = Document.objects.on(day, due)
    if asked.kind and asked.kind != "all":
        rows = rows.filter(kind=asked.kind)
    elif not asked.kind and not asked.words:
        rows = rows.filter(kind__in=CERTIFICATES)
    if asked.state:
        rows = rows.filter(Q(state=asked.state))
    if asked.chain:
        rows = rows.filter(chain=asked.chain)
    if asked.quantity:
        rows = rows.filter(_states(Q(dimension=asked.quantity)))
    for word in asked.words.split()[:MOST_WORDS]:
        rows = rows.filter(_meets(word))
    first, *others = SORTS[asked.sort.removeprefix("-")]
    column = F(first)
    turned = column.desc(nulls_last=True) if asked.sort.startswith("-") else column.asc(nulls_last=True)
    return rows.order_by(turned, *others, "digest")


def only(asked: Asked) -> Document | None:
    """The one certificate or result that bears exactly this number, where nothing else was asked."""
    if not asked.words or asked != Asked(asked.words):
        return None
    kinds = (*CERTIFICATES, "result")
    exact = Document.objects.filter(number__iexact=asked.words, kind__in=kinds)[:2]
    if len(exact) == 1:
        return exact[0]
    if len(asked.words) >= 8 and set(asked.words.casefold()) <= set("0123456789abcdef"):
        found = Document.objects.filter(digest__startswith=asked.words.casefold())[:2]
        return found[0] if len(found) == 1 else None
    return None


def _meets(word: str) -> Q:
    met = Q(search__contains=word.casefold()) | Q(digest__startswith=word.casefold())
    for dimension in dimensions(word):
        met |= Q(_states(Q(dimension=dimension)))
    return met


def _states(condition: Q) -> Exists:
    return Exists(Stated.objects.filter(condition, document=OuterRef("pk")))


def dimensions(word: str) -> tuple[str, ...]:
    """The dimensions that a word means: the name of a quantity, or a unit."""
    low = word.casefold()
    named = [key for key, (zh, en, more) in DIMENSIONS.items() if low in (zh, en) or (len(low) > 1 and low in more[1:])]
    if named:
        return tuple(named)
    try:
        unit = parse_unit(word)
    except Refused:
        return ()
    return (",".join(str(e) for e in unit.dimension),) if any(unit.dimension) else ()
