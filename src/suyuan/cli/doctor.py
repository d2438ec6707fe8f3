"""`suyuan doctor`: what is there and what is not, each with what to do."""

from __future__ import annotations

import operator
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from suyuan.cli.command import Data
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Severity, finding

OLDEST = (3, 11)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FONT_FILES = ("*CJK*", "*msyh*", "*simsun*", "*PingFang*", "*STHeiti*", "*wqy*", "*SourceHan*", "*NotoSansSC*")
FONT_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts", "C:/Windows/Fonts"
)  # fmt: skip

COMPARED = {">=": operator.ge, "<=": operator.le, "<": operator.lt, ">": operator.gt, "==": operator.eq}


@dataclass(frozen=True)
class Doctor:
    """With a data folder, that is looked at too."""

    data: Data = None


@dataclass(frozen=True)
class Seen:
    """One thing looked at: its name, whether it is well, what was found, and a finding where it is not."""

    name: str
    state: Literal["passed", "failed", "not_checked"]
    found: str
    finding: Finding | None = None


def run(asked: Doctor) -> Answer:
    """Look at everything that Suyuan stands on."""
    seen = (_python(), *_parts(), _font(), _browser(), *_data(asked.data))
    findings = tuple(s.finding for s in seen if s.finding is not None)

    def show(page: Page) -> None:
        page.title(f"{term('doctor.title')}  suyuan {release()}")
        page.table(
            (term("doctor.what"), term("ladder.state"), term("doctor.found")),
            [(s.name, _cell(s), s.found) for s in seen],
        )

    checks = [{"name": s.name, "state": s.state, "found": s.found} for s in seen]
    values: dict[str, Any] = {"suyuan": release(), "checks": checks}
    return Answer(values, show, findings)


def _cell(seen: Seen) -> tuple[str, str]:
    if seen.state == "passed":
        return (f"✓ {term('doctor.well')}", "green")
    if seen.state == "not_checked":
        return (f"– {term('state.not_checked')}", "dim")
    severe = seen.finding is not None and seen.finding.severity == "error"
    return (f"✗ {term('doctor.ill')}", "bold red") if severe else (f"– {term('doctor.without')}", "yellow")


def release() -> str:
    """The version that is installed."""
    try:
        return metadata.version("suyuan")
    except metadata.PackageNotFoundError:
        return "0"


def _python() -> Seen:
    version = ".".join(str(n) for n in sys.version_info[:3])
    if sys.version_info[:2] >= OLDEST:
        return Seen("Python", "passed", f"{version}  {sys.executable}")
    oldest = ".".join(str(n) for n in OLDEST)
    return Seen("Python", "failed", version, finding("cli.doctor.python", sys.executable, found=version, oldest=oldest))


def _parts() -> Iterator[Seen]:
    """The packages that the installed Suyuan asks for; those of an extra are only missed by it."""
    try:
        asked = metadata.requires("suyuan") or []
    except metadata.PackageNotFoundError:
        yield Seen("suyuan", "failed", "", finding("cli.doctor.installed", "suyuan", "warning"))
        return
    for line in asked:
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        if name is None or name[0] == "suyuan" or (extra and extra[1] not in ("site", "report", "lake")):
            continue
        wanted = line.partition(";")[0].strip()
        label = f"{name[0]} [{extra[1]}]" if extra else name[0]
        try:
            version = metadata.version(name[0])
        except metadata.PackageNotFoundError:
            yield Seen(label, "failed", "", _part_missing(name[0], extra[1] if extra else "", wanted))
            continue
        if _fits(version, wanted):
            yield Seen(label, "passed", version)
        else:
            item = finding("cli.doctor.part_version", name[0], "warning", part=name[0], found=version, wanted=wanted)
            yield Seen(label, "failed", version, item)


def _part_missing(name: str, extra: str, wanted: str) -> Finding:
    severity: Severity = "warning" if extra else "error"
    what = f"suyuan[{extra}]" if extra else "suyuan"
    return finding("cli.doctor.part", name, severity, part=name, wanted=wanted, what=what)


def _fits(version: str, wanted: str) -> bool:
    """Whether a version lies in a range such as «numpy<3,>=2.0».

    >>> _fits("2.4.1", "numpy<3,>=2.0"), _fits("1.26", "numpy<3,>=2.0")
    (True, False)
    """

    def key(text: str) -> list[int]:
        return [int(n) for n in (*re.findall(r"\d+", text), 0, 0, 0)][:3]

    bounds = re.findall(r"(>=|<=|<|>|==)\s*([\d.]+)", wanted)
    return all(COMPARED[sign](key(version), key(bound)) for sign, bound in bounds)


def _font() -> Seen:
    name = term("doctor.font")
    found = _font_name()
    if found:
        return Seen(name, "passed", found)
    return Seen(name, "failed", "", finding("cli.doctor.font", "", "warning", command=_install("fonts-noto-cjk")))


def _font_name() -> str:
    lister = shutil.which("fc-list")
    if lister:
        listed = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout
        names = sorted(line.split(",")[0] for line in listed.splitlines() if line.strip())
        return next((n for n in names if "Sans CJK SC" in n), names[0] if names else "")
    folders = [Path(folder) for folder in FONT_FOLDERS] + [Path.home() / ".fonts"]
    return next((p.name for f in folders if f.is_dir() for pattern in FONT_FILES for p in f.rglob(pattern)), "")


def _browser() -> Seen:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    if found:
        return Seen("chromium", "passed", found)
    return Seen("chromium", "failed", "", finding("cli.doctor.browser", "", "note", command=_install("chromium")))


def _install(package: str) -> str:
    """The command that installs a system package here."""
    if shutil.which("apt-get"):
        return f"sudo apt-get update && sudo apt-get install -y {package}"
    if shutil.which("dnf"):
        return f"sudo dnf install -y {package.replace('fonts-noto-cjk', 'google-noto-sans-cjk-fonts')}"
    return package


def _data(folder: Path | None) -> Iterator[Seen]:
    name, schemas = term("doctor.data"), term("doctor.schemas")
    if folder is None:
        yield Seen(name, "not_checked", term("doctor.no_data"))
        yield Seen(schemas, "not_checked", term("doctor.no_data"))
        return
    fault = _unwritable(folder)
    if fault:
        yield Seen(name, "failed", str(folder), finding("cli.doctor.data", str(folder), reason=fault))
    else:
        yield Seen(name, "passed", str(folder.absolute()))
    from suyuan.certificate.schema import VERSIONS
    from suyuan.store.folder import Store

    versions = Store(folder).schemas().versions() if folder.is_dir() else ()
    if set(versions) >= {v for v in VERSIONS if v.startswith("3.")}:
        yield Seen(schemas, "passed", ", ".join(versions))
    else:
        item = finding("cli.doctor.schemas", str(folder), "warning", found=", ".join(versions) or "—", folder=folder)
        yield Seen(schemas, "failed", ", ".join(versions), item)


def _unwritable(folder: Path) -> str:
    """Why nothing can be written there; «» where it can. A folder not yet made is tried in its parent."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.absolute().parent
    if not place.is_dir():
        return os.strerror(20)
    try:
        with tempfile.TemporaryFile(dir=place):
            return ""
    except OSError as error:
        return error.strerror or str(error)
