"""A certificate typed from paper: what is right becomes the certificate, what is wrong is named with its place."""

from __future__ import annotations

import copy
import hashlib
import json
import unicodedata
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.finding import Finding, errors, sentences

PAPER: dict[str, Any] = {
    "issuer": "省计量院",
    "number": "CAL-2026-0042",
    "act": "calibration",
    "received": "2026-03-01",
    "began": "2026-03-02",
    "ended": "2026-03-03",
    "issued": "2026-03-05",
    "valid_until": "2027-03-02",
    "item": {"name": {"zh": "量块", "en": "gauge block"}, "manufacturer": "厂家", "model": "0 级", "serial": "S-1"},
    "basis": "JJG 146",
    "equipment": [
        {"name": {"zh": "标准量块"}, "certificate": {"issuer": "国家院", "number": "N-1", "sha256": "ab" * 32}},
    ],
    "results": [
        {
            "name": {"zh": "中心长度", "en": "central length"},
            "value": "50.000623",
            "unit": "mm",
            "U": "0.000032",
            "k": "2",
            "p": "0.95",
            "dof": "18",
            "range": {"lower": "19", "upper": "21", "unit": "degC"},
        },
        {"name": {"zh": "示值"}, "value": ["10.0", "20.00", "30.000"], "unit": "um", "u": ["0.1", "0.2", "0.3"]},
        {"name": {"zh": "斜率"}, "value": "1.2e-3", "unit": "1", "u": "1e-5"},
    ],
    "correlations": [["0", "2", "-0.93"]],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The paper with one field changed, named by its JSON pointer; `...` removes it."""
    document = copy.deepcopy(PAPER)
    *parents, last = path.strip("/").split("/")
    at: Any = document
    for step in parents:
        at = at[int(step)] if isinstance(at, list) else at[step]
    key = int(last) if isinstance(at, list) else last
    if value is ...:
        del at[key]
    else:
        at[key] = value
    return document


def read(fields: dict[str, Any]) -> tuple[Certificate | None, tuple[Finding, ...]]:
    return read_typed(to_document(fields))


def test_everything_typed_is_in_the_certificate() -> None:
    document = to_document(PAPER)
    c, findings = read_typed(document)
    assert c is not None and findings == ()
    assert c.key == ("省计量院", "CAL-2026-0042") and c.form == "typed"
    assert c.digest == hashlib.sha256(document).hexdigest()
    assert (c.ended, c.valid_until, c.basis) == (date(2026, 3, 3), date(2027, 3, 2), "JJG 146")
    assert c.items[0].identifications[0].value == "S-1"
    reference = c.equipment[0].certificate
    assert reference is not None and (reference.algorithm, reference.digest) == ("sha256", "ab" * 32)
    assert [q.place for q in c.quantities()] == ["0/0", "1/0", "2/0"]
    assert [pair for r in c.results for pair in r.joint] == [("0/0", "2/0", -0.93)]
    length, listed, slope = c.quantities()
    assert length.printed == ("50.000623",) and length.value.tolist() == [50.000623]
    assert (length.lower, length.upper, length.range_unit) == (19.0, 21.0, "degC")
    stated = length.uncertainty
    assert stated is not None
    assert (stated.kind, stated.printed, stated.k, stated.p, stated.dof) == ("expanded", ("0.000032",), 2.0, 0.95, 18.0)
    assert listed.printed == ("10.0", "20.00", "30.000")
    assert listed.uncertainty is not None and listed.uncertainty.kind == "standard"
    np.testing.assert_array_equal(listed.uncertainty.value, [0.1, 0.2, 0.3])
    assert slope.uncertainty is not None and slope.uncertainty.dof is None


def test_a_json_number_keeps_its_source_text() -> None:
    text = json.dumps(changed("/results/0/value", "HERE") | {"suyuan": "typed-certificate"})
    for printed in ("50.0006230", "5.00006230e1", "50"):
        c, findings = read_typed(text.replace('"HERE"', printed).encode())
        assert c is not None and findings == ()
        assert c.quantities()[0].printed == (printed,)


def test_digits_as_people_type_them() -> None:
    """Full-width digits of a Chinese keyboard, the printed minus, spaces between groups."""
    for typed, printed in (("５０．００１", "50.001"), ("−1.5", "-1.5"), ("1 000.000 5", "1000.0005")):
        c, findings = read(changed("/results/2/value", typed))
        assert c is not None and findings == ()
        assert c.quantities()[2].printed == (printed,)


def test_same_typing_same_digest() -> None:
    document = to_document(PAPER)
    again = json.loads(json.dumps(dict(reversed(list(PAPER.items())))))
    again["issuer"] = unicodedata.normalize("NFD", "省计量院") + " "
    again["customer"] = ""
    again["results"][0]["k"] = 2
    assert to_document(again) == document
    assert to_document(json.loads(document)) == document
    assert to_document(changed("/results/0/k", "2.0")) != document  # other printed digits are another typing


WRONG = [
    ("/issuer", ..., "typed.field.missing", "/issuer"),
    ("/number", "  ", "typed.field.missing", "/number"),
    ("/number", ["x"], "typed.field.type", "/number"),
    ("/act", "verification", "typed.field.choice", "/act"),
    ("/ended", "2026-02-30", "typed.date.impossible", "/ended"),
    ("/ended", "3 March", "typed.date.impossible", "/ended"),
    ("/ended", ..., "typed.field.missing", "/ended"),
    ("/issued", "2026-03-02", "typed.date.order", "/issued"),
    ("/valid_until", "2026-03-01", "typed.date.order", "/valid_until"),
    ("/item/name", ..., "typed.field.missing", "/item/name"),
    ("/item/name", {"chinese": "x"}, "typed.field.language", "/item/name/chinese"),
    ("/item", ..., "typed.field.missing", "/item"),
    ("/equipment/0/certificate/sha256", "abc", "typed.digest", "/equipment/0/certificate/sha256"),
    ("/equipment/0/certificate/number", ..., "typed.field.missing", "/equipment/0/certificate/number"),
    ("/equipment", "none", "typed.field.type", "/equipment"),
    ("/results", ..., "typed.field.missing", "/results"),
    ("/results/0/value", ..., "typed.field.missing", "/results/0/value"),
    ("/results/0/value", "50,000623", "typed.number.syntax", "/results/0/value"),
    ("/results/0/value", "50 mm", "typed.number.syntax", "/results/0/value"),
    ("/results/0/value", "inf", "typed.number.not_finite", "/results/0/value"),
    ("/results/0/value", "1e999", "typed.number.not_finite", "/results/0/value"),
    ("/results/0/value", True, "typed.number.syntax", "/results/0/value"),
    ("/results/0/value", "1" * 50, "typed.number.long", "/results/0/value"),
    ("/results/1/value", ["1", "x", "3"], "typed.number.syntax", "/results/1/value/1"),
    ("/results/0/unit", ..., "typed.field.missing", "/results/0/unit"),
    ("/results/0/unit", "blorp", "quantity.unit.unknown", "/results/0/unit"),
    ("/results/0/range/unit", "blorp", "quantity.unit.unknown", "/results/0/range/unit"),
    ("/results/0/range/lower", "30", "typed.range.reversed", "/results/0/range/lower"),
    ("/results/0/U", "-0.1", "typed.uncertainty.not_positive", "/results/0/U/0"),
    ("/results/0/U", "0", "typed.uncertainty.not_positive", "/results/0/U/0"),
    ("/results/0/U", ["0.1", "0.1"], "typed.list.length", "/results/0/U"),
    ("/results/1/u", ["0.1", "0.1"], "typed.list.length", "/results/1/u"),
    ("/results/0/u", "0.1", "typed.uncertainty.both", "/results/0/u"),
    ("/results/0/k", "0.5", "typed.uncertainty.k_small", "/results/0/k"),
    ("/results/0/p", "95", "typed.uncertainty.p_range", "/results/0/p"),
    ("/results/0/dof", "0", "typed.uncertainty.dof", "/results/0/dof"),
    ("/correlations/0/2", "-1.01", "typed.correlation.value", "/correlations/0/2"),
    ("/correlations/0/1", "7", "typed.correlation.index", "/correlations/0"),
    ("/correlations/0/1", "0", "typed.correlation.index", "/correlations/0"),
    ("/correlations/0/1", "1", "typed.correlation.not_scalar", "/correlations/0"),
    ("/correlations", "0.9", "typed.field.type", "/correlations"),
    ("/results/1/correlation", [["1", "0"], ["0", "1"]], "typed.correlation.shape", "/results/1/correlation"),
    (
        "/results/1/correlation",
        [["1", "0.9", "-0.9"], ["0.9", "1", "0.9"], ["-0.9", "0.9", "1"]],
        "typed.correlation.matrix",
        "/results/1/correlation",
    ),
    ("/results/0/class", {"row": "w-F1", "nominal": "50", "unit": "g"}, "typed.class.unit", "/results/0/class"),
]


@pytest.mark.parametrize(("path", "value", "code", "where"), WRONG, ids=lambda x: str(x)[:40])
def test_each_wrong_field_is_named_and_nothing_is_half_read(path: str, value: object, code: str, where: str) -> None:
    c, findings = read(changed(path, value))
    assert c is None
    found = [(f.code, f.where) for f in errors(findings)]
    assert (code, where) in found and len(found) <= 2, found
    for item in findings:
        for language in ("zh", "en"):
            assert not any("?" in text for text in sentences(item, language).values()), item


def test_expanded_without_k_and_k_from_p() -> None:
    without_k = changed("/results/0/k", ...)
    c, findings = read(without_k)
    assert c is not None and [(f.code, f.severity) for f in findings] == [("typed.uncertainty.k_from_p", "note")]
    stated = c.quantities()[0].uncertainty
    assert stated is not None and stated.k == pytest.approx(2.1009, abs=1e-4)  # t, 18 degrees of freedom, 95 %
    del without_k["results"][0]["dof"]
    c, _ = read(without_k)
    stated = c.quantities()[0].uncertainty if c else None
    assert stated is not None and stated.k == pytest.approx(1.95996, abs=1e-5) and stated.dof is None
    del without_k["results"][0]["p"]
    c, findings = read(without_k)
    assert c is None and [f.code for f in errors(findings)] == ["typed.uncertainty.k_missing"]


def test_no_uncertainty_is_unknown_not_zero() -> None:
    fields = changed("/results/2/u", ...)
    fields["correlations"] = []
    c, findings = read(fields)
    assert c is not None and c.quantities()[2].uncertainty is None
    assert [(f.code, f.severity, f.where) for f in findings] == [("typed.uncertainty.missing", "warning", "/results/2")]


def test_impossible_correlations_of_three_scalars() -> None:
    fields = changed("/results/1", {"value": "1", "unit": "1", "u": "0.1"})
    fields["correlations"] = [[0, 1, 0.9], [1, 2, 0.9], [0, 2, -0.9]]
    c, findings = read(fields)
    assert c is None and [f.code for f in errors(findings)] == ["typed.correlation.matrix"]
    fields["correlations"][2][2] = 0.9
    c, findings = read(fields)
    assert c is not None and len(c.results[0].joint) == 3
    fields["correlations"].append([2, 0, 0.1])
    assert [f.code for f in errors(read(fields)[1])] == ["typed.correlation.repeated"]


def test_unknown_key_names_the_nearest() -> None:
    fields = changed("/results/0/Uncertainty", "1")
    fields["issuers"] = "x"
    c, findings = read(fields)
    assert c is not None
    assert [(f.where, f.severity, dict(f.parameters)["nearest"]) for f in findings if f.where == "/issuers"] == [
        ("/issuers", "warning", "issuer")
    ]
    assert {f.code for f in findings} == {"typed.field.unknown"}


# ---------------------------------------------------------------- classes


def classed(**row: object) -> dict[str, Any]:
    fields = changed("/results", [row])
    fields["correlations"] = None
    return fields | {"act": "legal_verification"}


def test_a_class_becomes_a_half_width_about_the_nominal_value() -> None:
    c, findings = read(classed(unit="g", **{"class": {"row": "w-F1", "nominal": "1", "unit": "kg"}}, value="1000"))
    assert c is not None and findings == () and c.act == "legal_verification"
    q = c.quantities()[0]
    assert q.class_row == "w-F1" and q.uncertainty is not None
    assert (q.uncertainty.kind, q.uncertainty.distribution) == ("half_width", "rectangular")
    assert q.uncertainty.value[0] == pytest.approx(0.005) and q.uncertainty.k is None


def test_without_a_value_the_nominal_one_stands() -> None:
    c, findings = read(classed(unit="kg", **{"class": {"row": "w-F1", "nominal": "1"}}))
    assert c is not None and findings == ()
    assert c.quantities()[0].value.tolist() == [1.0] and c.quantities()[0].printed == ("1",)


def test_a_row_from_memory_warns_at_the_class() -> None:
    c, findings = read(classed(unit="mm", **{"class": {"row": "gb-te-K", "nominal": "50"}}))
    assert c is not None
    assert [(f.code, f.severity, f.where) for f in findings] == [
        ("typed.class.from_memory", "warning", "/results/0/class")
    ]


def test_error_of_indication_by_class_with_a_span() -> None:
    row = {
        "row": "p-en837-0.1",
        "nominal": "1",
        "amounts": {"span": {"value": "1.6", "unit": "MPa"}, "upper limit": {"value": "1600", "unit": "kPa"}},
    }
    c, findings = read(classed(unit="MPa", value="0", **{"class": row}))
    assert c is not None and findings == ()
    assert c.quantities()[0].uncertainty is not None
    assert c.quantities()[0].uncertainty.value[0] == pytest.approx(0.0016)  # type: ignore[union-attr]


CLASS_WRONG = [
    ({"unit": "mm", "class": {"row": "gb-tv-0", "nominal": "50"}}, "typed.class.width"),
    ({"unit": "mm", "class": {"row": "gb-te-0", "nominal": "5000"}}, "typed.class.out_of_range"),
    ({"unit": "mm", "class": {"row": "gb-te-00", "nominal": "50"}}, "typed.class.unknown"),
    ({"unit": "kg", "class": {"row": "w-F1", "nominal": "1"}, "U": "1e-6", "k": "2"}, "typed.uncertainty.both"),
    ({"unit": "K", "class": {"row": "w-F1", "nominal": "1", "unit": "kg"}}, "typed.class.unit"),
    ({"unit": "dB/dB", "class": {"row": "w-F1", "nominal": "x"}}, "typed.number.syntax"),
    ({"unit": "MPa", "value": "0", "class": {"row": "p-en837-0.1", "nominal": "1"}}, "typed.class.amount_missing"),
    ({"unit": "mK", "class": {"row": "pt-A-wire", "nominal": "100", "unit": "degC"}}, "typed.class.value_needed"),
]


@pytest.mark.parametrize(("row", "code"), CLASS_WRONG, ids=[c for _, c in CLASS_WRONG])
def test_each_fault_of_a_class_is_named(row: dict[str, Any], code: str) -> None:
    c, findings = read(classed(**row))
    assert c is None and code in {f.code for f in errors(findings)}
    for item in findings:
        assert not any("?" in text for text in sentences(item, "zh").values()), item


def test_by_class_another_value_than_the_nominal_is_questioned() -> None:
    c, findings = read(classed(unit="kg", value="1.0001", **{"class": {"row": "w-F1", "nominal": "1"}}))
    assert c is not None and [f.code for f in findings] == ["typed.class.value_differs"]


def test_by_order_the_certificates_own_U_counts() -> None:
    order = {"row": "gb-order-3", "nominal": "50"}
    c, findings = read(classed(unit="mm", value="50.00012", U="0.00011", k="2.7", **{"class": order}))
    assert c is not None and {f.code for f in findings} == {"typed.class.from_memory"}
    stated = c.quantities()[0].uncertainty
    assert stated is not None and (stated.kind, stated.value[0], stated.k) == ("expanded", 0.00011, 2.7)
    assert c.quantities()[0].class_row == "gb-order-3"
    c, findings = read(classed(unit="mm", value="50.00012", U="0.0003", k="2.7", **{"class": order}))
    assert c is not None and "typed.class.order_exceeded" in {f.code for f in findings}
    c, findings = read(classed(unit="um", value="50000.12", **{"class": {**order, "unit": "mm"}}))
    stated = c.quantities()[0].uncertainty if c else None
    assert stated is not None and stated.value[0] == pytest.approx(0.15) and stated.k == pytest.approx(2.5758, abs=1e-4)
    assert "typed.class.bound_used" in {f.code for f in findings}


# ---------------------------------------------------------------- strangers


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "typed.json.broken"),
        (b"{", "typed.json.broken"),
        (b"\xff\xfe\x00", "typed.json.encoding"),
        (b"null", "typed.kind"),
        (b'{"suyuan": "anchor"}', "typed.kind"),
        (b'{"suyuan": "typed-certificate", "a": NaN', "typed.json.broken"),
        (b" " * 8_000_001, "typed.json.too_large"),
    ],
)
def test_no_document_is_a_finding(document: bytes, code: str) -> None:
    c, findings = read_typed(document)
    assert c is None and [f.code for f in findings] == [code]


@pytest.mark.parametrize("levels", [50, 900])
def test_nesting_that_json_can_read_is_still_too_deep(levels: int) -> None:
    document = b'{"suyuan": "typed-certificate", "a": ' + b"[" * levels + b"]" * levels + b"}"
    assert [f.code for f in read_typed(document)[1]] == ["typed.json.too_deep"]


def test_half_a_surrogate_pair_is_no_text() -> None:
    whole = b'{"suyuan": "typed-certificate", "number": "\\ud83d\\ude00"}'
    assert "typed.json.encoding" not in {f.code for f in read_typed(whole)[1]}
    half = whole.replace(b"\\ude00", b"")
    assert [f.code for f in read_typed(half)[1]] == ["typed.json.encoding"]
    assert [f.code for f in read_typed(half.replace(b'"number"', b'"\\udc00"'))[1]] == ["typed.json.encoding"]


def test_deep_nesting_and_repeated_keys() -> None:
    c, findings = read_typed(b'{"a":' * 200_000)
    assert c is None and findings[0].code in ("typed.json.too_deep", "typed.json.broken")
    twice = to_document(PAPER).replace(b'"k":"2"', b'"k":"2","k":"3"')
    c, findings = read_typed(twice)
    assert c is None and [(f.code, f.where) for f in findings] == [("typed.json.repeated", "/k")]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8) | st.integers(-9, 99),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
POINTERS = [
    "/issuer", "/act", "/ended", "/item", "/item/name", "/equipment", "/equipment/0", "/equipment/0/certificate",
    "/results", "/results/0", "/results/0/value", "/results/0/unit", "/results/0/U", "/results/0/k", "/results/0/range",
    "/results/0/class", "/results/1/correlation", "/correlations", "/correlations/0",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(POINTERS), json_values)
def test_nonsense_in_any_field_is_never_a_traceback(path: str, value: object) -> None:
    document = json.dumps(changed(path, value) | {"suyuan": "typed-certificate"}).encode()
    c, findings = read_typed(document)
    assert c is not None or errors(findings)
