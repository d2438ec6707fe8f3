"""Carbon mass balance and sectors: closed form, a shared scale, what is refused and what is told."""

from __future__ import annotations

import numpy as np
import pytest

from suyuan.carbon.component import Component, with_components
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.sector.balance import Flow, balance
from suyuan.carbon.sector.sector import checked, sectors
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source

SCALE = Component("rail scale", 0.005, source=Source("Demo", "W-1", "mass"))


def test_a_scale_that_weighs_in_and_out_counts_once() -> None:
    coke, iron = (with_components([mass], [SCALE])[0] for mass in (400.0, 900.0))
    found = balance(
        [Flow("coke", "input", coke, 0.86), Flow("iron", "output", iron, 0.045), Flow("heap", "stock", 10.0, 0.86)]
    )
    carbon = 400 * 0.86 - 900 * 0.045
    assert float(found.emission.value) == pytest.approx((carbon - 8.6) * 44 / 12)
    assert float(found.emission.u) == pytest.approx(carbon * 0.005 * 44 / 12)
    assert (found.carbon_in, found.carbon_out, found.carbon_stock) == pytest.approx((344.0, 40.5, 8.6))


def test_months_stay_months() -> None:
    found = balance([Flow("coke", "input", np.arange(1.0, 13.0), 0.8), Flow("slag", "output", np.ones(12), 0.01)])
    assert found.emission.shape == (12,)


def test_more_out_than_in_is_an_error_that_is_shown() -> None:
    found = balance([Flow("coke", "input", 10.0, 0.8), Flow("iron", "output", 900.0, 0.045)])
    assert [item.code for item in found.findings] == ["carbon.balance.negative"]
    assert float(found.emission.value) < 0


@pytest.mark.parametrize("flows", [[Flow("iron", "output", 1.0, 0.04)], [Flow("coke", "input", 1.0, 86.0)]])
def test_what_cannot_be(flows: list[Flow]) -> None:
    with pytest.raises(Refused):
        balance(flows)


def test_a_sector_says_what_is_missing() -> None:
    coal = SourceStream("coal", "combustion", np.ones(12), {"carbon": 0.5, "oxidation": 1.0})
    sold = SourceStream("steel", "credit", np.ones(12), {"factor": 0.0154})
    assert [item.code for item in checked("power", [coal.kind], True)] == ["carbon.sector.absent"]
    assert [dict(item.parameters)["kind"] for item in checked("steel", [coal.kind], False)] == [
        "process",
        "electricity",
        "credit",
    ]
    assert [item.code for item in checked("power", [coal.kind, sold.kind], True)][-1] == "carbon.sector.foreign"
    assert all(checked(sector, [], True) is not None for sector in sectors())
    with pytest.raises(Refused):
        checked("alchemy", [], False)
