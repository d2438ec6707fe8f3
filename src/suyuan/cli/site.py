"""`suyuan demo` makes a populated data folder; `suyuan serve` opens the site on one, as a process of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli import reading
from suyuan.cli.command import DataNeeded, today
from suyuan.cli.language import term
from suyuan.cli.output import Answer
from suyuan.quantity.finding import Refused, finding

MARK = "DEMO"
NEEDED = ("django", "waitress", "whitenoise", "matplotlib")


@dataclass(frozen=True)
class Demo:
    """Where the demonstration is made."""

    data: DataNeeded


@dataclass(frozen=True)
class Serve:
    """Which data folder, and where it is opened."""

    data: DataNeeded
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=term("help.port"))] = 8000
    host: Annotated[str, typer.Option("--host", help=term("help.host"))] = "127.0.0.1"
    open_browser: Annotated[bool, typer.Option("--open", help=term("help.open"))] = False


def demo(asked: Demo) -> Answer:
    """Make the demonstration once; a folder that already is one stays as it is, any other full one is refused."""
    there = (asked.data / MARK).is_file()
    if not there:
        if asked.data.exists() and (not asked.data.is_dir() or any(asked.data.iterdir())):
            raise Refused(finding("cli.demo.not_empty", str(asked.data)))
        _make(asked.data)
    entries = reading.open_store(asked.data).documents()
    kinds = {kind: sum(e.kind == kind for e in entries) for kind in dict.fromkeys(e.kind for e in entries)}
    values = {"data": asked.data, "new": not there, "documents": len(entries), "kinds": kinds}
    key = "demo.there" if there else "demo.made"
    counted = ", ".join(f"{term('kind.' + kind)} {count}" for kind, count in kinds.items())

    def show(page: object) -> None:
        from suyuan.cli.output import Page

        assert isinstance(page, Page)
        page.title(term(key, folder=asked.data, count=len(entries)))
        page.facts(((term("demo.kinds"), counted), (term("demo.next"), f"suyuan serve --data {asked.data}")))

    return Answer(values, show)


def _make(folder: Path) -> None:
    """Build beside the place and move it there when it is whole, so that an interrupted making leaves nothing."""
    from suyuan.cli.demo import build

    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        build(making, today())
        (making / MARK).write_text("suyuan demo\n", "utf-8")
        making.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def serve(asked: Serve) -> Answer:
    """Become the site's process; returns only where the system cannot replace a process, after it has ended."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise Refused(finding("cli.serve.parts", "suyuan serve", missing=", ".join(missing)))
    if asked.data.exists() and not asked.data.is_dir():
        raise Refused(finding("cli.data.file", str(asked.data)))
    command = [sys.executable, "-m", "suyuan.site.serve", "--data", str(asked.data), "--host", asked.host]
    command += ["--port", str(asked.port), *(["--open"] if asked.open_browser else [])]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(sys.executable, command)
    code = subprocess.run(command, check=False).returncode
    raise typer.Exit(code)
