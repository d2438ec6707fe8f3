"""Who may change the rows of an organisation."""

from __future__ import annotations

from typing import Any

import pytest

CAPABILITY = {
    "id": "NMI-L-01", "quantity": "length", "interval": {"low": "0", "high": "1", "unit": "m"},
    "uncertainty": {"form": "value", "U": "1", "unit": "nm", "k": "2"},
}  # fmt: skip


@pytest.mark.parametrize(
    "organisation",
    [
        {"zh": "演示国家计量院", "en": "demo national institute"},
        {"zh": "演示国家计量院", "en": "演示市计量院"},  # one name of one's own does not make the other one's own
        {"zh": "演示国家计量院\u200b", "en": "x"},
        {"zh": " 演示国家 计量院", "en": "x"},
    ],
)
def test_another_house_is_not_written_for(stocked: object, organisation: dict[str, str]) -> None:
    from django.contrib.auth.models import User

    from suyuan.quantity.finding import Refused
    from suyuan.site.acts import service

    who: Any = User.objects.get(username="metrologist")
    with pytest.raises(Refused) as refused:
        service.deliver(who, organisation, {"capability": [CAPABILITY]})
    assert [f.code for f in refused.value.findings] == ["site.service.foreign"]
    kept = next(c for c in service.now_known().capabilities if c.id == "NMI-L-01")
    assert kept.interval.high == 100.0


def test_own_and_new_houses_are(stocked: object) -> None:
    from django.contrib.auth.models import User

    from suyuan.site.acts import service

    who: Any = User.objects.get(username="metrologist")
    for name in ("演示市计量院", "某新实验室"):
        assert service.deliver(who, {"zh": name}, {"capability": [CAPABILITY | {"id": "X-1"}]}).rows == 1
    assert service.deliver(who, {"zh": "某新实验室"}, {"capability": [CAPABILITY | {"id": "X-2"}]}).rows == 1
