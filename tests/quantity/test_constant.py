"""Fundamental constants: values and uncertainties as tabulated, correlations as they follow from lineage."""

from __future__ import annotations

import math

import pytest
from scipy.constants import physical_constants

from suyuan.quantity.archive.archive import dump, load
from suyuan.quantity.budget import by_certificate
from suyuan.quantity.constant import Constant, constant, known
from suyuan.quantity.covariance import correlation
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.table import load as table
from suyuan.quantity.unit import parse_unit

ROWS = {row["symbol"]: row for row in table("suyuan.quantity", "constants")}


def last_digit(u: float) -> float:
    """The place of the second digit of an uncertainty."""
    return float(10.0 ** (math.floor(math.log10(u)) - 1))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_the_table_is_that_of_codata_2022(row: dict[str, object]) -> None:
    """Value, u and unit of each row against the table that SciPy ships; the unit by dimension and factor."""
    if "codata" not in row:
        assert row["symbol"] == "T_ice"
        return
    value, unit, u = physical_constants[str(row["codata"])]
    assert row["value"] == pytest.approx(value, rel=1e-15) and row["u"] == u
    if unit:
        theirs, ours = parse_unit(unit), parse_unit(str(row["unit"]))
        assert theirs.dimension == ours.dimension and theirs.factor == pytest.approx(ours.factor)
    else:
        assert row["unit"] == "1"


@pytest.mark.parametrize("c", known(), ids=lambda c: c.symbol)
def test_value_and_u_follow_from_lineage(c: Constant) -> None:
    """Value and u of a constant made from the others agree with the tabulated ones at all printed digits."""
    q = constant(c.symbol)
    assert q.unit == parse_unit(c.unit) and q.shape == ()
    if c.exact:
        assert float(q.value) == pytest.approx(c.value, rel=1e-15) and not q.blocks
        return
    assert round(float(q.value) / last_digit(c.u)) == round(c.value / last_digit(c.u))
    assert abs(float(q.u) - c.u) <= 0.5000001 * last_digit(c.u)


def r(a: str, b: str) -> float:
    return float(correlation(constant(a), constant(b)))


def test_correlations_have_the_signs_of_physics() -> None:
    assert r("mu_0", "eps_0") == pytest.approx(-1.0) and r("mu_0", "alpha_fs") == pytest.approx(1.0)
    assert r("m_e", "alpha_fs") == pytest.approx(-1.0, abs=1e-4)  # m_e = 2 R_inf h/(c alpha²)
    assert r("m_e", "mu_B") == pytest.approx(-1.0, abs=1e-6)
    assert r("m_e", "m_u") == pytest.approx(0.998, abs=2e-3) and r("a_0", "r_e") == pytest.approx(1.0, abs=1e-3)
    assert r("R_inf", "E_h") == pytest.approx(1.0) and r("G_N", "m_Planck") == pytest.approx(-1.0)
    assert r("Ar_e", "Ar_p") == pytest.approx(0.28) and r("alpha_fs", "Ar_e") == 0.0


def test_identities_hold_without_uncertainty() -> None:
    """µ0 ε0 c² = 1; N_A m_u = M_u; m_p/m_e as a ratio of masses; the Josephson and von Klitzing relations."""
    one = constant("mu_0") * constant("eps_0") * constant("c_0") ** 2
    assert float(one.value) == pytest.approx(1.0, rel=1e-15) and float(one.u) == pytest.approx(0.0, abs=1e-24)
    assert (constant("m_p") / constant("m_e")).same_as(constant("mp_me"), 1e-10)
    assert (constant("N_A") * constant("m_u")).same_as(constant("M_u"))
    ratio = constant("m_p") / constant("m_e")
    assert float(ratio.u / ratio.value) == pytest.approx(1.73e-11, rel=0.01)  # alpha cancels: not 3.1e-10
    assert float((constant("K_J") ** 2 * constant("R_K") * constant("h_P")).value) == pytest.approx(4.0, rel=1e-15)
    assert float(constant("R_gas").value) == 8.31446261815324


def test_constants_are_one_source_and_stay_themselves_in_an_archive() -> None:
    """Two laboratories that use one constant are correlated through it."""
    mu_0 = constant("mu_0")
    (row,) = by_certificate(mu_0)
    assert (row.source.issuer, row.name) == ("CODATA", "2022")
    back = load(dump({"mu_0": mu_0}, disclosure="grouped")).results["mu_0"]
    assert (constant("eps_0") * back).u == pytest.approx(0.0, abs=1e-40)
    assert back.same_as(mu_0)


def test_names_in_both_languages_and_no_clash() -> None:
    names = [c.symbol for c in known()]
    assert len(set(names)) == len(names) and all(name.isidentifier() and len(name) > 2 for name in names)
    assert all(c.zh and c.en and c.source for c in known())
    assert len({c.zh for c in known()}) == len({c.en for c in known()}) == len(names)


def test_an_unknown_symbol_names_similar_ones() -> None:
    with pytest.raises(Refused) as refused:
        constant("k_b")
    (found,) = refused.value.findings
    assert found.code == "constant.symbol.unknown" and "k_B" in sentences(found, "en")["remedy"]
