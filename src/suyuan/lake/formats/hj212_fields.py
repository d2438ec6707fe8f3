"""The fields inside HJ 212 packets as columns: header, measured values, and the device's flag that belongs to each.

`CP=&&DataTime=…;CODE-Rtd=…,CODE-Flag=N;…&&`: a semicolon parts factors, a comma the fields of one factor. A flag
belongs to the values of its factor in the same group, else to those of its factor in the same packet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.hj212_packets import pairs, split

if TYPE_CHECKING:
    import pyarrow as pa

HEADER = ("QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO")
FLAG = "Flag"
NAMED = 200
"""Different names of unread fields that are told by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """header: key → texts (n,) of the packets; data_time: texts (n,); readable (n,): packets with a data area.

    keys: the different keys «CODE-Kind» of values; key, packet (m,): of each value; text (m,): as sent; flag (m,):
    index into flags, 0 for none; unread: name → how many fields; twice: where a key stands again in its packet.
    """

    header: dict[str, NDArray[Any]]
    data_time: Any
    readable: NDArray[np.bool_]
    keys: tuple[str, ...]
    key: NDArray[np.int64]
    packet: NDArray[np.int64]
    text: Any
    flag: NDArray[np.int64]
    flags: tuple[str, ...]
    unread: Counter[str]
    twice: NDArray[np.int64]


def fields(texts: pa.Array, kinds: frozenset[str]) -> Fields:
    """The fields of packets.

    texts (n,): their data; kinds: endings of keys that are values («Rtd», «Avg»).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    count = len(texts)
    parts = pc.split_pattern(texts, "CP=&&", max_splits=1)
    readable = np.asarray(pc.equal(pc.list_value_length(parts), 2))
    unread: Counter[str] = Counter()
    header = _header(pc.list_element(parts, 0), count, unread)
    there = np.flatnonzero(readable)
    area = pc.list_element(parts.take(pa.array(there)), 1)
    groups, of_packet = split(pc.list_element(pc.split_pattern(area, "&&", max_splits=1), 0), ";")
    of_packet = there[of_packet]
    pieces, group = split(groups, ",")
    packet = of_packet[group]
    valid, key, value = pairs(pieces)
    stray = pc.utf8_trim_whitespace(pieces.take(pa.array(np.flatnonzero(~valid))))
    unread["field without a key"] += int(np.asarray(pc.not_equal(stray, "")).sum())
    kept = np.flatnonzero(valid)
    coded = key.dictionary_encode()
    known = tuple(coded.dictionary.to_pylist())
    at, group, packet = np.asarray(coded.indices, dtype=np.int64), group[kept], packet[kept]
    role = np.array([_role(k, kinds) for k in known] or [0], dtype=np.int64)[at]
    _count(known, at, role, unread)
    data_time = _by_packet(value, packet, role == _TIME, count)
    chosen = np.flatnonzero(role == _VALUE)
    flag, flags = _flags(known, at, group, packet, role, value, chosen)
    rows = pa.array(chosen)
    twice = _repeated(packet[chosen] * max(len(known), 1) + at[chosen])
    return Fields(
        header, data_time, readable, known, at[chosen], packet[chosen], value.take(rows), flag, flags, unread, twice
    )


_UNREAD, _TIME, _VALUE, _MARK = range(4)


def _role(key: str, kinds: frozenset[str]) -> int:
    if key == "DataTime":
        return _TIME
    code, dash, kind = key.rpartition("-")
    if not dash or not code:
        return _UNREAD
    return _VALUE if kind in kinds else _MARK if kind == FLAG else _UNREAD


def _header(head: Any, count: int, unread: Counter[str]) -> dict[str, NDArray[Any]]:
    """The header of each packet by key; the password is not kept."""
    import pyarrow.compute as pc

    pieces, packet = split(head, ";")
    valid, given, value = pairs(pieces)
    kept = np.flatnonzero(valid)
    coded = given.dictionary_encode()
    keys, at = coded.dictionary.to_pylist(), np.asarray(coded.indices, dtype=np.int64)
    found = {}
    for key in HEADER:
        if key != "PW":
            mine = at == (keys.index(key) if key in keys else -1)
            texts = _by_packet(value, packet[kept], mine, count)
            found[key] = np.asarray(pc.utf8_trim_whitespace(texts).to_numpy(zero_copy_only=False), dtype=object)
    other = np.array([_UNREAD if k not in HEADER else _TIME for k in keys] or [0], dtype=np.int64)[at]
    _count(tuple(keys), at, other, unread, "header ")
    return found


def _by_packet(value: Any, packet: NDArray[np.int64], mine: NDArray[np.bool_], count: int) -> Any:
    """Some values by their packet (n,), the last one where there are several; «» where there is none."""
    import pyarrow as pa

    rows = np.flatnonzero(mine)
    where = np.full(count, -1, dtype=np.int64)
    where[packet[rows]] = rows
    texts = value.take(pa.array(where, mask=where < 0))
    return texts.cast(pa.string()).fill_null("")


def _count(
    known: tuple[str, ...], at: NDArray[np.int64], role: NDArray[np.int64], unread: Counter[str], before: str = ""
) -> None:
    """Unread fields by the ending of their key («-ValidNum»), or by the key where it has none."""
    number = np.bincount(at[role == _UNREAD], minlength=len(known))
    for index in np.flatnonzero(number):
        code, dash, kind = known[index].rpartition("-")
        name = f"{before}{dash}{kind}"[:40] if dash and code else f"{before}{known[index]}"[:40]
        unread[name if name in unread or len(unread) < NAMED else "further fields"] += int(number[index])


def _flags(
    known: tuple[str, ...], at: NDArray[np.int64], group: NDArray[np.int64], packet: NDArray[np.int64],
    role: NDArray[np.int64], value: Any, chosen: NDArray[np.int64],
) -> tuple[NDArray[np.int64], tuple[str, ...]]:  # fmt: skip
    """The flag of each value: of its factor in its group, else of its factor in its packet."""
    import pyarrow as pa
    import pyarrow.compute as pc

    marks = np.flatnonzero(role == _MARK)
    made = np.zeros(len(chosen), dtype=np.int64)
    if not len(marks) or not len(chosen):
        return made, ("",)
    coded = pc.utf8_trim_whitespace(value.take(pa.array(marks))).dictionary_encode()
    texts = coded.dictionary.to_pylist()
    flags = ("", *(t for t in texts if t))
    index = np.array([flags.index(t) if t else 0 for t in texts], dtype=np.int64)[np.asarray(coded.indices)]
    codes = {code: n for n, code in enumerate(dict.fromkeys(k.rpartition("-")[0] for k in known))}
    code = np.array([codes[k.rpartition("-")[0]] for k in known], dtype=np.int64)[at]
    for place in (group, packet):
        open_ = np.flatnonzero(made == 0)
        wanted = place[chosen[open_]] * len(codes) + code[chosen[open_]]
        has = place[marks] * len(codes) + code[marks]
        order = np.argsort(has, kind="stable")
        spot = np.minimum(np.searchsorted(has[order], wanted), len(has) - 1)
        hit = has[order][spot] == wanted
        made[open_[hit]] = index[order][spot[hit]]
    return made, flags


def _repeated(name: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where a name stands for the second time or later."""
    order = np.argsort(name, kind="stable")
    again = order[1:][name[order][1:] == name[order][:-1]]
    return np.sort(again)
