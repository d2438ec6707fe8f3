"""Quality of a stream: what the rules see, what of it is kept as flags, and the word of a person with its reason."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from django.core.exceptions import PermissionDenied

from suyuan.lake.flags import keep, kept, say, subject
from suyuan.lake.table import now
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.table import Row
from suyuan.series.quality.check import Checked, check
from suyuan.series.quality.flags import VERDICTS, Human, Run, run_of
from suyuan.series.quality.rows import in_force
from suyuan.site.acts import store
from suyuan.site.acts.log import told
from suyuan.site.acts.series import held
from suyuan.site.acts.series.asked import Asked
from suyuan.site.acts.service import may
from suyuan.store.zone import house_day, house_zone
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.series.quality import circumstances

FLAG = ("steward", "evaluate", "issue")
__all__ = ["FLAG", "VERDICTS", "Quality", "flag", "keep_run", "may_flag", "quality"]
_lock = Lock()
_checked: OrderedDict[tuple[Any, ...], tuple[Evidence, Checked]] = OrderedDict()
REMEMBERED = 4


@dataclass(frozen=True)
class Quality:
    """What is known of a stream's quality. rules: in force, by id; reported: mark of the device → readings that bear
    it; runs: checks whose flags are kept, the newest first; people: words of persons, the newest first."""

    checked: Checked
    rules: Mapping[str, Row]
    reported: Mapping[str, int]
    runs: tuple[Run, ...]
    people: tuple[Human, ...]


def may_flag(user: Any) -> bool:
    """Whether somebody may flag readings."""
    return may(user, *FLAG)


def quality(id: str) -> Quality:
    """The quality of a stream as known now. Raises KeyError for one that is not there."""
    lake = held.lake()
    done = _check(id)
    assert lake is not None
    texts, code = done.subject.marks
    counts = np.bincount(code, minlength=len(texts)) if len(code) else np.zeros(len(texts), np.int64)
    reported = {text: int(n) for text, n in zip(texts, counts, strict=True) if text and n}
    runs, people = kept(lake, id)
    return Quality(done, in_force(done.subject.day), reported, runs[::-1], people[::-1])


def _check(id: str) -> Checked:
    """All rules over all readings, once for each state of the lake, of the certificates, and each day."""
    lake, stream, made = held.lake(), held.streams()[id], held.join()
    assert lake is not None
    some = held.mine(made, stream, [row for row in held.block_rows() if row["stream"] == id])
    moment = now()
    key, evidence = (held.state_of(lake), id, held.id_of(some), moment // 86_400_000_000), store.evidence()
    with _lock:
        if key in _checked and _checked[key][0] is evidence:
            return _checked[key][1]
    instruments = {stream.instrument, *(row["instrument"] for row in held.block_rows() if row["stream"] == id)}
    around = circumstances(evidence, made, instruments, moment, house_day(), house_zone())
    done = check(subject(lake, stream, some, moment, around))
    with _lock:
        _checked[key] = evidence, done
        while len(_checked) > REMEMBERED:
            _checked.popitem(last=False)
    return done


def _allow(user: Any) -> None:
    if not may_flag(user):
        raise PermissionDenied


def keep_run(user: Any, id: str) -> Run:
    """Keep what the rules see now as computed flags. Raises PermissionDenied, Refused where the disk is full."""
    _allow(user)
    lake = held.lake()
    assert lake is not None
    run = run_of(_check(id))
    keep(lake, run)
    told("quality_kept", user.get_username(), name=id, flags=len(run))
    return run


def flag(user: Any, id: str, given: Asked, verdict: str, reason: str) -> Human:
    """Say of a span what a person thinks of it; no reading is altered. Raises PermissionDenied, Refused."""
    _allow(user)
    lake = held.lake()
    assert lake is not None
    if given.findings:
        raise Refused(*given.findings)
    if given.first is None or given.last is None:
        raise Refused(finding("site.data.flag_span", "from"))
    if not verdict.strip():
        raise Refused(finding("site.data.flag_verdict", "verdict"))
    human = Human(id, given.first, given.last, verdict, user.get_username(), reason.strip(), now())
    say(lake, human)
    told("flagged", user.get_username(), name=id, verdict=verdict, reason=reason.strip()[:300])
    return human
