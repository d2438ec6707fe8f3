"""Which files are taken as documents of a matter or a person."""

from __future__ import annotations

import pytest

from suyuan.procedure.attachment import odd_kind
from suyuan.quantity.finding import LANGUAGES, sentences


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.exe", b"MZ\x90", "kind"), ("x", b"%PDF", "kind"), ("x.sh", b"#!", "kind"), ("a.pdf", b"MZ\x90", "other"),
        ("a.docx", b"%PDF", "other"), ("a.txt", b"MZ\x90\x00", "other"), ("a.png", b"x", "other"),
        ("A.PDF", b"%PDF-1.7", ""), ("a.xlsx", b"PK\x03\x04", ""), ("a.json", b"{}", ""),
        ("表.csv", "a,b".encode("utf-16"), ""), ("a.jpeg", b"\xff\xd8\xff", ""),
    ],
)  # fmt: skip
def test_a_file_is_of_a_kind_that_can_be_read_and_is_what_it_says(name: str, content: bytes, code: str) -> None:
    found = odd_kind(name, content)
    assert [f.code for f in found] == ([f"procedure.file.{code}"] if code else [])
    assert all("?" not in "".join(sentences(f, language).values()) for f in found for language in LANGUAGES)
