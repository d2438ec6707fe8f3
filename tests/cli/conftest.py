"""The command line as a user runs it: a process of its own, in a folder of its own.

Most are forked from a warm process; whatever tests start-up, pipes, encodings or the server starts one from nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests import forked
from tests.demonstration import demonstration_in

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout; anything beside it is a fault."""
        value = json.loads(self.out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
        assert isinstance(value, dict)
        return value


Run = Callable[..., Ran]


def run_in(folder: Path, *arguments: object, **environment: str) -> Ran:
    """Run `suyuan` with these arguments in a folder; English unless the environment says otherwise."""
    known = {k: v for k, v in os.environ.items() if not k.startswith(("SUYUAN_", "LC_", "LANG", "COLUMNS"))}
    given = {**known, "SUYUAN_LANG": "en", "PYTHONPATH": str(EXAMPLE.parents[1] / "src"), **environment}
    words = [str(argument) for argument in arguments]
    if forked.POSSIBLE and "PYTHONIOENCODING" not in environment:
        with tempfile.TemporaryDirectory() as place:
            ran = Ran(*forked.run(words, folder, given, Path(place)))
    else:
        ran = _started(folder, words, given)
    assert "Traceback" not in ran.err, ran.err
    return ran


def _started(folder: Path, words: list[str], environment: dict[str, str]) -> Ran:
    """A process from the very start."""
    done = subprocess.run(
        [sys.executable, "-m", "suyuan.cli", *words],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def with_examples(folder: Path) -> Path:
    """A folder that holds the example documents where the walk-through expects them."""
    shutil.copytree(EXAMPLE, folder / "docs" / "example")
    return folder


@pytest.fixture
def suyuan(tmp_path: Path) -> Run:
    """`suyuan(...)` in an empty folder that holds the example documents."""
    with_examples(tmp_path)
    return lambda *arguments, **environment: run_in(tmp_path, *arguments, **environment)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demonstration; not to be written to."""
    return demonstration_in(tmp_path_factory.mktemp("demo") / "demo-data")
