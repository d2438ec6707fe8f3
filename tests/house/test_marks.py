"""Every mark that a reader of a format can set is known to the table of marks: an unknown one would count as good."""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from suyuan.lake.formats import hj212, pcdf
from suyuan.lake.formats.signed_container import BROKEN
from suyuan.quantity.table import load
from suyuan.series.quality.marks import broken, meanings

DAY = date(2026, 11, 29)
FORMATS = Path(hj212.__file__).parent
LISTS = ("mark", "marks")
"""What readers call the lists that they gather the marks of a reading in."""


def _texts(node: ast.AST) -> Iterator[str]:
    """Texts that stand in an expression, of an f-string its beginning with a filler behind it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        first = node.values[0]
        yield f"{first.value}filler" if isinstance(first, ast.Constant) else ""
    elif isinstance(node, ast.List):
        for one in node.elts:
            yield from _texts(one)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _set_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id in LISTS for t in node.targets):
            yield from _texts(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in [f"{name}.append" for name in LISTS]:
            yield from _texts(node.args[0])


def test_the_marks_that_readers_write_are_known() -> None:
    written = {text for path in FORMATS.glob("*.py") for text in _set_by(path) if text}
    assert {"transport checksum", "clock not set", "status filler"} <= written  # the scan sees them
    own = {"meter filler", "time filler"}  # one row a code: below
    assert [text for text in sorted(written - own) if not meanings(text, DAY)] == []


def test_the_marks_of_tables_are_known() -> None:
    states = [en for _, en in pcdf._STATES.values()]
    flags = [hj212._air_station(str(r["flag"]), str(r["edition"])) for r in load("suyuan.lake", "hj212.flags")]
    meter = [f"meter {r['code']}" for r in load("suyuan.lake", "charging.ocmf_status") if r["code"] != "G"]
    clock = [f"time {r['code']}" for r in load("suyuan.lake", "charging.ocmf_time") if r["code"] != "S"]
    other = ["meter status not stated", "time status not stated", "errors E", "errors Et", "attribute 255"]
    every = [BROKEN, *hj212._FAULTS[1:], *states, *flags, *meter, *clock, *other]
    assert [text for text in every if not meanings(text, DAY)] == []
    assert {row["flag"]: row["normal"] for row in load("suyuan.lake", "hj212.flags")} == {
        str(row["flag"]): meanings(hj212._air_station(str(row["flag"]), str(row["edition"])), DAY) == {"valid"}
        for row in load("suyuan.lake", "hj212.flags")
    }


@pytest.mark.parametrize("text", [BROKEN, "transport checksum", "D; checksum", "checksum, length"])
def test_a_broken_record_is_no_valid_reading(text: str) -> None:
    assert "invalid" in meanings(text, DAY) and broken(text, DAY)
    assert not broken("D; time U", DAY)
