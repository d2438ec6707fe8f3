"""Complex quantities through archives: both parts, their correlation, and what they share with real ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from suyuan.quantity.archive import archive
from suyuan.quantity.archive import columns as archive_columns
from suyuan.quantity.archive.archive import Disclosure
from suyuan.quantity.complex_quantity import complex_quantity
from suyuan.quantity.covariance import bivariate, covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity


def results() -> dict[str, Quantity]:
    """Scalars, vectors and a matrix, dependent on a real standard, on each other, on sums; one constant."""
    standard = quantity(2.0, 0.01, "V", source=Source("NMI", "S-1", "0"), id=identity("NMI", "S-1"), dof=40)
    z = complex_quantity(3 + 4j, 0.1 + 0.2j, "1", r=0.5, dof=12, label="z", id=identity("z"))
    s = complex_quantity(np.array([1 + 1j, 2 - 1j, 0.5j]), 0.01 + 0.02j, label="s", id=identity("s"))
    return {
        "z": z,
        "product": z * standard * s,
        "magnitude": abs(z * standard),
        "phase": np.angle(z * s),
        "sum": (s * z).sum(),
        "residual": s - s.mean(),
        "matrix": s.reshape(3, 1) * s.reshape(1, 3),
        "real": standard * (1 + 0j),
        "constant": quantity(1 - 2j, None),
        "empty": s[:0],
    }


FORMS = {"json": archive, "columns": archive_columns}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("disclosure", ["full", "grouped", "opaque"])
def test_both_parts_survive(form: str, disclosure: Disclosure) -> None:
    if form == "columns":
        pytest.importorskip("pyarrow")
    given_ = results()
    data = FORMS[form].dump(given_, disclosure=disclosure, name="A-1")
    back = FORMS[form].load(data).results
    for key, q in given_.items():
        assert back[key].is_complex == q.is_complex and back[key].shape == q.shape
        np.testing.assert_allclose(back[key].value, q.value, rtol=1e-15)
        np.testing.assert_allclose(bivariate(back[key]), bivariate(q), rtol=1e-9, atol=1e-14)
        if disclosure == "full":
            np.testing.assert_allclose(back[key].dof, q.dof, rtol=1e-9)
            assert not np.any(np.abs((back[key] - q).u) > 1e-9)
        for other in ("product", "magnitude"):
            kept = covariance(back[key], back[other])
            np.testing.assert_allclose(kept, covariance(q, given_[other]), rtol=1e-8, atol=1e-14)


def test_a_complex_quantity_is_marked_and_real_ones_are_as_before() -> None:
    document = json.loads(archive.dump(results()))
    row = document["results"]["z"]
    assert row["complex"] is True and row["shape"] == [2] and row["value"] == [3.0, 4.0]
    assert "complex" not in document["results"]["magnitude"]


@pytest.mark.parametrize("change", [{"complex": 1}, {"complex": "yes"}, {"shape": [1, 2]}, {"shape": []}])
def test_a_false_mark_is_refused(change: dict[str, object]) -> None:
    document = json.loads(archive.dump({"z": results()["z"]}))
    document["results"]["z"] |= change
    document["sha256"] = archive._digest({key: document[key] for key in archive.BODY})
    with pytest.raises(Refused) as refused:
        archive.load(json.dumps(document).encode())
    assert refused.value.findings[0].code == "quantity.archive.unreadable"
