"""The fields of a document that a person typed: JSON in, values out, every fault a finding with a JSON pointer.

A typed certificate, an anchor and a statement share this reader. A number keeps the digits as they were typed: text is
preferred, a JSON number is taken by its source text and never passes through a float first. The canonical form (sorted
keys, NFC, UTF-8, numbers as text, nothing empty) makes the same typing give the same digest.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from suyuan.quantity.finding import Finding, Refused, Severity, finding, in_both

MAX_BYTES = 8_000_000
MAX_DIGITS = 40
MAX_TEXT = 4000
OFTEN = 100
"""Characters of a text up to which it is remembered as it was read: names, units, words of a table."""
MAX_DEPTH = 40
"""Objects and lists inside one another; what people and programs write here has a quarter of that."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_LANGUAGE = re.compile(r"[a-z]{2}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_MINUS = str.maketrans({"−": "-", "–": "-", "\u00a0": "", "\u2009": "", "\u202f": "", " ": ""})

FAULTS: Mapping[str, str] = {
    "Expecting value": "缺少一个值",
    "Expecting property name enclosed in double quotes": "缺少用双引号括起的名称",
    "Expecting ':' delimiter": "缺少冒号",
    "Expecting ',' delimiter": "缺少逗号",
    "Extra data": "结束以后还有别的内容",
    "Unterminated string starting at": "字符串没有结束",
    "Invalid control character at": "字符串中有控制字符",
    "Invalid \\escape": "反斜杠后的字符不对",
    "Invalid \\uXXXX escape": "\\u 之后不是四位十六进制数",
    "Illegal trailing comma before end of object": "对象的最后一项后多了一个逗号",
    "Illegal trailing comma before end of array": "列表的最后一项后多了一个逗号",
}
"""What the parser of JSON says → the same in Chinese."""


class Printed(str):
    """A JSON number as its source text, so that 50.000 stays 50.000."""


@dataclass(frozen=True, slots=True)
class Number:
    """A typed number. value: the float; printed: its digits (ASCII, without spaces)."""

    value: float
    printed: str


@dataclass
class Fields:
    """One JSON object being read; `found` is shared by all objects of a document."""

    content: Mapping[str, Any]
    pointer: str = ""
    found: list[Finding] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def where(self, *path: object) -> str:
        """JSON pointer (RFC 6901) of a place below this object."""
        pointer = self.pointer
        for part in path:
            word = str(part)
            pointer += "/" + (word.replace("~", "~0").replace("/", "~1") if "~" in word or "/" in word else word)
        return pointer

    def report(self, code: str, *path: object, severity: Severity = "error", **parameters: object) -> None:
        """Add a finding about a place below this object."""
        self.found.append(finding(code, self.where(*path), severity, "", **parameters))

    def has(self, key: str) -> bool:
        """Whether a field is filled in; null and empty text count as not filled in."""
        self.asked.add(key)
        value = self.content.get(key)
        return bool(value) or (value is not None and value != "" and value != [] and value != {})

    def _take(self, key: str, required: bool) -> Any:
        self.asked.add(key)
        value = self.content.get(key)
        if value or (value is not None and self.has(key)):
            return value
        if required:
            self.report("typed.field.missing", key, field=key)
        return None

    def text(self, key: str, required: bool = False) -> str:
        """A text, NFC and without outer blanks; «» where it is absent."""
        self.asked.add(key)
        value = self.content.get(key)
        if type(value) is str and 0 < len(value) <= OFTEN and (known := _plain(value)):
            return known
        if value is None and not required:
            return ""
        value = self._take(key, required)
        if value is None:
            return ""
        if not isinstance(value, str) or isinstance(value, Printed):
            self.report("typed.field.type", key, field=key, expected_zh="文字", expected_en="text")
            return ""
        text = unicodedata.normalize("NFC", value).strip()
        if len(text) > MAX_TEXT or any(ord(c) < 32 and c not in "\t\n" for c in text):
            self.report("typed.field.text", key, field=key, limit=MAX_TEXT)
            return ""
        if required and not text:
            self.report("typed.field.missing", key, field=key)
        return text

    def choice(self, key: str, allowed: Iterable[str], default: str = "") -> str:
        """One of a few words; a wrong one names the nearest."""
        words = tuple(allowed)
        text = self.text(key, required=not default) or default
        if text and text not in words:
            near = _nearest(text, words)
            self.report("typed.field.choice", key, field=key, given=text, allowed=", ".join(words), nearest=near)
            return ""
        return text

    def names(self, key: str, required: bool = False) -> Mapping[str, str]:
        """A text in several languages: an object «zh», «en» → text, or one text without a language."""
        value = self._take(key, required)
        if value is None:
            return {}
        if isinstance(value, str) and not isinstance(value, Printed):
            text = self.text(key, required)
            return {"": text} if text else {}
        if type(value) is not dict and not isinstance(value, Mapping):
            self.report("typed.field.type", key, field=key, expected_zh="文字", expected_en="text")
            return {}
        inner = Fields(value, self.where(key), self.found)
        foreign = [language for language in value if not _LANGUAGE.fullmatch(language)]
        for language in foreign:
            inner.report("typed.field.language", language, given=language)
        known = [language for language in value if language not in foreign] if foreign else value
        return {language: text for language in known if (text := inner.text(language))}

    def day(self, key: str, required: bool = False) -> date | None:
        """A date YYYY-MM-DD that exists."""
        text = self.text(key, required)
        if not text:
            return None
        try:
            if _DATE.fullmatch(text) is None:
                raise ValueError(text)
            return date.fromisoformat(text)
        except ValueError:
            self.report("typed.date.impossible", key, field=key, given=text)
            return None

    def number(self, key: str, required: bool = False) -> Number | None:
        """One number with its digits; None where absent or wrong (a finding tells which)."""
        value = self._take(key, required)
        return None if value is None else self.one_number(value, key)

    def numbers(self, key: str, required: bool = False) -> tuple[Number, ...]:
        """One number or a list of numbers; empty where absent or where any of them is wrong."""
        value = self._take(key, required)
        if value is None:
            return ()
        if not isinstance(value, list):
            one = self.one_number(value, key)
            return () if one is None else (one,)
        read = [self.one_number(v, key, i) for i, v in enumerate(value)]
        good = tuple(n for n in read if n is not None)
        return good if len(good) == len(value) else ()

    def one_number(self, value: object, *path: object) -> Number | None:
        """A value as a number; what is not one becomes a finding at `path`."""
        if not isinstance(value, str):
            self.report("typed.number.syntax", *path, given=_shown(value))
            return None
        if value.isascii() and len(value) <= MAX_DIGITS and _NUMBER.fullmatch(value):
            number = float(value)
            if math.isfinite(number):
                return Number(number, str(value))
        text = unicodedata.normalize("NFKC", value).translate(_MINUS)
        if len(text) > MAX_DIGITS:
            self.report("typed.number.long", *path, digits=len(text), limit=MAX_DIGITS)
        elif _NOT_FINITE.fullmatch(text):
            self.report("typed.number.not_finite", *path, given=_shown(value))
        elif _NUMBER.fullmatch(text) is None or not text.isascii():
            self.report("typed.number.syntax", *path, given=_shown(value))
        elif not math.isfinite(float(text)):
            self.report("typed.number.not_finite", *path, given=_shown(value))
        else:
            return Number(float(text), text)
        return None

    def whole(self, key: str) -> int | None:
        """A whole number, or None."""
        number = self.number(key)
        if number is None:
            return None
        if number.value != int(number.value):
            self.report("typed.field.type", key, field=key, expected_zh="整数", expected_en="whole number")
            return None
        return int(number.value)

    def inner(self, key: str, required: bool = False) -> Fields | None:
        """An object below this one."""
        value = self._take(key, required)
        if value is None:
            return None
        if type(value) is not dict and not isinstance(value, Mapping):
            self.report("typed.field.type", key, field=key, expected_zh="一个对象 {…}", expected_en="object")
            return None
        return Fields(value, self.where(key), self.found)

    def several(self, key: str, required: bool = False) -> tuple[Fields, ...]:
        """A list of objects below this one."""
        value = self._take(key, required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(type(v) is dict or isinstance(v, Mapping) for v in value):
            self.report("typed.field.type", key, field=key, expected_zh="对象的列表", expected_en="list of objects")
            return ()
        return tuple(Fields(v, self.where(key, i), self.found) for i, v in enumerate(value))

    def close(self) -> None:
        """Warn about every key that nobody asked for, naming the nearest one that is known."""
        if self.content.keys() <= self.asked:
            return
        for key in sorted(set(self.content) - self.asked):
            self.report("typed.field.unknown", key, severity="warning", field=key, nearest=_nearest(key, self.asked))


def open_document(document: bytes, kind: str, limit: int = MAX_BYTES) -> tuple[Fields | None, list[Finding]]:
    """The fields of a JSON document whose key «suyuan» names the kind, or None with the finding that says why."""
    if len(document) > limit:
        return None, [finding("typed.json.too_large", size=len(document), limit=limit)]
    repeated: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            keys = [k for k, _ in items]
            repeated.extend(k for k in made if keys.count(k) > 1)
        return made

    try:
        content = json.loads(
            document.decode("utf-8-sig"),
            parse_float=Printed,
            parse_int=Printed,
            parse_constant=Printed,
            object_pairs_hook=pairs,
        )
    except UnicodeDecodeError as error:
        return None, [finding("typed.json.encoding", f"byte {error.start}")]
    except json.JSONDecodeError as error:
        said = in_both("message", {"zh": FAULTS.get(error.msg, "写法不对"), "en": error.msg})
        return None, [finding("typed.json.broken", f"line {error.lineno} column {error.colno}", **said)]
    except RecursionError:
        return None, [finding("typed.json.too_deep")]
    if _too_deep(content):
        return None, [finding("typed.json.too_deep")]
    if _SURROGATE.search(document) and not _encodable(content):
        return None, [finding("typed.json.encoding", "\\ud800")]
    if not isinstance(content, dict) or content.get("suyuan") != kind:
        given = content.get("suyuan", "") if isinstance(content, dict) else type(content).__name__
        return None, [finding("typed.kind", "/suyuan", expected=kind, given=_shown(given))]
    fields = Fields(content, "", [finding("typed.json.repeated", "/" + k, field=k) for k in sorted(set(repeated))])
    fields.asked.add("suyuan")
    return fields, fields.found


@lru_cache(maxsize=16384)
def _plain(text: str) -> str:
    """A short text as it is kept, since the same ones come again and again; «» where it needs a closer look."""
    kept = unicodedata.normalize("NFC", text).strip()
    return "" if any(ord(c) < 32 and c not in "\t\n" for c in kept) else kept


def _too_deep(content: Any) -> bool:
    """Whether objects and lists stand inside one another more than `MAX_DEPTH` deep."""
    level = [content] if isinstance(content, dict | list) else []
    for _ in range(MAX_DEPTH + 1):
        inner = [c.values() if type(c) is dict else c for c in level]
        level = [v for values in inner for v in values if type(v) is dict or type(v) is list]
        if not level:
            return False
    return True


def _encodable(content: Any) -> bool:
    """Whether every text is one: half of a surrogate pair, which JSON can escape, stands for no character."""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def canonical(fields: Mapping[str, Any]) -> bytes:
    """Fields as canonical JSON: sorted keys, NFC, UTF-8, numbers as text, nothing empty, no outer blanks.

    Raises Refused for half of a surrogate pair, which is no character.

    >>> canonical({"b": 2.50, "a": " x ", "c": None, "d": {"e": ""}})
    b'{"a":"x","b":"2.5"}'
    """
    text = json.dumps(_tidy(fields), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused(finding("typed.json.encoding", ascii(error.object[error.start]))) from None


def _tidy(value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = {unicodedata.normalize("NFC", str(k)): _tidy(v) for k, v in value.items()}
        return {k: v for k, v in inner.items() if v is not None and v != "" and v != {} and v != []}
    if isinstance(value, (list, tuple)):
        return [_tidy(v) for v in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return unicodedata.normalize("NFC", str(value)).strip()


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), 1, 0.5)
    return near[0] if near else ""


def _shown(value: object) -> str:
    text = json.dumps(value) if value is None or isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
