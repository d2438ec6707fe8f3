"""Packets of HJ 212 in a stream of bytes: where each begins and ends, its length, its checksum, its two parts.

A packet is `##`, four digits of length, the data, four hexadecimal digits of CRC, and a line end, which some files
write as text. Nothing is dropped: a packet whose length or checksum is wrong keeps its data and says so. All packets
are done at once, in columns; nothing here makes an object for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = 6
"""`##` and four digits."""
_POLYNOMIAL = 0xA001
LARGEST = 9999
"""The longest data that four digits can state; a packet that goes on without an end is cut there for the checksum."""


@dataclass(frozen=True, slots=True, eq=False)
class Packets:
    """Packets in their order. begin, end (n,): the data in the bytes; stated, counted (n,): length as stated (−1 where
    no number) and as found; crc, computed (n,): checksum as stated (−1 where none) and as computed; outside: bytes
    between packets that belong to none; first_outside: where the first of them stands."""

    content: bytes
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    stated: NDArray[np.int64]
    crc: NDArray[np.int64]
    computed: NDArray[np.int64]
    outside: int
    first_outside: int

    @property
    def counted(self) -> NDArray[np.int64]:
        return self.end - self.begin

    @property
    def length_fits(self) -> NDArray[np.bool_]:
        return np.asarray(self.stated == self.counted)

    @property
    def checksum_fits(self) -> NDArray[np.bool_]:
        return np.asarray(self.crc == self.computed)

    def texts(self) -> pa.Array:
        """The data of each packet as bytes (n,)."""
        import pyarrow as pa

        # Every second stretch between these places is a packet's data; the others are what lies between.
        places = np.stack([self.begin, self.end], axis=1).ravel().astype(np.int64)
        every = pa.Array.from_buffers(
            pa.large_binary(), len(places) - 1, [None, pa.py_buffer(places), pa.py_buffer(self.content)]
        )
        return every.take(pa.array(np.arange(0, len(places) - 1, 2)))


def packets(content: bytes) -> Packets:
    """The packets of a stream.

    >>> sent = (b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"
    ...         b"CP=&&RtdInterval=30&&1C80")  # HJ 212-2017, appendix A
    >>> one = packets(sent)
    >>> one.stated.tolist(), one.length_fits.tolist(), one.checksum_fits.tolist()
    ([101], [True], [True])
    """
    body = np.frombuffer(content, dtype=np.uint8)
    start, stop, stated = _starts(body)
    trimmed = _trimmed(body, start, stop)
    close = start + HEAD + stated + 4
    fits = (stated >= 0) & (close <= trimmed)
    fits &= (close == trimmed) | _line_end(body, close)
    beyond = np.where(fits, trimmed - close, 0)
    trimmed = np.where(fits, close, trimmed)
    # Where the length is not right, the packet ends where the next one begins, and its last four digits are the CRC.
    begin = np.minimum(start + HEAD, trimmed)
    stands = fits | (_number(body, trimmed - 4, trimmed - 4 >= begin, 16) >= 0)
    end = np.where(stands, np.maximum(trimmed - 4, begin), trimmed)
    crc = _number(body, end, stands & (end + 4 == trimmed), 16)
    first = int(start[0]) if len(start) else len(body)
    outside = len(content[:first].strip()) + int(beyond.sum())
    where = 0 if first else int(close[np.argmax(beyond > 0)]) if beyond.any() else 0
    return Packets(content, begin, end, stated, crc, checksums(body, begin, end), outside, where)


def _starts(body: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where packets begin and the next begin, and the lengths that they state."""
    marks = np.flatnonzero((body[:-1] == 35) & (body[1:] == 35)) if len(body) > 1 else np.zeros(0, np.int64)
    stated = _number(body, marks + 2, np.ones(len(marks), dtype=bool), 10)
    keep = np.ones(len(marks), dtype=bool)
    if len(marks) > 1:
        # `##` inside the data of a packet whose stated length leads to a line end is no beginning, and of `###` one is.
        close = np.flatnonzero(np.diff(marks) < HEAD)
        keep[np.where(stated[close] < 0, close, close + 1)] = False
        reach = marks + HEAD + stated + 4
        covers = np.flatnonzero((stated >= 0) & (reach > np.append(marks[1:], len(body))) & (reach <= len(body)))
        for at in covers:
            if not keep[at] or not _line_end(body, reach[at : at + 1])[0]:
                continue
            keep[at + 1 : np.searchsorted(marks, reach[at])] = False
    marks, stated = marks[keep], stated[keep]
    return marks, np.append(marks[1:], len(body))[: len(marks)], stated


def _line_end(body: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a line end, written either way, stands at each place, or the end of the bytes."""
    inside = (at >= 0) & (at < len(body))
    one = body[np.where(inside, at, 0)] if len(body) else np.zeros(len(at), np.uint8)
    two = body[np.where(inside & (at + 1 < len(body)), at + 1, 0)] if len(body) else one
    escaped = (one == 92) & ((two == 114) | (two == 110))
    return np.asarray((at == len(body)) | (inside & ((one == 13) | (one == 10) | escaped)))


def _trimmed(body: NDArray[np.uint8], start: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.int64]:
    """The end of each packet without its line end, which may be written as the text of its escapes, and blanks."""
    at = stop.copy()
    live = np.arange(len(at))
    while len(live):
        live = live[at[live] > start[live] + 3]
        last, before = body[at[live] - 1], body[at[live] - 2]
        blank = (last == 32) | (last == 9) | (last == 13) | (last == 10)
        escaped = (before == 92) & ((last == 114) | (last == 110))
        at[live] -= np.where(blank, 1, np.where(escaped, 2, 0))
        live = live[blank | escaped]
    return at


_DIGIT = np.full(256, 99, dtype=np.int64)
for _at, _codes in ((0, b"0123456789"), (10, b"abcdef"), (10, b"ABCDEF")):
    for _n, _code in enumerate(_codes):
        _DIGIT[_code] = _at + _n


def _number(body: NDArray[np.uint8], at: NDArray[np.int64], wanted: NDArray[np.bool_], base: int) -> NDArray[np.int64]:
    """Four digits as a number, −1 where they are none."""
    made = np.full(len(at), -1, dtype=np.int64)
    rows = np.flatnonzero(wanted & (at >= 0) & (at + 4 <= len(body)))
    if not len(rows):
        return made
    digits = _DIGIT[body[at[rows, None] + np.arange(4)]]
    good = (digits < base).all(axis=1)
    made[rows[good]] = digits[good] @ (base ** np.arange(3, -1, -1))
    return made


def checksums(body: NDArray[np.uint8], begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """«ANSI CRC16» of HJ 212 for many packets at once (n,): each byte meets the high half of the register.

    r ← T[(r >> 8) ^ byte], T the table of the polynomial A001, r = FFFF at first. It is not the CRC of Modbus.
    Source: HJ 212-2017, appendix A.

    >>> body = np.frombuffer(b"QN=1;", dtype=np.uint8)
    >>> f"{int(checksums(body, np.array([0]), np.array([5]))[0]):04X}"
    '5780'
    """
    table = _table()
    size = np.minimum(end - begin, LARGEST + 4)
    order = np.argsort(-size, kind="stable")
    register = np.full(len(size), 0xFFFF, dtype=np.int64)
    first, falling = begin[order], -size[order]
    state = register[order]
    for position in range(int(size.max(initial=0))):
        live = int(np.searchsorted(falling, -position, side="left"))
        state[:live] = table[(state[:live] >> 8) ^ body[first[:live] + position]]
    register[order] = state
    return register


def _table() -> NDArray[np.int64]:
    made = np.arange(256, dtype=np.int64)
    for _ in range(8):
        made = np.where(made & 1, (made >> 1) ^ _POLYNOMIAL, made >> 1)
    return made


def split(texts: Any, pattern: str) -> tuple[Any, NDArray[np.int64]]:
    """Texts cut at a pattern: the pieces, and the number of the text that each came from."""
    import pyarrow.compute as pc

    listed = pc.split_pattern(texts, pattern)
    return pc.list_flatten(listed), np.asarray(pc.list_parent_indices(listed), dtype=np.int64)


def pairs(pieces: Any) -> tuple[NDArray[np.bool_], Any, Any]:
    """«key=value» cut at the first «=»: which pieces are such, and of those the keys without blanks and the values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cut = pc.split_pattern(pieces, "=", max_splits=1)
    valid = np.asarray(pc.equal(pc.list_value_length(cut), 2))
    both = pc.list_flatten(cut.take(pa.array(np.flatnonzero(valid))))
    at = np.arange(0, len(both), 2)
    return valid, pc.utf8_trim_whitespace(both.take(pa.array(at))), both.take(pa.array(at + 1))
