"""The shell without a browser: groups, roles, languages, the policy, the database's manners, the term table."""

from __future__ import annotations

import os
import re
import string
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[2] / "src" / "suyuan" / "site"
TERMS = sorted((SITE / "terms").glob("*.toml"))
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_records_remember_as_an_institute_needs(site_data: Path) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 1
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert (site_data / "site.sqlite3").is_file()


def test_key_is_private_and_stays(site_data: Path) -> None:
    from suyuan.site.secret import secret_key

    path = site_data / "site.key"
    assert secret_key(site_data) == path.read_text()
    assert len(path.read_text()) >= 48
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    damaged = site_data / "damaged"
    damaged.mkdir(exist_ok=True)
    (damaged / "site.key").write_text("short")
    with pytest.raises(ValueError, match="damaged"):
        secret_key(damaged)


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("viewer", [], ["receive", "evaluate", "issue", "declare", "withdraw", "manage_people"]),
        ("metrologist", ["receive", "evaluate"], ["issue", "withdraw"]),
        ("reviewer", ["receive", "evaluate", "issue"], ["withdraw", "manage_people"]),
        ("manager", ["declare", "withdraw", "manage_people"], ["issue", "evaluate"]),
    ],
)
def test_roles_hold_their_acts(site_data: Path, role: str, may: list[str], may_not: list[str]) -> None:
    from django.contrib.auth.models import User

    person = User.objects.get(username=role)
    assert not person.has_usable_password()
    assert all(person.has_perm(f"records.{act}") for act in may)
    assert not any(person.has_perm(f"records.{act}") for act in may_not)


def test_nothing_is_shown_before_one_has_entered(site_data: Path) -> None:
    from django.test import Client

    answer = Client(SERVER_NAME="localhost").get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/enter?next=")


def test_roles_are_for_this_machine_only(site_data: Path) -> None:
    from django.test import Client

    near, far = (
        Client(SERVER_NAME="localhost", REMOTE_ADDR="127.0.0.1"),
        Client(SERVER_NAME="localhost", REMOTE_ADDR="192.0.2.7"),
    )
    assert near.get("/enter").status_code == 200
    assert far.get("/enter").status_code == 403
    assert far.post("/enter", {"role": "manager"}).status_code == 403
    assert near.get("/enter", headers={"host": "example.org"}).status_code == 400
    assert near.post("/enter", {"role": "manager", "next": "https://example.org/"}).headers["Location"] == "/"
    assert near.post("/enter", {"role": "root"}).headers["Location"] == "/enter"


def test_a_form_from_elsewhere_is_refused(site_data: Path) -> None:
    from django.test import Client

    answer = Client(enforce_csrf_checks=True, SERVER_NAME="localhost").post("/enter", {"role": "manager"})
    assert answer.status_code == 400
    assert "请求不完整" in answer.content.decode()


def test_language_is_chosen_and_remembered(site_data: Path) -> None:
    from django.test import Client

    person = Client(SERVER_NAME="localhost")
    assert '<html lang="zh-CN">' in person.get("/enter").content.decode()
    assert '<html lang="en">' in person.get("/enter?lang=en").content.decode()
    again = person.get("/enter")
    assert again.headers["Content-Language"] == "en"
    assert "Choose a role" in again.content.decode()
    assert '<html lang="en">' in person.get("/enter?lang=xx").content.decode()


def test_page_loads_from_itself_only(site_data: Path) -> None:
    from django.test import Client

    answer = Client(SERVER_NAME="localhost").get("/enter")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    page = answer.content.decode()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//[^"]+"', page)
    assert not re.search(r"\sstyle=|<style|\son\w+=", page)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        assert Client(SERVER_NAME="localhost").get(address).status_code == 200, address


def test_missing_page_says_what_to_do(site_data: Path) -> None:
    from django.test import Client

    person = Client(SERVER_NAME="localhost")
    person.post("/enter", {"role": "viewer"})
    answer = person.get("/nowhere")
    assert answer.status_code == 404
    assert "没有这一页" in answer.content.decode()
    assert "There is no such page" in person.get("/nowhere?lang=en").content.decode()


def test_sign_in_page_tells_how_to_open_the_first_account(tmp_path: Path) -> None:
    """Without the demonstration: Django's own sign-in, and the command for the first account, which works."""
    code = """
import sys
from pathlib import Path
from suyuan.site.start import prepare
prepare(Path(sys.argv[1]))
from functools import partial
from django.test import Client as Visitor
Client = partial(Visitor, SERVER_NAME="localhost")
from django.contrib.auth.models import User
page = Client().get("/login").content.decode()
assert "createsuperuser" in page
assert Client().get("/enter").status_code in (302, 404)
assert Client().get("/").headers["Location"].startswith("/login")
User.objects.create_user("zhou", password="a long enough one")
assert "createsuperuser" not in Client().get("/login").content.decode()
wrong = Client().post("/login", {"username": "zhou", "password": "no"}).content.decode()
assert "账号与密码不符" in wrong
assert Client().post("/login", {"username": "zhou", "password": "a long enough one"}).status_code == 302
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]


def test_demonstration_is_not_served_to_others(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "suyuan.site.serve", "--data", str(tmp_path), "--demo", "--host", "0.0.0.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "--host 127.0.0.1" in run.stderr and "Traceback" not in run.stderr


# ---------------------------------------------------------------- the term table
@pytest.mark.parametrize("path", TERMS, ids=lambda p: p.stem)
def test_terms_are_whole_in_both_languages(path: Path) -> None:
    for key, row in tomllib.loads(path.read_text("utf-8")).items():
        assert set(row) == {"zh", "en"} and row["zh"].strip() and row["en"].strip(), key
        assert not HAN.search(row["en"]), f"{key}: Chinese in the English"
        fields = [{f for _, f, _, _ in string.Formatter().parse(row[lang]) if f} for lang in ("zh", "en")]
        assert fields[0] == fields[1], key


def test_terms_are_written_once(site_data: Path) -> None:
    from suyuan.site.terms import term_table

    assert len(term_table()) == sum(len(tomllib.loads(path.read_text("utf-8"))) for path in TERMS)


def test_templates_use_terms_that_exist(site_data: Path) -> None:
    from suyuan.site.terms import term_table

    used = {
        (path.name, key)
        for path in (SITE / "web" / "templates").rglob("*.html")
        for key in re.findall(r'{%\s*(?:term|word)\s+"([^"]+)"', path.read_text("utf-8"))
    }
    assert len(used) > 20
    assert not sorted((name, key) for name, key in used if key not in term_table())


def test_templates_hold_no_text_of_one_language_only() -> None:
    """Chinese stands in a template only beside a test of the language; everything else is in the term table."""
    for path in (SITE / "web" / "templates").rglob("*.html"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if HAN.search(line):
                assert 'if lang == "zh"' in line, f"{path.name}:{number}: {line.strip()[:100]}"


def test_every_state_has_its_word_and_its_mark(site_data: Path) -> None:
    from suyuan.site.terms import term_table
    from suyuan.site.web.parts.state import DRAWINGS, MARKS

    for name, (mark, tone) in MARKS.items():
        assert f"state.{name}" in term_table(), name
        assert mark in DRAWINGS and tone in {"ok", "warn", "bad", "mute"}, name
