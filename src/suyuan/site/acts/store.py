"""The store of this site, with its evidence and graph remembered as long as nothing is added.

Everybody who needs documents asks here: `store()` for the folder, `evidence()` for what the documents state, `graph()`
for who used what. The first two never differ; the graph is built once for each evidence, also between threads.
Adding goes through `store().add(...)`; the next `evidence()` sees it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings

from suyuan.store.folder import Store
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import Graph, build

_lock = Lock()
_graph: tuple[Evidence, Graph] | None = None


@cache
def _opened(folder: Path) -> Store:
    return Store(folder)


def store() -> Store:
    """The store in `settings.DATA`; one object a process, so that it reads each document once."""
    if settings.DATA is None:
        raise RuntimeError("the site has no data folder: set SUYUAN_DATA")
    return _opened(settings.DATA)


def evidence() -> Evidence:
    """What all documents state; the same value until a document is added, here or by another process."""
    with _lock:
        return store().evidence()


def graph() -> Graph:
    """The graph of `evidence()`, built once for it."""
    global _graph
    known = evidence()
    with _lock:
        if _graph is None or _graph[0] is not known:
            _graph = (known, build(known))
        return _graph[1]
