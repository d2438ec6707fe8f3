"""What was read from a register and kept beside it gives the same rows, and counts only where it must."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.demonstration import demonstration

from suyuan.capability.capability import Standing
from suyuan.capability.interval import Interval
from suyuan.procedure.register import Register
from suyuan.quantity.unit import parse_unit
from suyuan.store import derived
from suyuan.store import folder as module
from suyuan.store.columnar import NotPlain, decode, encode
from suyuan.store.folder import Store
from suyuan.store.recognise import recognise

UNITS = [parse_unit("mm"), parse_unit("degC"), parse_unit("degC").as_difference()]


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts like a fresh process: nothing read yet."""
    monkeypatch.setattr(module, "_read", {})


def exact(value: Any) -> Any:
    """A value with its types, signs and everything that equality passes over, to be compared."""
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, [(field.name, exact(getattr(value, field.name))) for field in fields(value)]
    if isinstance(value, tuple):
        return [exact(inner) for inner in value]
    if isinstance(value, dict):
        return [(key, exact(inner)) for key, inner in value.items()]
    return type(value).__name__, repr(value)


def register(rows: int, **more: Any) -> bytes:
    """A delivery with many capabilities, the second of them faulty, the third told about."""
    made = [
        {"id": f"C{at}", "quantity": "length", "interval": {"low": "-0.0", "high": f"{at + 1}", "unit": "mm"},
         "uncertainty": {"form": "root_sum", "a": "0.03", "b": f"0.0{at}", "k": "2", "unit": "um"},
         "conditions": {"site": ["lab", "on-site"], "temperature": {"low": "19", "high": "21", "unit": "degC"}},
         "standings": [{"kind": "accredited", "number": f"L{at % 3}", "valid_until": "2027-01-15"}],
         "days": "5"}
        for at in range(rows)
    ]  # fmt: skip
    made[1]["interval"] = {"low": "9", "high": "1", "unit": "mm"}
    made[2]["note"] = "?"
    head = {"suyuan": "register", "organisation": {"zh": "演示实验室"}, "number": "R1", "day": "2026-01-05"}
    return json.dumps(head | {"rows": {"capability": made}} | more, ensure_ascii=False).encode()


def kept(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "derived").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def documents() -> Iterator[list[bytes]]:
    found = [path.read_bytes() for path in sorted((demonstration() / "documents").rglob("*")) if path.is_file()]
    yield [data for data in found if b'"suyuan":"register"' in data.replace(b": ", b":")]


def test_every_register_of_the_demonstration_comes_back(tmp_path: Path, documents: list[bytes]) -> None:
    kinds = set()
    for data in documents:
        read = recognise(data)
        assert isinstance(read.value, Register)
        derived.keep(tmp_path, read.value.digest, read)
        again = derived.known(tmp_path, read.value.digest)
        assert again is not None and exact(again) == exact(read)
        kinds |= set(read.value.rows)
    assert {"capability", "need", "resource", "person", "authorisation", "centre", "centre_record"} <= kinds


def test_a_large_register_is_judged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = register(300)
    fresh = recognise(data)
    added = Store(tmp_path).add(data, "r.json")
    assert added.stored and len(kept(tmp_path)) == 1
    monkeypatch.setattr(module, "_read", {})
    monkeypatch.setattr(module, "recognise", lambda *_: pytest.fail("judged again"))
    (again,) = Store(tmp_path).service().registers
    assert exact(again) == exact(fresh.value) and again.refused == 1
    one, two = again.rows["capability"][5], again.rows["capability"][8]
    assert one.standings[0] is two.standings[0], "what is equal is one"
    assert one.interval.unit is parse_unit("mm")


def test_the_same_findings_when_it_is_delivered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = register(300)
    first = Store(tmp_path).add(data, "r.json")
    monkeypatch.setattr(module, "_read", {})
    store = Store(tmp_path)
    store.service()
    again = store.add(data, "r.json")
    assert again.findings == first.findings and not again.new
    assert {f.code for f in again.findings} >= {"capability.read.backwards", "typed.field.unknown"}


@pytest.mark.parametrize("harm", ["torn", "altered", "foreign", "other program", "gone", "forged"])
def test_what_does_not_count_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    data = register(300)
    fresh = recognise(data).value
    Store(tmp_path).add(data, "r.json")
    (path,) = kept(tmp_path)
    path.chmod(0o644)
    content = path.read_bytes()
    if harm == "torn":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "altered":
        path.write_bytes(content.replace(b'"C7"', b'"C8"'))
    elif harm == "foreign":
        path.write_bytes(b"\x00\xff")
    elif harm == "gone":
        path.unlink()
    elif harm == "forged":  # whole, but of a class that is none of ours
        body = content.partition(b"\n")[2].replace(b"suyuan.capability.capability:Capability", b"os:popen")
        path.write_bytes(derived._head(path.name, body) + b"\n" + body)
    else:
        monkeypatch.setattr(derived, "program", lambda: "another")
    monkeypatch.setattr(module, "_read", {})
    assert exact(Store(tmp_path).service().registers[0]) == exact(fresh)
    assert derived.known(tmp_path, path.name) is not None, "and kept again"


def test_a_damaged_document_is_told_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added = Store(tmp_path).add(register(300), "r.json")
    path = tmp_path / "documents" / added.digest[:2] / added.digest
    path.chmod(0o644)
    path.write_bytes(register(300, number="R2"))
    monkeypatch.setattr(module, "_read", {})
    store = Store(tmp_path)
    assert [f.code for f in store.load()[1]] == ["store.document.corrupt"] and store.service().registers == ()


def test_small_ones_are_not_kept_and_rebuilding_throws_away(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(register(10), "small.json")
    assert not kept(tmp_path)
    store.add(register(300), "large.json")
    assert len(kept(tmp_path)) == 1
    assert store.rebuild() == () and not kept(tmp_path)
    assert len(store.documents()) == 2


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates()
        | st.builds(Interval, st.floats(allow_nan=False), st.just(1), st.sampled_from(UNITS))
        | st.builds(Standing, st.sampled_from(["cmc", "accredited"]), st.text(max_size=1)),
        lambda inner: st.lists(inner, max_size=5).map(tuple) | st.dictionaries(st.text(max_size=1), inner, max_size=3),
        max_leaves=30,
    ).flatmap(lambda value: st.lists(st.just(value), min_size=1, max_size=3))
)  # fmt: skip
def test_columns_give_back_exactly_what_was_written(values: list[Any]) -> None:
    node = json.loads(json.dumps(encode(values)))
    assert [exact(value) for value in decode(node, len(values))] == [exact(value) for value in values]


@pytest.mark.parametrize("value", [{1, 2}, [1], b"x", Path("x"), date, object()])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(NotPlain):
        encode([(value,)])
