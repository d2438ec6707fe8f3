"""The kind of case «asof_correction»: every key of its form, and what it says to bad input."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from suyuan.quantity.finding import Refused, sentences
from suyuan.verbs.cases import answer

CERTIFICATES: list[dict[str, Any]] = [
    {"id": "A", "inst": "G1", "valid_from": "2025-01-01T00:00:00Z", "issued_known": "2025-01-05T00:00:00Z",
     "gain": 1.01, "offset": 0.5, "u_gain": 1e-3, "u_offset": 0.02, "r": -0.4, "leaf": "REF", "u_leaf": 0.03},
    {"id": "B", "inst": "G2", "valid_from": "2025-01-01T00:00:00Z", "issued_known": "2025-01-01T00:00:00Z",
     "gain": 0.99, "offset": -0.5, "u_gain": 2e-3, "u_offset": 0.01, "leaf": "REF", "u_leaf": 0.05},
    {"id": "A2", "inst": "G1", "valid_from": "2025-01-01T00:00:00Z", "issued_known": "2025-03-01T00:00:00Z",
     "gain": 1.02, "offset": 0.5, "u_gain": 1e-3, "u_offset": 0.02, "supersedes": "A"},
]  # fmt: skip
READINGS = [
    {"n": 1, "inst": "G1", "time": "2025-02-01T00:00:00Z", "raw": 10.0, "u_read": 0.01},
    {"n": 2, "inst": "G2", "time": "2025-02-01T08:00:00+08:00", "raw": 20.0, "u_read": 0.02},
    {"n": 3, "inst": "G1", "time": "2025-02-03", "raw": 1 / 3, "u_read": 0.01},
    {"n": 4, "inst": "G9", "time": "2025-02-03T00:00:00Z", "raw": 1.0, "u_read": 0.01},
]
INPUT: dict[str, Any] = {
    "certificates": CERTIFICATES, "readings": READINGS, "knowledge_times": ["2025-02-10T00:00:00Z"],
    "means": [{"known": "2025-02-10T00:00:00Z", "readings": [1, 2, 3]},
              {"known": "2025-02-10T00:00:00Z", "readings": [1, 4]}],
    "compare": ["2025-02-10T00:00:00Z", "2025-03-01T00:00:00Z"],
    "reports": [{"id": "R1", "readings": [2, 4]}, {"id": "R2", "readings": [2, 3]}],
}  # fmt: skip


def asked(**changes: Any) -> dict[str, Any]:
    return answer({"kind": "asof_correction", "input": {**deepcopy(INPUT), **changes}})


def test_values_means_changes_and_reports() -> None:
    found = asked()
    (result,) = found["results"]
    rows = {row["n"]: row for row in result["readings"]}
    assert [rows[n]["certificate"] for n in (1, 2, 3, 4)] == ["A", "B", "A", None]
    assert rows[4] == {"n": 4, "certificate": None, "value": None, "u": None}
    for row, c, r in ((rows[1], CERTIFICATES[0], READINGS[0]), (rows[3], CERTIFICATES[0], READINGS[2])):
        raw, g, o = r["raw"], c["u_gain"], c["u_offset"]
        u2 = (c["gain"] * 0.01) ** 2 + (raw * g) ** 2 + o**2 + 2 * c["r"] * raw * g * o + c["u_leaf"] ** 2
        np.testing.assert_allclose(row["value"], c["gain"] * raw + c["offset"], rtol=1e-14)
        np.testing.assert_allclose(row["u"], np.sqrt(u2), rtol=1e-12)
    # the mean of three: the certificate of 1 and 3 and the reference of all are in common
    s = (10.0 + 1 / 3, 2.0, 20.0)
    u2 = (s[0] * 1e-3) ** 2 + (2 * 0.02) ** 2 + 2 * -0.4 * s[0] * 1e-3 * 2 * 0.02
    u2 += (s[2] * 2e-3) ** 2 + 0.01**2 + (2 * 0.03 + 0.05) ** 2 + 2 * (1.01 * 0.01) ** 2 + (0.99 * 0.02) ** 2
    np.testing.assert_allclose(found["means"][0]["u"], np.sqrt(u2) / 3, rtol=1e-12)
    assert found["means"][1] == {"value": None, "u": None}
    assert found["changed"] == [1, 3] and found["affected_reports"] == ["R2"]
    assert "changed" not in asked(compare=None, reports=None)


def test_a_certificate_ends_with_its_last_day() -> None:
    ended = [{**CERTIFICATES[1], "valid_until": "2025-01-31"}]
    times = [{**READINGS[1], "n": i, "time": t} for i, t in enumerate(["2025-01-31T23:59:59Z", "2025-02-01T00:00:00Z"])]
    found = asked(certificates=ended, readings=times, means=None, compare=None, reports=None)
    assert [r["certificate"] for r in found["results"][0]["readings"]] == ["B", None]


def changed_in(name: str, at: int, **fields: Any) -> dict[str, Any]:
    rows = deepcopy(INPUT[name])
    rows[at] |= fields
    return {name: rows}


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"certificates": None}, "/input/certificates", "case.field.missing"),
        ({"readings": []}, "/input/readings", "case.field.wrong"),
        ({"knowledge_times": []}, "/input/knowledge_times", "case.field.wrong"),
        ({"knowledge_times": ["yesterday"]}, "/input/knowledge_times/0", "case.field.wrong"),
        ({"compare": ["2025-02-10T00:00:00Z"]}, "/input/compare", "case.field.wrong"),
        (changed_in("certificates", 0, gain=None), "/input/certificates/0/gain", "case.field.missing"),
        (changed_in("certificates", 0, gain=float("nan")), "/input/certificates/0/gain", "case.field.wrong"),
        (changed_in("certificates", 1, u_gain=-1), "/input/certificates/1/u_gain", "case.field.wrong"),
        (changed_in("certificates", 0, r=1.5), "/input/certificates/0/r", "case.field.wrong"),
        (changed_in("certificates", 1, id="A"), "/input/certificates/1/id", "series.asof.twice"),
        (changed_in("readings", 0, time="2025-13-01"), "/input/readings/0/time", "case.field.wrong"),
        (changed_in("readings", 0, n=2), "/input/readings", "series.case.reading_twice"),
        (changed_in("readings", 0, raw="10"), "/input/readings/0/raw", "case.field.wrong"),
        (changed_in("readings", 0, u_read=None), "/input/readings/0/u_read", "case.field.missing"),
        (changed_in("means", 0, readings=[1, 77]), "/input/means/0/readings/1", "case.field.wrong"),
        (changed_in("reports", 0, readings="all"), "/input/reports/0/readings", "case.field.wrong"),
    ],
)
def test_bad_input_is_told_at_its_place(changes: dict[str, Any], where: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        asked(**changes)
    told = {(f.where, f.code): f for f in caught.value.findings}
    assert (where, code) in told
    for language in ("zh", "en"):
        assert "?" not in sentences(told[where, code], language)["what"]


def test_what_stands_in_the_case_counts_before_its_file() -> None:
    document = {"certificates": CERTIFICATES, "readings": READINGS}
    read: list[str] = []

    def files(name: str) -> bytes:
        read.append(name)
        return json.dumps(document).encode()

    body = {"file": "a.json", "knowledge_times": ["2025-02-10T00:00:00Z"], "certificates": []}
    found = answer({"kind": "asof_correction", "input": body}, files=files)
    assert read == ["a.json"] and {r["certificate"] for r in found["results"][0]["readings"]} == {None}


def test_numbers_without_a_last_place_are_taken_too() -> None:
    found = asked(**changed_in("readings", 0, raw=123.456789012345678))
    value = found["results"][0]["readings"][0]["value"]
    np.testing.assert_allclose(value, 1.01 * 123.456789012345678 + 0.5, rtol=1e-14)
