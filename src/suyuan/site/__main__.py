"""Administration of a data folder's records: `python -m suyuan.site --data FOLDER createsuperuser`, `… dbshell`."""

from __future__ import annotations

import sys
from pathlib import Path

from suyuan.site.start import is_demo, prepare


def main(argv: list[str]) -> int:
    """Run one of Django's own commands on a data folder."""
    if len(argv) < 3 or argv[0] != "--data":
        print(
            "用法 usage: python -m suyuan.site --data FOLDER COMMAND …   (createsuperuser, changepassword, shell)",
            file=sys.stderr,
        )
        return 2
    folder = Path(argv[1])
    prepare(folder, demo=is_demo(folder))

    from django.core.management import execute_from_command_line

    execute_from_command_line(["suyuan.site", *argv[2:]])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
