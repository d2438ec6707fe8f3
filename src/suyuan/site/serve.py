"""Serve the site: `python -m suyuan.site.serve --data FOLDER` (what `suyuan serve` starts).

A demonstration (a folder that `suyuan demo` made, or `--demo`) opens on loopback only, because it asks no password.
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from suyuan.site.start import is_demo, prepare


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="suyuan serve", description="open the site on a data folder")
    parser.add_argument("--data", type=Path, required=True, help="data folder, made when absent")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port (default 8000)")
    parser.add_argument("--threads", type=int, default=6, help="requests answered at once (default 6)")
    parser.add_argument("--demo", action="store_true", help="roles instead of passwords, loopback only")
    parser.add_argument("--open", action="store_true", help="open a browser")
    return parser.parse_args(argv)


def is_loopback(host: str) -> bool:
    """Whether an address means this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped; 0 after a stop by hand, 2 where it cannot start."""
    chosen = arguments(argv)
    demo = chosen.demo or is_demo(chosen.data)
    if demo and not is_loopback(chosen.host):
        print(
            f"示例不用密码，只在本机开放：不能在 {chosen.host} 上提供。改用 --host 127.0.0.1，或另建数据文件夹。\n"
            f"A demonstration asks no password and opens on this machine only, not on {chosen.host}. "
            "Use --host 127.0.0.1 or another data folder.",
            file=sys.stderr,
        )
        return 2
    if not is_loopback(chosen.host):
        os.environ.setdefault("SUYUAN_HOSTS", chosen.host)
    prepare(chosen.data, demo=demo)

    from django.urls import get_resolver
    from waitress.server import create_server

    from suyuan.site.acts.warm import Warmer
    from suyuan.site.wsgi import application

    _ = get_resolver().url_patterns  # all modules of the pages, before several threads would load them at once

    try:
        server = create_server(
            application,
            host=chosen.host,
            port=chosen.port,
            threads=chosen.threads,
            ident="suyuan",
            clear_untrusted_proxy_headers=True,
        )
    except OSError as error:
        print(
            f"端口 {chosen.port} 不能用（{error.strerror}）：换一个，例如 --port {chosen.port + 10}。\n"
            f"Port {chosen.port} cannot be used ({error.strerror}); choose another: --port {chosen.port + 10}.",
            file=sys.stderr,
        )
        return 2
    address = f"http://{chosen.host}:{server.effective_port}/"
    print(f"溯源 Suyuan  {address}  {chosen.data}  (Ctrl+C 停止 stops)", flush=True)
    if chosen.open:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    warmer = Warmer().begin()
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        warmer.end()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
