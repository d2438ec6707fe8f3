"""`python -m suyuan`: the command line, where the script is not on the path."""

import sys

from suyuan.cli.main import app

if __name__ == "__main__":
    sys.exit(app())
