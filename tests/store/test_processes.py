"""Two real processes add to one folder at the same time, overlapping documents included; one is killed while adding."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from suyuan.store.folder import Store

PROGRAM = """
import json, sys, time
from pathlib import Path
from suyuan.store.folder import Store

def document(i):
    return json.dumps({
        "suyuan": "typed-certificate", "issuer": "NIM", "number": f"N-{i}", "act": "calibration",
        "ended": "2024-01-10", "issued": "2024-01-12", "item": {"name": {"en": "block"}},
        "results": [{"name": {"en": "length"}, "value": f"{i}.0", "unit": "mm", "U": "0.0001", "k": "2"}],
    }).encode()

folder, first, last, go = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
store = Store(folder)
print("ready", flush=True)
while not go.exists():
    time.sleep(0.001)
new = sum(store.add(document(i), f"{i}.json").new for i in range(first, last))
print(new, flush=True)
"""


def start(folder: Path, first: int, last: int, go: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(first), str(last), str(go)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def test_two_processes_add_at_the_same_time(tmp_path: Path) -> None:
    folder, go = tmp_path / "data", tmp_path / "go"
    running = [start(folder, 0, 60, go), start(folder, 30, 90, go)]
    go.touch()
    counts = [int(process.communicate(timeout=60)[0]) for process in running]
    assert [p.returncode for p in running] == [0, 0]
    assert sum(counts) == 90, "the thirty in common were new to one process only"
    store = Store(folder)
    assert Counter(e.number for e in store.documents()) == Counter(f"N-{i}" for i in range(90))
    assert store.verify() == () and store.rebuild() == ()
    assert len(store.evidence().certificates) == 90 and list((folder / "incoming").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is sent")
def test_a_killed_process_leaves_no_half_document_and_no_lock(tmp_path: Path) -> None:
    folder, go = tmp_path / "data", tmp_path / "go"
    process = start(folder, 0, 100_000, go)
    go.touch()
    index = folder / "index.jsonl"
    while not index.exists() or index.stat().st_size < 4000:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    store = Store(folder)
    kept = store.documents()
    assert len(kept) >= 10 and store.verify() == ()
    assert {e.number for e in kept} == {f"N-{i}" for i in range(len(kept))}
    assert store.add(b'{"suyuan": "policy"}').new, "the lock was given back"
