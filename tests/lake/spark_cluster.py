"""Apache Spark for real, on the loopback address: where `SPARK_HOME` says that it is installed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEPLOY = "org.apache.spark.deploy"


def free() -> int:
    """A port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(port: int, seconds: float = 120.0) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as one:
            one.settimeout(1.0)
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.3)
    raise SystemExit(f"nobody listens on {port} after {seconds:g} s")


def service(master: str, port: int, partitions: int) -> tuple[str, ...]:
    """The Spark Connect service in front of a master."""
    settings = {
        "spark.connect.grpc.binding.port": port, "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.executor.memory": "1536m", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": partitions,
    }  # fmt: skip
    return (
        str(Path(os.environ["SPARK_HOME"]) / "bin" / "spark-submit"), "--master", master, "--driver-memory", "1g",
        "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
        *(part for name, value in settings.items() for part in ("--conf", f"{name}={value}")), "spark-internal",
    )  # fmt: skip


@contextmanager
def cluster(workers: int, folder: Path) -> Iterator[str]:
    """A Spark Connect service on a standalone master with workers of one core (0: in one process); its address."""
    env = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1", "SPARK_LOCAL_DIRS": str(folder)}
    run: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> None:
        log = (folder / f"{name}.log").open("wb")
        run.append(
            subprocess.Popen(arguments, env=env, cwd=folder, stdout=log, stderr=subprocess.STDOUT,
                             start_new_session=True)
        )  # fmt: skip

    try:
        master, port = free(), free()
        address = f"spark://127.0.0.1:{master}" if workers else "local[1]"
        spark = str(Path(os.environ["SPARK_HOME"]) / "bin" / "spark-class")
        if workers:
            start("master", spark, f"{DEPLOY}.master.Master", "--host", "127.0.0.1", "--port", str(master),
                  "--webui-port", "0")  # fmt: skip
            answers(master)
        for number in range(workers):
            start(f"worker{number}", spark, f"{DEPLOY}.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0",
                  "--cores", "1", "--memory", "2g", address)  # fmt: skip
        start("connect", *service(address, port, 8 if workers else 1))
        answers(port)
        yield f"sc://127.0.0.1:{port}"
    finally:
        for process in reversed(run):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in run:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
