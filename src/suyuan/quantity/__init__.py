"""Quantities: values with unit, uncertainty and influences.

The room is also the verb: `suyuan.quantity(50.000623, 25e-6, "mm")` makes one (see `quantity.quantity.quantity`).
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """A module that can be called, because the word of the room and that of its first verb are the same."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from suyuan.quantity.quantity import quantity

        return quantity(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
