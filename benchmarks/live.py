"""Readings a second through HTTP and MQTT, each on the disk before it is acknowledged, until they count in the lake.

The floor is the same messages read, gathered and appended in one process, without network and journal. With «--killed»
(script/soak) the same number of readings once more, while the broker, the listener and the sender are killed as long as
there is something to send; then every message is sent again from a copy of the spool, as from a restored backup. It
fails where a reading is lost or counts twice, where nobody was killed, and where no message came again.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.lake.live.broker import ABSENT, FIRST, MOSQUITTO, Broker, Suyuan, counting, free_port

BATCH = 2000


def write_file(path: Path, readings: int) -> None:
    """A made-up file of one stream, a reading a second."""
    with path.open("w", encoding="utf-8") as file:
        file.write("time;T [degC]\n")
        for n in range(readings):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(FIRST // 10**6 + n))
            file.write(f"{at};{n % 5000 / 100:.2f}\n")


def check(data: Path, readings: int) -> None:
    """Every reading counts once, with its value."""
    there = counting(data, "T")
    assert len(there) == readings, f"{len(there)} of {readings}"
    assert all(there[FIRST + n * 1_000_000] == n % 5000 / 100 for n in range(0, readings, 97))


def check_soon(data: Path, readings: int) -> None:
    """The same within a minute: what was acknowledged is in the lake when the listener has cut it."""
    for _ in range(60):
        if len(counting(data, "T")) == readings:
            break
        time.sleep(1.0)
    check(data, readings)


def messages_of(file: Path) -> list[bytes]:
    from suyuan.lake.formats import recognise
    from suyuan.lake.live.outgoing import of_file

    return list(of_file(recognise.read(file.read_bytes(), name=file.name), "bench", "run")[1])


def floor(file: Path, data: Path) -> float:
    """Seconds to read, gather and append the messages in this process."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.live.cut import Cutter, understood
    from suyuan.lake.live.journal import Record

    messages = messages_of(file)
    cutter = Cutter(lake_of(data, new=True), data / "live")
    began = time.perf_counter()
    for number, begin in enumerate(range(0, len(messages), 100), start=1):
        some = messages[begin : begin + 100]
        cutter.cut(number, [(r, understood(r)) for r in (Record(n, "", m) for n, m in enumerate(some))])
    return time.perf_counter() - began


def through(url: str, to: str, file: Path, folder: Path, readings: int) -> float:
    """Seconds from the first message sent until all readings count."""
    data = folder / "data"
    listener = Suyuan("lake", "listen", url, "--data", str(data), "--json", "--cut-seconds", "2").ready()
    began = time.perf_counter()
    sender = Suyuan("lake", "send", str(file), "--to", to, "--spool", str(folder / "spool"), "--json")
    code, answer = sender.end(3600.0)
    sent = time.perf_counter() - began
    assert code == 0 and answer["waiting"] == 0, answer
    peak = memory(listener.process.pid)
    assert listener.stop()[0] == 0
    seconds = time.perf_counter() - began
    check(data, readings)
    print(f"  acknowledged {readings / sent:10,.0f} readings/s   in the lake {readings / seconds:10,.0f} readings/s   "
          f"listener's memory at its peak {peak:.0f} MB")  # fmt: skip
    return seconds


def memory(process: int) -> float:
    """Peak of the memory of a process, MB; not known where there is no /proc."""
    try:
        text = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return float("nan")
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def killed(scheme: str, file: Path, folder: Path, readings: int) -> None:
    """The same while whatever takes part is killed by turns, and all sent again; every reading must count once."""
    data, spool, port = folder / "data", folder / "spool", free_port()
    broker = Broker(folder / "broker").start() if scheme == "mqtt" else None
    url = f"mqtt://127.0.0.1:{broker.port}/soak" if broker else f"http://127.0.0.1:{port}"

    def listen() -> Suyuan:
        return Suyuan("lake", "listen", url, "--data", str(data), "--json", "--cut-seconds", "1").ready()

    def send(spool: Path = spool, *more: str) -> Suyuan:
        return Suyuan("lake", "send", str(file), "--to", url, "--spool", str(spool), "--json", *more)

    code, answer = send(spool, "--patience", "1").end(600.0)  # nobody listens: all waits in the spool
    messages = answer["waiting"]
    assert code and messages, answer
    copy = shutil.copytree(spool, folder / "spool-again")
    parts = {"listener": listen(), "sender": send()}
    makers: dict[str, Callable[[], Suyuan]] = {"listener": listen, "sender": send}
    over, kills, chance = threading.Event(), [0], random.Random(6)
    while not over.wait(chance.uniform(0.5, 3.0)) and kills[0] < 12 and parts["sender"].process.poll() is None:
        name = chance.choice(["listener", "sender", *(["broker"] if broker else [])])
        if name == "broker" and broker:
            broker.kill()
            time.sleep(chance.uniform(0.0, 2.0))
            broker.start()
        elif name != "broker":
            parts[name].kill()
            parts[name] = makers[name]()
        kills[0] += 1
    code, answer = parts["sender"].end(3600.0)
    assert code == 0 and answer["waiting"] == 0, answer
    check_soon(data, readings)
    code, answer = send(copy).end(3600.0)
    assert code == 0 and answer["waiting"] == 0 and answer["delivered"] >= messages, answer
    code, answer = parts["listener"].stop()
    assert code == 0 and answer["gaps"] == 0 and answer["aside"] == 0, answer
    assert kills[0] and answer["repeated"] >= messages, (kills, answer)
    check(data, readings)
    print(f"  {scheme}: {messages} messages, {kills[0]} kills, {answer['repeated']} messages came again, "
          f"{readings:,} readings are there and each counts once")  # fmt: skip
    if broker:
        broker.kill()


def main(readings: int, soak: bool) -> int:
    """Run and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "made-up.csv"
        write_file(file, readings)
        least = floor(file, folder / "floor")
        print(f"{readings:,} readings, {BATCH} a message")
        print(f"floor, one process: {readings / least:,.0f} readings/s")
        print("HTTP")
        url = f"http://127.0.0.1:{free_port()}"
        taken = {"HTTP": through(url, url, file, folder / "http", readings)}
        if MOSQUITTO is None:
            print(f"skipped MQTT: {ABSENT}")
        else:
            broker = Broker(folder / "broker").start()
            print("MQTT")
            topic = f"mqtt://127.0.0.1:{broker.port}/bench"
            taken["MQTT"] = through(topic, topic, file, folder / "mqtt", readings)
            broker.kill()
        for way, seconds in taken.items():
            print(f"{way}: {seconds / least:.1f} times the floor; in it two processes start, the file is recognised")
        if soak:
            for scheme in ("http", *(["mqtt"] if MOSQUITTO else [])):
                place = folder / f"soak-{scheme}"
                place.mkdir()
                killed(scheme, file, place, readings)
    return 0


if __name__ == "__main__":
    numbers = [a for a in sys.argv[1:] if a.isdecimal()]
    sys.exit(main(int(numbers[0]) if numbers else 200_000, "--killed" in sys.argv))
