"""Documents to put in a store, all of our own making."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Typed = Callable[..., bytes]


def typed_document(number: str, value: str = "50.0", **more: Any) -> bytes:
    document = {
        "suyuan": "typed-certificate", "issuer": "NIM", "number": number, "act": "calibration",
        "ended": "2024-01-10", "issued": "2024-01-12", "valid_until": "2025-01-11",
        "item": {"name": {"zh": "量块", "en": "gauge block"}},
        "results": [{"name": {"en": "length"}, "value": value, "unit": "mm", "U": "0.0001", "k": "2"}],
    }  # fmt: skip
    return json.dumps(document | more, ensure_ascii=False).encode()


@pytest.fixture
def typed() -> Typed:
    return typed_document
