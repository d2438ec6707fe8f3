"""A process that has the heavy packages loaded and forks for each command line: the same run, without the start.

Reads one JSON line a command (arguments, folder, environment, files for stdout and stderr), answers its exit code.
`suyuan.cli` itself is loaded by each fork anew, so language and state are those of a fresh process.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
from typing import Any, cast

HEAVY = (
    "numpy", "scipy.special", "lxml.etree", "typer", "typer.main", "rich.console", "rich.table", "rich.text",
    "suyuan.verbs.cases", "suyuan.verbs.check", "suyuan.verbs.trace", "suyuan.verbs.issue", "suyuan.store.folder",
)  # fmt: skip


def run(line: dict[str, Any]) -> int:
    """One command line in this (forked) process."""
    os.chdir(line["folder"])
    os.environ.clear()
    os.environ.update(line["environment"])
    for number, path in ((1, line["out"]), (2, line["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (sys.stdout, sys.stderr):
        cast(io.TextIOWrapper, stream).reconfigure(encoding="utf-8")
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
    for name in HEAVY:
        importlib.import_module(name)
    assert "suyuan.cli" not in sys.modules
    print("ready", flush=True)
    for text in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = run(json.loads(text))
            except BaseException:
                import traceback

                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
