"""Quantities: values with unit, uncertainty and influences.

The room is also the verb: `suyuan.quantity(50.000623, 25e-6, "mm")` makes one (see `quantity.quantity.quantity`).
"""

from __future__ import annotations

import sys
from functools import update_wrapper
from importlib import import_module
from importlib.util import find_spec
from typing import Any


class Verb:
    """The function `quantity` with the modules of this room as attributes: the word of the room and that of its first
    verb are the same. `help` and `inspect.signature` show the function."""

    def __init__(self) -> None:
        from suyuan.quantity.quantity import quantity

        self._make = quantity
        update_wrapper(self, quantity)
        self.__name__ = __name__  # who walks the modules of the room goes by it

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._make(*args, **kwargs)

    def __get__(self, owner: Any, kind: Any = None) -> Verb:
        return self  # what has a __get__ is a routine to pydoc, and is documented as one

    def __getattr__(self, name: str) -> Any:
        room = sys.modules[__name__]
        if not hasattr(room, name) and not name.startswith("_") and find_spec(f"{__name__}.{name}"):
            import_module(f"{__name__}.{name}")
        return getattr(room, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(sys.modules[__name__])})
