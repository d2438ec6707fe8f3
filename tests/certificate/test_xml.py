"""Broken, huge and hostile XML: a finding with its line, never an exception, never an expansion."""

from __future__ import annotations

import pytest

from suyuan.certificate.xml import DEPTH, WIDTH, Limits, parse, place
from suyuan.quantity.finding import sentences

LAUGHS = b"""<?xml version="1.0"?>
<!-- harmless? -->
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<x y="&b;">&b;</x>"""
XXE = b"""<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]><x>&file;</x>"""
PARAMETER = b"""<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd"><x/>"""


def codes(data: bytes, limits: Limits | None = None) -> list[str]:
    tree, found = parse(data, limits) if limits else parse(data)
    assert (tree is None) == bool(found)
    for one in found:
        assert one.where.startswith("line ") and sentences(one, "zh")["remedy"] and sentences(one, "en")["remedy"]
    return [one.code for one in found]


@pytest.mark.parametrize("data", [LAUGHS, XXE, PARAMETER, XXE.decode().encode("utf-16")])
def test_a_document_type_is_refused(data: bytes) -> None:
    assert codes(data) == ["certificate.xml.dtd"]


def test_the_line_of_a_document_type() -> None:
    assert parse(LAUGHS)[1][0].where == "line 3"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "certificate.xml.empty"),
        (b" \n\t", "certificate.xml.empty"),
        (b"no xml", "certificate.xml.broken"),
        (b'{"suyuan": 1}', "certificate.xml.broken"),
        (b"<a><b></a>", "certificate.xml.broken"),
        (b"<a>", "certificate.xml.broken"),
        (b"<a>&unknown;</a>", "certificate.xml.broken"),
        (b"<a b='&unknown;'/>", "certificate.xml.broken"),
        (b"<a>\x01</a>", "certificate.xml.broken"),
        (b"<a/><b/>", "certificate.xml.broken"),
        (b"<x:a/>", "certificate.xml.broken"),
        (b"\x00\x01\x02\x03", "certificate.xml.encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "certificate.xml.encoding"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "certificate.xml.encoding"),
        (b"\xff\xfe\x00", "certificate.xml.encoding"),
        (b"\x89PNG\r\n\x1a\n", "certificate.xml.broken"),
    ],
)
def test_broken(data: bytes, code: str) -> None:
    assert codes(data) == [code]


def test_the_line_of_a_fault() -> None:
    found = parse(b"<a>\n<b>\n</c>\n</a>")[1][0]
    assert found.where == "line 3" and dict(found.parameters)["line"] == "3"


def test_too_large_and_too_many() -> None:
    assert codes(b"<a>" + b" " * 100 + b"</a>", Limits(size=50)) == ["certificate.xml.too_large"]
    assert codes(b"<a>" + b"<b/>" * 100 + b"</a>", Limits(tags=50)) == ["certificate.xml.too_many_tags"]


def test_too_wide() -> None:
    assert codes(b"<a>" + b"<b/>" * WIDTH + b"</a>") == []
    assert codes(b"<x><a>" + b"<b/>" * (WIDTH + 1) + b"</a></x>") == ["certificate.xml.too_wide"]


@pytest.mark.parametrize("levels", [DEPTH + 1, 5_000, 400_000])
def test_too_deep(levels: int) -> None:
    assert codes(b"<a>" * levels + b"</a>" * levels) == ["certificate.xml.too_deep"]


def test_depth_is_kept_for_large_files_too() -> None:
    """Files with long attachments are parsed without the C library's own limits."""
    long = b"x" * 10_000_001
    assert codes(b"<a>" * 300 + long + b"</a>" * 300) == ["certificate.xml.too_deep"]
    tree, found = parse(b"<a>" * 200 + long + b"</a>" * 200)
    assert tree is not None and not found


@pytest.mark.parametrize("data", [b"<a>" * 900_000, b"<!--" + b"-" * 2_000_000, b" " * 5_000_000 + LAUGHS])
def test_hostile_input_of_some_size_is_a_finding(data: bytes) -> None:
    tree, found = parse(data)
    assert tree is None and found and all(f.severity == "error" for f in found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "iso-8859-1"])
def test_encodings_in_use(encoding: str) -> None:
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    word = "Maß" if encoding == "iso-8859-1" else "溯源"
    tree, _ = parse(f'<?xml version="1.0" encoding="{name}"?><a>{word}</a>'.encode(encoding))
    assert tree is not None and tree.getroot().text == word


def test_numbers_are_not_cut_by_comments_or_sections() -> None:
    tree, _ = parse(b"<a>1.<!-- c -->5<![CDATA[6]]><?pi x?>7</a>")
    assert tree is not None and tree.getroot().text == "1.567"


def test_place_names_line_and_path() -> None:
    tree, _ = parse(b"<a>\n<b/>\n<b/></a>")
    assert tree is not None and place(tree.getroot()[1]) == "line 3 /a/b[2]"
