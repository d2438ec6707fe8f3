"""The short ways of reading a field give what the long ways give, for whatever stands there."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from suyuan.quantity.fields import MAX_TEXT, OFTEN, Fields, Printed

ODD = ["", " ", " x ", "\t", "e\u0301", "\u00e9", "a\x01", "a\tb", "\u3000量块 ", "x" * OFTEN, " " * OFTEN + "x",
       "x" * (MAX_TEXT + 1), Printed("5"), True, False, None, [], {}, ["x"], {"a": 1}, 0, 5]  # fmt: skip


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("required", [False, True])
def test_texts(value: Any, required: bool) -> None:
    told = []
    for _ in range(2):  # remembered the second time
        fields = Fields({"a": value})
        text = fields.text("a", required)
        told.append((text, [f.code for f in fields.found], fields.asked))
    assert told[0] == told[1]
    text, codes, asked = told[0]
    assert asked == {"a"}
    if value in ("", None, [], {}) and not isinstance(value, bool):
        assert (text, codes) == ("", ["typed.field.missing"] if required else [])
    elif type(value) is not str:
        assert (text, codes) == ("", ["typed.field.type"])
    elif len(value.strip()) > MAX_TEXT or "\x01" in value:
        assert (text, codes) == ("", ["typed.field.text"])
    else:
        assert text == unicodedata.normalize("NFC", value).strip()
        assert codes == (["typed.field.missing"] if required and not text else [])


@pytest.mark.parametrize(
    ("given", "printed", "code"),
    [("1.50", "1.50", ""), (Printed("50.000"), "50.000", ""), (" 1 234,5", None, "typed.number.syntax"),
     ("1 234", "1234", ""), ("−5", "-5", ""), ("１２", "12", ""), ("1e999", None, "typed.number.not_finite"),
     ("nan", None, "typed.number.not_finite"), ("9" * 41, None, "typed.number.long"), (5, None, "typed.number.syntax"),
     (True, None, "typed.number.syntax"), ("1e5\n", None, "typed.number.syntax"), (".5", ".5", "")],
)  # fmt: skip
def test_numbers(given: Any, printed: str | None, code: str) -> None:
    fields = Fields({"a": given})
    number = fields.number("a")
    assert (number.printed if number else None) == printed
    assert number is None or (type(number.printed) is str and number.value == float(number.printed))
    assert [f.code for f in fields.found] == ([code] if code else [])


def test_names_and_pointers() -> None:
    fields = Fields({"n": {"zh": " 名 ", "EN": "x", "en": "", "fr": Printed("5")}, "a/b": {"c~": {"x": "y"}}}, "/r/0")
    assert fields.names("n") == {"zh": "名"}
    assert [(f.code, f.where) for f in fields.found] == [
        ("typed.field.language", "/r/0/n/EN"), ("typed.field.type", "/r/0/n/fr"),
    ]  # fmt: skip
    inner = fields.inner("a/b")
    assert inner is not None and inner.where("c~", 1) == "/r/0/a~1b/c~0/1"
