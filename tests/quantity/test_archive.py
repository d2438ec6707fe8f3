"""Archives: correlation survives processes, three disclosures keep what they promise, old files stay readable, and
nothing that comes from outside raises anything but a finding."""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.quantity.archive import archive as module
from suyuan.quantity.archive.archive import Archive, dump, load
from suyuan.quantity.complex_quantity import complex_quantity
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, joint, quantity, stack
from suyuan.quantity.unit import ONE

from .oracle import models, world
from .reference.make_archive_v1 import results as reference_results

FOLDER = Path(__file__).parent / "reference"
READ_DAMAGE = {
    "quantity.archive.unreadable",
    "quantity.archive.altered",
    "quantity.archive.version",
}


def again(results: dict[str, Quantity], **options: Any) -> Archive:
    return load(dump(results, **options))


# ---------------------------------------------------------------- lineage between processes

LABORATORY = """
import sys
from suyuan.quantity.archive.archive import dump
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import quantity
value, u, disclosure, place = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4]
standard = quantity(10.0, 0.02, "V", dof=30, source=Source("NMI", "S-1", "0"), id=identity("NMI", "S-1", "0"))
private = quantity(1.0, 0.001, dof=12, label="room") * quantity(1.0, 0.0005)
result = standard * quantity(value, u) * private
open(place, "wb").write(dump({"result": result}, disclosure=disclosure))
"""
READER = """
import json, sys
from suyuan.quantity.archive.archive import load
a, b = (load(open(place, "rb").read()).results["result"] for place in sys.argv[1:])
ratio, sum_ = a / b, a + b
print(json.dumps([float(ratio.value), float(ratio.u), float(ratio.dof), float(sum_.u), float((a - a).u)]))
"""


def process(code: str, *arguments: str) -> str:
    run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("disclosure", ["full", "grouped", "opaque"])
def test_two_processes_and_a_third(tmp_path: Path, disclosure: str) -> None:
    """Written apart, read together: the standard that both used cancels in the ratio, as it does in one process."""
    places = [str(tmp_path / name) for name in ("a.json", "b.json")]
    process(LABORATORY, "1.25", "0.004", disclosure, places[0])
    process(LABORATORY, "2.5", "0.003", disclosure, places[1])
    value, u, dof, u_sum, nothing = json.loads(process(READER, *places))

    def laboratory(standard: Quantity, value: float, u: float) -> Quantity:
        return standard * quantity(value, u) * (quantity(1.0, 0.001, dof=12) * quantity(1.0, 0.0005))

    standards = [quantity(10.0, 0.02, "V", dof=30) for _ in range(2)]
    a, b = laboratory(standards[0], 1.25, 0.004), laboratory(standards[disclosure == "opaque"], 2.5, 0.003)
    assert value == pytest.approx(0.5, rel=1e-15)
    assert u == pytest.approx(float((a / b).u), rel=1e-12)
    assert u_sum == pytest.approx(float((a + b).u), rel=1e-12)
    assert nothing == 0.0
    if disclosure != "opaque":
        assert dof == pytest.approx(float((a / b).dof), rel=1e-12)


def test_the_same_archive_read_twice_is_the_same() -> None:
    x = quantity(np.linspace(1.0, 2.0, 20), 0.1, "m", dof=4)
    data = dump({"x": x, "mean": x.mean(), "residual": x - x.mean()})
    for key, q in load(data).results.items():
        assert q.same_as(load(data).results[key])
        assert q.same_as({"x": x, "mean": x.mean(), "residual": x - x.mean()}[key])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(outputs=3))
def test_any_results_survive(drawn: tuple[Callable[..., Any], int]) -> None:
    model, seed = drawn
    w = world(seed)
    given_ = {str(i): q for i, q in enumerate(model(*w.quantities))}
    back = again(given_, intermediate={"a": w.quantities[0], "x": w.quantities[4]})
    for key, q in given_.items():
        read = back.results[key]
        np.testing.assert_array_equal(read.value, q.value)
        np.testing.assert_allclose(read.variance, q.variance, rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(read.dof, q.dof, rtol=1e-9)
        np.testing.assert_allclose(covariance(read, w.quantities[4]), covariance(q, w.quantities[4]), atol=1e-15)
        assert covariance(back.intermediate["a"], read) == pytest.approx(covariance(w.quantities[0], q), abs=1e-15)


# ---------------------------------------------------------------- disclosure


def case() -> tuple[dict[str, Quantity], Quantity, Quantity]:
    """Two scalars and a vector that share a certified standard and private influences; also the standard."""
    certified = quantity(10.0, 0.02, "V", dof=30, source=Source("NMI", "S-1", "0"), label="standard")
    private = quantity(1.0, 0.003, label="secret bridge")
    drift, noise = joint([1.0, 2.0], [0.001, 0.002], [[1.0, 0.5], [0.5, 1.0]], label="secret fit")
    readings = quantity(np.array([1.0, 1.1, 1.2]), 0.002, dof=6, label="secret readings")
    a = certified * private * drift
    b = certified / private + noise * quantity(1.0, None, "V")
    return {"a": a, "b": b, "c": certified * readings * private + (readings * readings).sum() * a}, certified, private


@pytest.mark.parametrize("disclosure", ["full", "grouped", "opaque"])
def test_values_variances_and_covariances_between_results_are_kept(disclosure: str) -> None:
    given_, _, _ = case()
    back = again(given_, disclosure=disclosure, name="A-9")
    assert back.disclosure == disclosure
    for key, q in given_.items():
        np.testing.assert_array_equal(back.results[key].value, q.value)
        np.testing.assert_allclose(back.results[key].variance, q.variance, rtol=1e-12)
        for other, r in given_.items():
            kept = covariance(back.results[key], back.results[other])
            np.testing.assert_allclose(kept, covariance(q, r), rtol=1e-11, atol=1e-18)


def test_grouped_keeps_the_standard_and_dof_and_hides_the_rest() -> None:
    given_, certified, private = case()
    data = dump(given_, {"standard": certified}, disclosure="grouped")
    back = load(data)
    for key, q in given_.items():
        np.testing.assert_allclose(covariance(back.results[key], certified), covariance(q, certified), rtol=1e-12)
        np.testing.assert_allclose(back.results[key].dof, q.dof, rtol=1e-10)
        assert not np.any(covariance(back.results[key], private))
    assert b"secret" not in data
    assert back.intermediate["standard"].same_as(certified)
    labels = {i.label for q in back.results.values() for i in q.influences()}
    assert labels == {"standard", ""}


def test_opaque_shows_one_influence_of_that_name() -> None:
    given_, certified, _ = case()
    data = dump(given_, {"standard": certified}, disclosure="opaque", name="Certificate A-9")
    back = load(data)
    influences = {i.id: i for q in back.results.values() for i in q.influences()}
    (one,) = influences.values()
    assert (one.label, str(one.source), one.joint) == ("Certificate A-9", "Certificate A-9", True)
    assert not back.intermediate and b"secret" not in data and b"NMI" not in data
    assert one.dof == pytest.approx(min(float(np.min(q.dof)) for q in given_.values()))


@pytest.mark.parametrize("disclosure", ["grouped", "opaque"])
def test_disclosed_twice_is_still_the_same(disclosure: str) -> None:
    given_, _, _ = case()
    first, second = (again(given_, disclosure=disclosure, name="A-9") for _ in range(2))
    for key in given_:
        assert first.results[key].same_as(second.results[key])


def test_an_issued_archive_names_its_certificate_and_keeps_identities() -> None:
    given_, certified, _ = case()
    for disclosure in ("full", "grouped"):
        back = again(given_, disclosure=disclosure, issued=Source("Lab A", "A-9"))
        numbers = {i.source.number for q in back.results.values() for i in q.influences()}
        assert numbers == {"S-1", "A-9"}
        assert back.results["a"].same_as(again(given_, disclosure=disclosure).results["a"])
        np.testing.assert_allclose(covariance(back.results["b"], certified), covariance(given_["b"], certified))


def test_one_name_for_a_result_and_an_input_does_not_mix_them() -> None:
    x = quantity(1.0, 0.1)
    for disclosure in ("full", "grouped"):
        back = again({"x": x * 5.0}, intermediate={"x": x}, disclosure=disclosure)
        assert (float(back.results["x"].value), float(back.intermediate["x"].value)) == (5.0, 1.0)


def test_too_much_to_merge_is_refused_and_large_arrays_stay_anonymous() -> None:
    x = quantity(np.ones(20_000), 0.1, label="secret")
    y = x * quantity(1.0, 0.01, label="secret")
    with pytest.raises(Refused) as refused:
        dump({"y": y}, disclosure="opaque")
    assert refused.value.findings[0].code == "quantity.archive.too_large"
    few = again({"y": y[:100]}, disclosure="grouped")
    assert few.results["y"].same_as(again({"y": y[:100]}, disclosure="grouped").results["y"])
    np.testing.assert_allclose(few.results["y"].u, y[:100].u, rtol=1e-12)
    np.testing.assert_allclose(
        covariance(few.results["y"], few.results["y"]), covariance(y[:100], y[:100]), rtol=1e-9, atol=1e-16
    )
    assert {i.label for i in few.results["y"].influences()} == {""}


# ---------------------------------------------------------------- what was written


def test_version_1_is_read_for_ever() -> None:
    """The files lie here unchanged; the values are those of the day when they were written."""
    full = load((FOLDER / "archive_v1_full.json").read_bytes())
    assert full.digest.startswith("01d982ff52919125")
    assert list(full.intermediate) == ["standard", "slope"]
    stated = {
        "lengths": ([50.1136231246, 50.2136231246, 50.31362312459999, 50.413623124599994],
                    [0.0007145848306396181, 0.0007352764651342049, 0.0007685255234409926, 0.0008127923967288644],
                    [8.338274186787443, 9.257997668654953, 10.612627016919163, 11.999569618738114], "mm"),
        "mean": (50.26362312459999, 0.0007206812611552014, 8.624374411134692, "mm"),
        "residuals": ([-0.15, -0.04999999999999999, 0.050000000000000044, 0.15000000000000002],
                      [0.0001541103500742244, 0.00019685019685029527, 0.00025248762345905193, 0.00031424512724941337],
                      [16.635944700460826, 11.7625458996328, 7.611940298507463, 5.991168282614955], "mm"),
        "steps": ([0.1, 0.10000000000000003, 0.09999999999999998],
                  [0.00022360679774997898, 0.0003605551275463989, 0.0005],
                  [7.352941176470585, 8.711340206185564, 9.272997032640948], "mm"),
        "table": ([0.30000000000000004, 0.7000000000000001], [0.00022360679774997898, 0.0005],
                  [7.352941176470585, 9.272997032640948], "mm"),
        "temperature": (20.3, 0.05, math.inf, "°C"),
        "warming": (0.2999999999999956, 0.05, math.inf, "K"),
        "gauge": (1.0, 0.001, math.inf, "in"),
        "constant": (2.5, 0.0, math.inf, "1"),
        "empty": ([], [], [], "V"),
    }  # fmt: skip
    for disclosure in ("full", "grouped", "opaque"):
        read = load((FOLDER / f"archive_v1_{disclosure}.json").read_bytes())
        assert set(read.results) == set(stated)
        for name, (value, u, dof, unit) in stated.items():
            q = read.results[name]
            np.testing.assert_array_equal(q.value, value)
            np.testing.assert_allclose(q.u, u, rtol=1e-12)
            assert q.unit.symbol == unit
            if disclosure != "opaque":
                np.testing.assert_allclose(q.dof, dof, rtol=1e-12)
        assert covariance(read.results["mean"], read.results["table"]).sum() == pytest.approx(7.5e-8, rel=1e-9)
    assert full.results["temperature"].unit.kind == "point"


def test_what_is_made_today_is_what_was_made_then() -> None:
    """Same influences, same results: a quantity made again from its certificate cancels against the stored one."""
    made, between = reference_results()
    old = load((FOLDER / "archive_v1_full.json").read_bytes())
    assert json.loads(dump(made, between)) == json.loads((FOLDER / "archive_v1_full.json").read_bytes())
    for name in ("lengths", "mean", "residuals", "steps", "table", "temperature", "gauge"):
        assert old.results[name].same_as(made[name])


def test_units_that_dsi_has_no_word_for() -> None:
    given_ = {
        "gauge": quantity(1.0, 0.1, "in"),
        "root": quantity(8.0, 0.1, "m") ** (1.0 / 3.0),
        "point": quantity(70.0, 0.1, "degF"),
        "step": quantity(70.0, 0.1, "degF") - quantity(61.0, 0.1, "degF"),
    }
    for key, q in again(given_).results.items():
        assert q.unit.kind == given_[key].unit.kind
        assert q.same_as(given_[key])


def test_edges_survive() -> None:
    given_ = {
        "empty": quantity(np.zeros((0, 3)), 0.1, "V"),
        "emptied": quantity(np.zeros((2, 3)), 0.1)[:0],
        "nothing": quantity(np.zeros((2, 0, 3)), 0.1).sum(axis=1),
        "constant": quantity([1.0, 2.0], None),
        "tiny": quantity(5e-324, 0.0),
        "large": quantity(1.7e308, 1.0),
        "deep": quantity(np.ones((1, 2, 1, 2)), 0.1) * quantity(1.0, 0.5),
    }
    for disclosure in ("full", "grouped", "opaque"):
        back = again(given_, disclosure=disclosure)
        for key, q in given_.items():
            assert back.results[key].shape == q.shape
            np.testing.assert_array_equal(back.results[key].value, q.value)
            np.testing.assert_allclose(back.results[key].u, q.u, rtol=1e-12)
    assert again({}).results == {}


def test_what_cannot_be_written_is_refused() -> None:
    with np.errstate(all="ignore"):
        bad = {
            "value": Quantity(float("nan"), ONE, {}),
            "u": abs(quantity(0.0, 0.1)),
        }
    for key, q in bad.items():
        for disclosure in ("full", "grouped", "opaque"):
            with pytest.raises(Refused) as refused:
                dump({key: q}, disclosure=disclosure)
            assert (refused.value.findings[0].code, refused.value.findings[0].where) == (
                "quantity.value.not_finite",
                key,
            )
    same = [quantity(1.0, u, id="b" * 32, source=Source("Lab", n)) for u, n in ((0.1, "1"), (0.2, "2"))]
    for disclosure in ("full", "grouped", "opaque"):
        with pytest.raises(Refused) as refused:
            dump({"a": same[0], "b": same[1]}, disclosure=disclosure)
        assert refused.value.findings[0].code == "quantity.identity.conflict"


def test_the_order_of_names_in_a_file_means_nothing() -> None:
    """Another program may write the keys sorted: r10,0 before r2,0; the influence is the same."""
    group = stack(joint([0.0] * 12, [0.1] * 12, 0.5 * np.eye(12) + 0.5))
    data = dump({"y": group})
    resorted = json.dumps(json.loads(data), sort_keys=True).encode()
    assert resorted.index(b"r10,0") < resorted.index(b"r2,0")
    assert not np.any((load(resorted).results["y"] - group).u)


def test_conflict_between_archives_names_both() -> None:
    a, b = (
        again({"x": quantity(1.0, u, id=identity("x"), source=Source("Lab A", number))}).results["x"]
        for u, number in ((0.1, "1"), (0.3, "2"))
    )
    with pytest.raises(Refused) as refused:
        _ = (a - b).u
    assert "Lab A 1" in str(refused.value) and "Lab A 2" in str(refused.value)


# ---------------------------------------------------------------- what comes from outside


def sealed(document: Any) -> bytes:
    """A document with the digest that belongs to it: someone who lies takes the trouble to seal the lie."""
    document = json.loads(json.dumps(document))
    if isinstance(document, dict) and all(key in document for key in module.BODY):
        with contextlib.suppress(ValueError):  # a number that has no digest
            document = {**document, "sha256": module._digest({key: document[key] for key in module.BODY})}
    return json.dumps(document).encode()


def document() -> dict[str, Any]:
    x = quantity(np.array([1.0, 2.0, 3.0]), [0.1, 0.2, 0.3], "mm", dof=4, id=identity("x"))
    s, t = joint([1.0, 2.0], [0.1, 0.2], [[1.0, 0.5], [0.5, 1.0]], id=identity("s"))
    z = complex_quantity(np.array([1j, 2.0]), 0.1 + 0.2j, id=identity("z"))
    made: dict[str, Any] = json.loads(
        dump({"y": x * s, "mean": x.mean() * t, "rest": x - x.mean(), "d": x[1:] - x[:-1], "z": z * s})
    )
    return made


def refused_by(data: bytes) -> str:
    """The code with which these bytes are refused; the sentence must be readable in both languages."""
    with pytest.raises(Refused) as refused:
        load(data, "here")
    first = refused.value.findings[0]
    assert first.where == "here"
    assert all("?" not in sentences(first, language)["what"].replace("here", "") for language in ("zh", "en"))
    return first.code


def change(path: str, value: Any) -> bytes:
    made = document()
    node: Any = made
    *way, last = [int(p) if p.lstrip("-").isdigit() else p for p in path.split("/")]
    for step in way:
        node = node[step]
    assert last in node or isinstance(last, int)
    node[last] = value
    return sealed(made)


HOSTILE: dict[str, Any] = {
    "influences/0/size": [100_000_001, 10**400, -1, 1.5, "3", None, True, 2, [], 4],
    "influences/0/id": ["", "x" * 32, "A" * 32, 5, None, identity("s"), identity("nobody")],
    "influences/0/u": [-0.1, [0.1, 0.2], [[0.1, 0.2, 0.3]], "0.1", None, [0.1, None, 0.2], ["0.1"] * 3, {}, 10**400],
    "influences/0/dof": [0, -3, "4", [], [1, 2], 10**400, {}],
    "influences/0/joint": [1, "yes", None],
    "influences/0/source": [None, {"issuer": 5}, {"stranger": "x"}, [], "x"],
    "influences/0/parameters": [None, {"a": "b"}, {"a": None}, [1], {"a": [[1, 2]]}, {"a": []}, {"a": [1, "2"]},
                                {"a": [1e999]}, {"a": [True]}],
    "influences/0/label": [5, None, []],
    "influences": [None, 5, "x", {}, [5], [[]], [{}]],
    "results/y/shape": [[-1], [2], [3, 1], "3", None, [3.0], [10**30], [0, 10**18], [True, 3], 3],
    "results/y/value": [[1.0, 2.0], "abc", [[1.0, 2.0, 3.0]], [1, 2, None], [1, 2, "3"], {}, None, [10**400, 1, 2]],
    "results/y/unit": ["furlongs per moon", 5, None, "\\micro\\metre\\", "m" * 10_000, "dB", "cal"],
    "results/y/blocks": [None, 5, {}, [5], [{}], "x"],
    "results/y/blocks/0/id": [identity("nobody"), 5, None, identity("s")],
    "results/y/blocks/0/index": [[[-1, 1, 2]], [[0, 1, 3]], [[0, 1]], [0, 1, 2], [[0.5, 1, 2]], [], [[]], None, "x",
                                 [[0, 1, 2], [0, 1, 2]], [[10**30, 1, 2]], [[True, False, True]]],
    "results/y/blocks/0/coefficient": [[[1.0, 2.0]], [1.0, 2.0, 3.0], [[None, 1, 2]], None, [[[1.0], [2.0], [3.0]]]],
    "results/y/blocks/1/scale": [[[1.0, 2.0, 3.0]], [], [[]], [[1.0, 2.0], [1.0, 2.0]], 5, None, [1.0, 2.0], "x",
                                 [[[1.0]], [[2.0]]]],
    "results/mean/blocks/0/weights": [[[1.0, 2.0]], [1.0, 2.0, 3.0], [], [[1.0, 2.0, 3.0]] * 2, None, [[None, 1, 2]]],
    "results/z/complex": [1, 0, None, "true", [], {}],
    "results/z/shape": [[4], [1, 2, 2], [2], []],
    "results": [None, 5, [], {"a": None}, {"a": 5}, {"a": {}}],
    "intermediate": [None, 5, [5], "x"],
    "disclosure": [None, 5],
}  # fmt: skip


@pytest.mark.parametrize(("path", "value"), [(p, v) for p, values in HOSTILE.items() for v in values])
def test_hostile_archives_are_refused(path: str, value: Any) -> None:
    found = refused_by(change(path, value))
    assert found in READ_DAMAGE or (path.endswith("unit") and found.startswith("quantity.unit."))


def test_what_stands_twice_is_refused() -> None:
    for part, where in ((("influences",), 0), (("results", "y", "blocks"), 0)):
        made = document()
        node: Any = made
        for step in part:
            node = node[step]
        node.append(json.loads(json.dumps(node[where])))
        assert refused_by(sealed(made)) == "quantity.archive.unreadable"


def test_one_element_in_two_slots_is_added_before_it_is_squared() -> None:
    made = document()
    row = made["results"]["y"]["blocks"][0]
    row["index"], row["coefficient"] = [[0, 1, 2], [0, 1, 0]], [[0.3, 0.3, 0.3], [0.4, -0.3, 0.4]]
    made["results"]["y"]["blocks"] = [row]
    read = load(sealed(made)).results["y"]
    np.testing.assert_allclose(read.u, [0.7, 0.0, 0.5], rtol=1e-15)


@pytest.mark.parametrize("version", [0, 2, 1.0, True, "1", None, [], {"a": 1}])
def test_other_versions(version: Any) -> None:
    assert refused_by(change("version", version)) == "quantity.archive.version"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b"{}",
        b'"x"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"suyuan":"archive","version":1,"version":1}',
        b'{"suyuan":"archive","version":1,"sha256":"","disclosure":"full","influences":[],"results":{},"intermediate":NaN}',
        b'{"suyuan":"archive","version":1,"sha256":"","disclosure":"full","influences":[1e999],"results":{},"intermediate":{}}',
        b"9" * 10_000,
        json.dumps({"suyuan": "statement", "version": 1, "sha256": ""}).encode(),
    ],
    ids=lambda data: data[:24].decode("latin-1"),
)
def test_other_bytes(data: bytes) -> None:
    assert refused_by(data) == "quantity.archive.unreadable"


def test_deep_nesting_under_a_true_digest() -> None:
    nested = b"[" * 5_000 + b"]" * 5_000
    data = dump({"y": quantity(1.0, 0.1)}).replace(b'"value": [\n    1.0\n   ]', b'"value": ' + nested)
    assert nested in data
    assert refused_by(data) in READ_DAMAGE


def test_altered_archives_are_refused() -> None:
    data = dump({"y": quantity(1.25, 0.125, "mm", label="gauge")})
    for old, new in (
        (b"1.25", b"1.26"),
        (b"0.125", b"0.0625"),
        (b"milli", b"micro"),
        (b"gauge", b"Gauge"),
        (b"full", b"none"),
    ):
        assert data.count(old) >= 1
        assert refused_by(data.replace(old, new)) == "quantity.archive.altered"


def test_truncated_archives_are_refused() -> None:
    data = sealed(document())
    for length in range(0, len(data) - 1, 37):
        assert refused_by(data[:length]) == "quantity.archive.unreadable"


def test_a_few_words_claim_no_gigabyte() -> None:
    """One influence of 10⁷ elements with one u, in half a kilobyte: read, and used, without making the elements."""
    made = document()
    made["influences"][0] |= {"size": 10_000_000, "u": 0.1}
    del made["results"]["rest"], made["results"]["mean"]  # their weights would have to be as long
    tracemalloc.start()
    y = load(sealed(made)).results["y"]
    assert tracemalloc.get_traced_memory()[1] < 2e6
    tracemalloc.stop()
    assert np.all(np.isfinite(y.u)) and y.influences()[0].size == 10_000_000
    made["influences"][0]["size"] = 10_000_001
    assert refused_by(sealed(made)) == "quantity.archive.unreadable"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([10**9, -(10**12), 10**40, 1e300, -1e-300])
    | st.floats(allow_nan=True) | st.text(max_size=3) | st.sampled_from([identity("x"), identity("s"), "\\metre"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2), max_leaves=6,
)  # fmt: skip


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(node, dict):
        return [way, *(p for k, v in node.items() for p in places(v, (*way, k)))]
    if isinstance(node, list):
        return [way, *(p for k, v in enumerate(node) for p in places(v, (*way, k)))]
    return [way]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_lie_is_either_refused_or_usable(data: st.DataObject) -> None:
    made = document()
    ways = [w for w in places(made) if w]
    for _ in range(data.draw(st.integers(1, 2))):
        way = data.draw(st.sampled_from(ways))
        node: Any = made
        try:
            for step in way[:-1]:
                node = node[step]
            node[way[-1]] = data.draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue
    try:
        read = load(sealed(made), "here")
    except Refused as refused:
        assert refused.findings
        return
    with np.errstate(all="ignore"):
        for q in (*read.results.values(), *read.intermediate.values()):
            assert q.u.shape == q.dof.shape == q.shape
            total = (q - q.relabelled(q.unit)).u if q.unit.kind == "difference" else q.u
            assert not np.any(np.abs(total) > 0.0) or q.unit.kind == "point"
            if q.size:
                covariance(q.mean(), q)
                stack([q, q]).reshape(-1)[::-1]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_changed_byte_is_refused_or_means_nothing(data: st.DataObject) -> None:
    original = sealed(document())
    at = data.draw(st.integers(0, len(original) - 1))
    changed = original[:at] + bytes([data.draw(st.integers(0, 255))]) + original[at + 1 :]
    try:
        read = load(changed)
    except Refused as refused:
        assert refused.findings[0].code in READ_DAMAGE
        return
    assert read.digest == load(original).digest
