"""The house checks itself: floors, pure rooms, names, machine paths, the bilingual table of findings."""

from __future__ import annotations

import ast
import json
import re
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "suyuan"
PURE = ("quantity", "signature", "assurance", "certificate", "comparison", "series", "traceability", "verbs")
ROOMS = {path.name for path in SRC.iterdir() if (path / "__init__.py").is_file()}
CLAIMS_EVERY_LINE = {"utils", "util", "common", "core", "base", "helpers", "misc", "data"}
TABLES = sorted((SRC / "quantity" / "findings").glob("*.toml"))


def tracked() -> list[Path]:
    """The files that git keeps or would keep."""
    run = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:  # an unpacked archive has no history
        return [p for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts]
    return [ROOT / line for line in run.stdout.splitlines() if (ROOT / line).is_file()]


@cache
def nodes() -> tuple[tuple[Path, tuple[ast.AST, ...]], ...]:
    """Each file of the source with what stands in it: read once for all who ask."""
    return tuple((path, tuple(ast.walk(ast.parse(path.read_text("utf-8"))))) for path in sorted(SRC.rglob("*.py")))


def test_import_contract() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]


HEAVY = {"scipy.stats", "pint", "django", "duckdb", "ibis", "matplotlib", "pyarrow", "pandas"}


@pytest.mark.parametrize("room", PURE)
def test_pure_room_imports_nothing_heavy(room: str) -> None:
    """Every module of a pure room, imported in a fresh process, leaves Django, databases and plots unloaded."""
    code = f"""
import importlib, json, pkgutil, sys
import suyuan.{room} as room
for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
    importlib.import_module(module.name)
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    loaded = set(json.loads(run.stdout.splitlines()[-1]))
    assert "suyuan" in loaded
    heavy = {"django", "duckdb", "matplotlib", "sqlite3", "requests", "typer", "waitress", "whitenoise", "ibis"}
    assert not loaded & heavy
    if room == "quantity":
        assert "lxml" not in loaded


def test_the_face_is_light() -> None:
    """`import suyuan`, and everything that its face names, leaves what is slow to load unloaded."""
    code = """
import sys
import suyuan
alone = set(sys.modules)
for name in suyuan.__all__:
    getattr(suyuan, name)
print(sorted(alone & {"numpy", "scipy"}), [m for m in sys.modules if m in HEAVY])
""".replace("HEAVY", repr(HEAVY))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "[] []", run.stdout + run.stderr[-3000:]


def test_kernel_does_not_import_notation() -> None:
    """How a number is written is no business of how it is computed."""
    for path in (SRC / "quantity").glob("*.py"):
        if path.stem in ("notation", "notebook", "written"):  # writing, loaded where one asks for it
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            else:
                continue
            assert not any("quantity.notation" in name for name in names), f"{path.name}:{node.lineno}"


def test_pure_rooms_ask_no_clock() -> None:
    """The day is an argument: no today(), now() or time() below the line."""
    clock = re.compile(r"\b(date\.today|datetime\.now|datetime\.utcnow|time\.time|time\.monotonic)\b")
    for room in PURE:
        for path in (SRC / room).rglob("*.py"):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                assert not clock.search(line), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


def test_no_folder_claims_every_line() -> None:
    parts = {part for path in tracked() for part in path.relative_to(ROOT).parts[:-1]}
    assert not parts & CLAIMS_EVERY_LINE


def test_no_machine_paths() -> None:
    """No file names a place on the machine where it was written."""
    machine = re.compile(r"(?<![\w.])/(?:home|Users)/\w+|" + re.escape(str(ROOT)) + r"|[A-Z]:\\Users\\")
    text = {".py", ".md", ".toml", ".json", ".html", ".css", ".txt", ".ini", ".sh", ""}
    for path in tracked():
        if path.suffix in text and path.stat().st_size < 1_000_000:
            for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
                assert not machine.search(line), f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"


def calls_of_finding() -> Iterator[tuple[str, str, ast.Call]]:
    """(place, code, call) of each `finding("code", …)` in the source."""
    for path, found in nodes():
        for node in found:
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in {"finding", "Finding"} and node.args and isinstance(node.args[0], ast.Constant):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", str(node.args[0].value), node


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_findings_are_complete_in_both_languages(path: Path) -> None:
    rows = tomllib.loads(path.read_text("utf-8"))
    assert rows
    for code, row in rows.items():
        assert code.partition(".")[0] in {*ROOMS, path.stem}, f"{code}: begins with a room or with its file's word"
        assert set(row) == {"zh", "en"}, code
        fields = {}
        for language, parts in row.items():
            assert set(parts) - {"page"} == {"what", "why", "remedy"}, f"{code}.{language}"
            assert set(parts) == set(row["zh"]), f"{code}: the remedy of pages stands in one language only"
            assert all(text.strip() for text in parts.values()), f"{code}.{language} has an empty sentence"
            fields[language] = {f for text in parts.values() for _, f, _, _ in string.Formatter().parse(text) if f}
        assert fields["zh"] == fields["en"], f"{code}: the languages use other parameters"
        assert re.search(r"[\u4e00-\u9fff]", row["zh"]["what"]), f"{code}: no Chinese"
        assert not re.search(r"[\u4e00-\u9fff]", "".join(row["en"].values())), f"{code}: Chinese in the English row"


def test_what_a_case_wants_is_said_in_both_languages() -> None:
    from suyuan.verbs.wants import WANTS

    written = "\n".join(path.read_text("utf-8") for path in sorted((SRC / "verbs").rglob("*.py")))
    assert not [key for key in WANTS if written.count(f'"{key}"') < 2], "a text that nothing wants"
    for key, (zh, en) in WANTS.items():
        asked = [{f for _, f, _, _ in string.Formatter().parse(text) if f} for text in (zh, en)]
        assert asked[0] == asked[1], f"{key}: the languages use other parameters"
        assert not re.search(r"[\u4e00-\u9fff]", en), f"{key}: Chinese in the English text"


def test_each_finding_used_stands_in_the_table() -> None:
    table = {code for path in TABLES for code in tomllib.loads(path.read_text("utf-8"))}
    missing = [f"{place}: {code}" for place, code, _ in calls_of_finding() if code not in table]
    assert not missing


def test_each_row_of_the_table_is_used() -> None:
    table = {code for path in TABLES for code in tomllib.loads(path.read_text("utf-8"))}
    written = {
        node.value
        for _, found in nodes()
        for node in found
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not sorted(table - written)


def test_each_finding_gives_the_parameters_of_its_sentences() -> None:
    """A sentence never shows «?» where the code forgot a parameter."""
    rows = {code: row for path in TABLES for code, row in tomllib.loads(path.read_text("utf-8")).items()}
    for place, code, call in calls_of_finding():
        unpacked = any(keyword.arg is None for keyword in call.keywords)
        if code not in rows or unpacked or getattr(call.func, "id", "") != "finding":
            continue
        given = {str(keyword.arg).removesuffix("_zh") for keyword in call.keywords} | {"where", "rule"}
        needed = [re.sub("⟦.*?⟧", "", text) for text in rows[code]["zh"].values()]  # the rest is left out where unknown
        asked = {f for text in needed for _, f, _, _ in string.Formatter().parse(text) if f}
        assert asked <= given, f"{place}: {code} lacks {asked - given}"
