"""The demo's carbon: a power plant that is calculated and monitored, a steel works and a forest, with their claims.

All enterprises, laboratories, certificates and readings are invented and say so. How uncertain meters and assays are
follows published ranges: flow of a stack 1.5 to 5 %, gas standards 0.5 to 1 %, belt weighers 0.3 % of calibration and
0.4 % of repeatability, carbon of coal 0.6 % of the laboratory and 0.8 % of sampling, oxidation 0.5 % (ranges of
guidelines on stack monitoring and of national inventories, recalled).
"""

from __future__ import annotations

from importlib.util import find_spec

from suyuan.cli.demo.shelf import Shelf


def build(shelf: Shelf) -> None:
    """Certificates, documents, tables, claims, and who offers what they lack; without what reads tables, nothing."""
    if find_spec("pyarrow") is None:
        return
    from suyuan.cli.demo.carbon import forest, power, services, steel, works
    from suyuan.cli.demo.carbon.desk import Desk

    desk = Desk(shelf)
    power.build(desk)
    works.build(desk, steel.build(desk))
    forest.build(desk)
    services.build(shelf)
