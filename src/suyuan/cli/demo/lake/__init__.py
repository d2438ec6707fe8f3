"""The demo's lake: one family of streams for each named industry, with the certificates that correct its readings.

All readings are made by the generators here, from the seeds and true values that each stream's title tells; nothing is
measured. Among them: a gap, a repeated delivery, a conflict, a withdrawn certificate, and one superseded late.
A dataset of each industry is published, with grants, requests and a log of uses.
"""

from __future__ import annotations

from importlib.util import find_spec

from suyuan.cli.demo.shelf import Shelf


def build(shelf: Shelf) -> None:
    """Certificates, corrections and readings into the demo's data folder; without the parts of `[lake]`, nothing."""
    if find_spec("deltalake") is None or find_spec("pyarrow") is None:
        return
    from suyuan.cli.demo.lake import aircraft, environment, sharing, ship, vehicle
    from suyuan.cli.doctor import release
    from suyuan.lake.beside import lake_of

    made = [part.build(shelf) for part in (aircraft, vehicle, environment, ship)]
    lake = lake_of(shelf.store.folder, new=True)
    lake.declare(stream for part in made for stream in part.streams)
    lake.append([block for part in made for block in part.blocks])
    sharing.publish(shelf, lake, f"suyuan {release()}")
    sharing.share(shelf, lake)
