"""A process that has everything loaded and forks for each command line: the same run, without the start.

Loaded are modules, the tables that the house reads once a process, and the tree of commands.

Reads one JSON line a command (arguments, folder, environment, files for stdin, stdout and stderr) and answers its exit
code; of one that goes on beside the others (`beside`) its process id, and when asked (`ended`) its exit code.
The language is chosen once a process, while the commands are loaded: there is a process for each (`SUYUAN_LANG`).
"""

from __future__ import annotations

import gc
import importlib
import inspect
import json
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NoReturn

import typer

import suyuan

LOADED = (
    "scipy.optimize", "scipy.stats", "scipy.signal", "pyarrow.dataset", "ibis.backends.duckdb", "matplotlib.figure",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "rich.console", "rich.table", "rich.text",
    "typer._adapters",
)  # fmt: skip
"""What commands load when they need it."""


def load() -> None:
    """Everything but the site."""
    for name in LOADED:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(suyuan.__path__, "suyuan.", onerror=lambda name: None):
        if not module.name.startswith("suyuan.site"):
            with suppress(ImportError):  # an extra that is not there
                importlib.import_module(module.name)
    for table in tables():
        table()
    _tree_of_commands()
    gc.freeze()  # what is loaded stays shared with the forks


def tables() -> Iterator[Callable[[], object]]:
    """What a process reads once: functions of the house that are kept and take no argument."""
    for name, module in list(sys.modules.items()):
        if name.startswith("suyuan."):
            for kept in list(vars(module).values()):
                if hasattr(kept, "cache_info") and kept.__module__ == name and not inspect.signature(kept).parameters:
                    yield kept


def _tree_of_commands() -> None:
    """The commands as the parser sees them: they differ between languages only."""
    from suyuan.cli.main import commands

    made, other = typer.main.get_command(commands), typer.main.get_command
    typer.main.get_command = lambda app: made if app is commands else other(app)


def opened(line: dict[str, Any]) -> tuple[int, int, int]:
    """What a command line reads and where it writes. Opened before the fork: who asks may then close its own ends."""
    writes = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return os.open(line["input"], os.O_RDONLY), os.open(line["out"], writes), os.open(line["err"], writes)


def run(line: dict[str, Any], files: tuple[int, int, int]) -> int:
    """One command line in this (forked) process."""
    os.chdir(line["folder"])
    os.environ.clear()
    os.environ.update(line["environment"])
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.argv = ["suyuan", *line["arguments"]]
    from suyuan.cli.main import app

    try:
        code = app()
    except SystemExit as stop:
        code = int(stop.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def serve() -> None:
    """Fork for each line until stdin ends."""
    load()
    print("ready", flush=True)
    for text in sys.stdin:
        line = json.loads(text)
        if "ended" in line:
            print(os.waitstatus_to_exitcode(os.waitpid(line["ended"], 0)[1]), flush=True)
            continue
        files = opened(line)
        child = os.fork()
        if child == 0:
            _alone(line, files)
        for file in files:
            os.close(file)
        if line.get("beside"):
            print(child, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _alone(line: dict[str, Any], files: tuple[int, int, int]) -> NoReturn:
    """All of the forked process's life."""
    code = 70
    try:
        code = run(line, files)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
