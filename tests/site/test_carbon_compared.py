"""The look at a year says where it was copied wrongly from the certificates of the house."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .test_carbon import page_of, plant, typed, words

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
Clients = Callable[..., Any]


def look(client: Clients, content: Any) -> tuple[int, str]:
    answer = client("reviewer").post("/carbon/new", {"text": typed(content), "do": "look"})
    return answer.status_code, words(page_of(answer))


def unmonitored(folder: Path) -> Any:
    return {key: value for key, value in plant(folder).items() if key != "stacks"}


def test_a_number_that_is_not_its_certificates_makes_no_claim(demo: Path, client: Clients) -> None:
    """63.2 % for 60.20 % brought 14 718 t, a tenth of U took a thousand off: nothing was said of either."""
    content = unmonitored(demo)
    coal = content["streams"][0]
    coal["reports"][0]["carbon"] = 63.2
    coal["components"][1]["U_rel"] = 0.0006
    status, page = look(client, content)
    assert status == 422
    for said in ("63.2", "60.20 %", "DEMO-LAB-C-2025-01", "0.0006", "U = 0.006 (k = 2)", "DEMO-CITY-M-0812"):
        assert said in page, said


def test_months_without_the_certificate_that_lies_there_are_told(demo: Path, client: Clients) -> None:
    content = unmonitored(demo)
    content["streams"][0]["components"].pop(1)
    status, page = look(client, content)
    assert status == 200 and "6–12 月没有证书" in page and "DEMO-CITY-M-0812" in page and "≥" in page
