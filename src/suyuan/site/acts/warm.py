"""The site warms up: what the pages of today need is worked out in the background, before somebody asks for it.

A thread looks every few seconds whether something was added, here or by another process, or a new day has begun; then
it makes the snapshot and what the large pages take from it. A page that is asked for meanwhile waits for the part that
it needs (`Snapshot.once`), or works it out itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Any

from django.db import connections

from suyuan.site.acts import find_all, today_service
from suyuan.site.acts.carbon import day as carbon_day
from suyuan.site.acts.closing import gaps
from suyuan.site.acts.matching import capability, need
from suyuan.site.acts.service import now_known
from suyuan.verbs.snapshot import Snapshot

EVERY = 2.0
"""Seconds between two looks."""
STEPS: Mapping[str, Callable[[Snapshot], Any]] = {
    "capabilities": capability.known,
    "columns": need.columns,
    "words": capability.index,
    "supports": need.supports,
    "states": capability.states,
    "choices": capability.choices,
    "verdicts": need.verdicts,
    "everything": find_all.indexed,
    "changes": today_service.changes,
    "gaps": gaps.all_gaps,
    "stacks": carbon_day.warmed,
}
"""What is worked out for a day, in the order in which it is missed most."""
_log = logging.getLogger("suyuan.warm")


def warm(stop: Event | None = None, last: Snapshot | None = None) -> Snapshot:
    """Work out what the pages of today need, unless that was done for `last`; stops between two steps when told to, or
    when something was added meanwhile.

    Returns the snapshot. A step that fails is logged: the page that needs it will say why.
    """
    known = now_known()
    for name, step in STEPS.items() if known is not last else ():
        if (stop is not None and stop.is_set()) or now_known() is not known:
            break
        try:
            step(known)
        except Exception:
            _log.exception("what pages need of the %s could not be worked out beforehand", name)
    return known


class Warmer:
    """The thread. It ends with the process, or when `end` is called."""

    def __init__(self, every: float = EVERY) -> None:
        self._every, self._stop, self.done = every, Event(), Event()
        self._thread = Thread(target=self._run, name="suyuan-warm", daemon=True)

    def begin(self) -> Warmer:
        """Start. `done` is set once the first warm-up is through."""
        self._thread.start()
        return self

    def end(self) -> None:
        """Stop after the step that is being worked on; a long one is not waited for, since it keeps nothing."""
        self._stop.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        last: Snapshot | None = None
        while not self._stop.is_set():
            try:
                last = warm(self._stop, last)
            except Exception:  # pages say what cannot be read, and the next look may succeed
                _log.exception("what is known today could not be read")
            finally:
                connections.close_all()
            self.done.set()
            self._stop.wait(self._every)
