"""SML (smart message language, IEC 62056-5-8 draft; BSI TR-03109-1 annex): type-length-value bytes as lists.

Only what a signed list response needs: octet strings, integers, lists. Bytes in, values and places out; whatever does
not parse is told by the position of the byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

START = bytes.fromhex("1b1b1b1b01010101")
ESCAPE = bytes.fromhex("1b1b1b1b")
_END = bytes.fromhex("1b1b1b1b1a")
_DEEP = 16
_OCTETS, _BOOLEAN, _SIGNED, _UNSIGNED, _LIST = 0, 4, 5, 6, 7
GET_LIST_RESPONSE = 0x0701


class Broken(Exception):
    """The bytes are no SML; `at`: where."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


@dataclass(frozen=True, slots=True)
class Transport:
    """A file as sent. messages: each a list; sound: whether its checksum fits."""

    messages: tuple[Any, ...]
    sound: bool


def transport(content: bytes) -> Transport:
    """The messages of one SML file. Raises Broken.

    content: from the escape sequence that begins it to the one that ends it, with fill bytes and checksum.
    """
    begin = content.find(START)
    end = content.rfind(_END)
    if begin < 0 or end < begin or len(content) < end + len(_END) + 3:
        raise Broken(max(begin, 0))
    stop = end + len(_END) + 1
    stated = content[stop : stop + 2]
    body = content[begin + len(START) : end]
    messages, at = [], 0
    while at < len(body) and body[at] != 0:
        message, at = _value(body, at, 0)
        messages.append(message)
    return Transport(tuple(messages), crc(content[begin:stop]) == int.from_bytes(stated, "little"))


def crc(content: bytes) -> int:
    """CRC-16/X-25, the checksum of the transport.

    >>> hex(crc(b"123456789"))
    '0x906e'
    """
    register = 0xFFFF
    for byte in content:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0x8408 if register & 1 else 0)
    return register ^ 0xFFFF


def _value(body: bytes, at: int, depth: int) -> tuple[Any, int]:
    """One value and where the next begins; an optional value that is absent is None."""
    start = at
    if at >= len(body) or depth > _DEEP:
        raise Broken(at)
    first = body[at]
    if first == 0:  # the end of a message
        return None, at + 1
    kind, size = (first >> 4) & 7, first & 15
    while body[at] & 0x80:
        at += 1
        if at >= len(body):
            raise Broken(start)
        size = size << 4 | (body[at] & 15)
    at += 1
    if kind == _LIST:
        made = []
        for _ in range(size):
            one, at = _value(body, at, depth + 1)
            made.append(one)
        return made, at
    stop = start + size
    if stop > len(body) or stop < at or kind not in (_OCTETS, _BOOLEAN, _SIGNED, _UNSIGNED):
        raise Broken(start)
    raw = body[at:stop]
    if kind == _OCTETS:
        return (raw or None), stop
    return int.from_bytes(raw, "big", signed=kind == _SIGNED), stop


def list_responses(messages: tuple[Any, ...]) -> list[list[Any]]:
    """The bodies of get-list responses: client, server, name, sensor time, values, signature, gateway time."""
    found = []
    for message in messages:
        body = message[3] if isinstance(message, list) and len(message) >= 4 else None
        if isinstance(body, list) and len(body) == 2 and body[0] == GET_LIST_RESPONSE:
            inner = body[1]
            if isinstance(inner, list) and len(inner) >= 6:
                found.append(inner)
    return found
