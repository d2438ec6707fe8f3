"""Start the site on a data folder: environment, Django, migrations. Used by the server, by administration and tests."""

from __future__ import annotations

import os
from pathlib import Path


def prepare(data: Path, *, demo: bool = False) -> None:
    """Configure Django for a data folder and bring its records up to date; once per process."""
    data.mkdir(parents=True, exist_ok=True)
    os.environ["SUYUAN_DATA"] = str(data)
    os.environ["SUYUAN_DEMO"] = "1" if demo else "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "suyuan.site.settings"

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if demo:
        from suyuan.site.records.authority import ensure_demo_people

        ensure_demo_people()
        if is_demo(data):
            from suyuan.site.demonstration import matters, rounds

            rounds()
            matters()


def is_demo(data: Path) -> bool:
    """A data folder that `suyuan demo` made carries a mark, a file named DEMO."""
    return (data / "DEMO").is_file()
