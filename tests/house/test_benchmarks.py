"""The benchmarks can be run: each is loaded; those of measurement data run whole on a few rows, answers compared."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
FILES = sorted(path.stem for path in FOLDER.glob("*.py"))
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
NEEDS = {
    "archive": "pyarrow", "fits": "scipy", "talent": "duckdb", "spark": "pyspark", "live": "amqtt",
    "comparison_means": "scipy", "comparison_estimators": "scipy", "stacks_spark": "pysail.spark",
}  # fmt: skip
SMALL: dict[str, tuple[list[str], dict[str, Any]]] = {
    "minute_year": (["1", "3000"], {"peak": lambda *_: 1.0, "ROUNDS": 1}),  # its peaks start processes
    "asof": (["4000", "5"], {}),
    "append": (["5000"], {"BATCH": 5000}),
    "hourly": (
        ["5000"],
        {
            "memory": lambda folder, streams: (streams * 200_000, 1, 1),
            "REPETITIONS": 1,
            "summed": lambda folder, blocks, what: (blocks * 2000, 1),
            "BLOCK": 2000,
        },
    ),
    "storage": (["5000"], {}),
    "quality": (["5000"], {}),
    "columns": (["5000"], {}),
    "forest": (["200", "64"], {"ROUNDS": 1}),
    "stack_year": (["1"], {"ROUNDS": 1, "LIMIT": 1e9, "AGAIN": 1e9, "peak": lambda *_: 1.0}),
    "stacks_spark": (["2", "1"], {}),
}
"""Arguments, and what of the module is made smaller."""


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for variable in THREADS:  # a benchmark sets them: put them back afterwards
        monkeypatch.setenv(variable, "1")
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", FILES)
def test_a_benchmark_is_loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    module = loaded(name, monkeypatch)
    assert callable(module.main) and module.__doc__


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_runs_on_a_few_rows(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for needed in ("duckdb", "deltalake", *([NEEDS[name]] if name in NEEDS else [])):
        pytest.importorskip(needed)
    module = loaded(name, monkeypatch)
    arguments, smaller = SMALL[name]
    for attribute, value in smaller.items():
        assert hasattr(module, attribute)
        monkeypatch.setattr(module, attribute, value)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    assert module.main() == 0, capsys.readouterr().out
    assert capsys.readouterr().out
