"""Matters of the demo, played by the steps behind the pages."""

from __future__ import annotations

from suyuan.cli.demo.shelf import Shelf


def build(shelf: Shelf) -> None:
    """Nothing yet."""
