"""MQTT for real: a mosquitto broker, a listener and a sender that are killed, a network that is away."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lake.live.broker import ABSENT, FIRST, MOSQUITTO, Broker, Suyuan, counting, expected, message, until

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason=ABSENT)

LINES = [f"t1,{FIRST + n * 1_000_000},{n % 500 / 10:.1f}" for n in range(6000)]
READINGS = {FIRST + n * 1_000_000: n % 500 / 10 for n in range(6000)}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path / "broker").start()
    yield made
    made.kill()


def listen(broker: Broker, data: Path, *more: str, **others: Any) -> Suyuan:
    url = f"mqtt://127.0.0.1:{broker.port}/plant/+/readings"
    return Suyuan("lake", "listen", url, "--data", str(data), "--json", *more, **others).ready()


def send(broker: Broker, spool: Path, *more: str, **others: Any) -> Suyuan:
    url = f"mqtt://127.0.0.1:{broker.port}/plant/7/readings"
    return Suyuan("lake", "send", *more, "--to", url, "--spool", str(spool), "--json", **others)


def declared(data: Path) -> None:
    """The stream that the lines are of."""
    from suyuan.lake.beside import lake_of
    from suyuan.series.stream import Stream

    data.mkdir(exist_ok=True)
    lake_of(data, new=True).declare([Stream("t1", "temperature", "degC", "PT-1")])


def publisher(broker: Broker) -> Any:
    from paho.mqtt import client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    made = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    made.connect("127.0.0.1", broker.port)
    made.loop_start()
    return made


def test_messages_of_any_client_come_in_once(broker: Broker, tmp_path: Path) -> None:
    """QoS 1 from a client that is not ours, each message twice; what comes while the listener is killed waits."""
    data = tmp_path / "data"
    process = listen(broker, data, "--cut-seconds", "0.2")
    client = publisher(broker)

    def publish(numbers: range) -> None:
        for n in numbers:
            for _ in range(2):
                client.publish("plant/7/readings", message(n), qos=1).wait_for_publish(20)

    until(lambda: (data / "live" / "client").is_file(), "a session")
    time.sleep(1.0)  # the subscription stands
    publish(range(1, 21))
    process.kill()
    publish(range(21, 41))
    process = listen(broker, data, "--cut-seconds", "0.2")
    publish(range(41, 61))
    until(lambda: len(counting(data, "t1")) == 300, "300 readings")
    code, answer = process.stop()
    client.loop_stop()
    assert code == 0 and answer["gaps"] == 0 and answer["repeated"] > 0
    assert counting(data, "t1") == expected(range(1, 61))


def test_broker_listener_and_sender_are_killed_and_nothing_is_lost(broker: Broker, tmp_path: Path) -> None:
    """A broker that keeps nothing on its disk: what it forgets is sent anew, since the receiver's word counts."""
    data, spool = tmp_path / "data", tmp_path / "spool"
    declared(data)
    process = listen(broker, data, "--cut-seconds", "0.2")
    sender = send(broker, spool, "-", "--sender", "plant-7", stdin=subprocess.PIPE)
    feed = iter(LINES)

    def give(lines: int) -> None:
        assert sender.process.stdin is not None
        for _, line in zip(range(lines), feed, strict=False):
            sender.process.stdin.write(f"{line}\n".encode())
        sender.process.stdin.flush()

    give(1000)
    until(lambda: len(counting(data, "t1")) >= 1000, "the first thousand")
    broker.kill()  # the network is away
    give(1000)
    time.sleep(1.5)
    broker.start()
    give(1000)
    until(lambda: len(counting(data, "t1")) >= 2000, "two thousand")
    process.kill()
    give(1000)
    time.sleep(1.5)
    broker.kill()
    broker.start()
    process = listen(broker, data, "--cut-seconds", "0.2")
    give(1000)
    time.sleep(1.5)  # what came in a second ago is in the spool
    sender.kill()
    sender = send(broker, spool, "-", stdin=subprocess.PIPE)
    give(1000)
    assert sender.process.stdin is not None
    sender.process.stdin.close()
    sender.process.stdin = None
    code, answer = sender.end(120.0)
    assert (code, answer["waiting"], answer["sender"]) == (0, 0, "plant-7")
    until(lambda: len(counting(data, "t1")) == 6000, "all readings")
    code, answer = process.stop()
    assert (code, answer["gaps"], answer["aside"]) == (0, 0, 0)
    assert counting(data, "t1") == READINGS


def test_back_pressure_reaches_the_broker_and_the_sender(broker: Broker, tmp_path: Path) -> None:
    """The lake takes nothing and the journal is small: nothing is acknowledged, the rest waits with the sender."""
    data, spool = tmp_path / "data", tmp_path / "spool"
    declared(data)
    process = listen(broker, data, "--cut-seconds", "0.1", "--journal-megabytes", "0.03")
    log = data / "lake" / "streams" / "_delta_log"
    hidden = log.rename(log.with_name("hidden"))
    file = tmp_path / "lines.txt"
    file.write_text("#readings-1\n" + "\n".join(LINES))
    sender = send(broker, spool, str(file), "--patience", "4")
    code, answer = sender.end()
    assert code == 1 and answer["waiting"] > 0 and answer["delivered"] < answer["messages"] == 12
    assert "live.send.waiting" in [f["code"] for f in answer["findings"]]
    assert sum(p.stat().st_size for p in (data / "live" / "journal").iterdir()) <= 33_000
    hidden.rename(log)
    code, answer = send(broker, spool).end()
    assert (code, answer["waiting"]) == (0, 0)
    until(lambda: len(counting(data, "t1")) == 6000, "all readings")
    assert process.stop()[0] == 0
    assert counting(data, "t1") == READINGS
    code, answer = send(broker, spool, str(file), "--patience", "4").end()
    assert (code, answer["messages"]) == (0, 0), "a file that was sent is not sent again"


def test_user_and_password(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    tool = shutil.which("mosquitto_passwd")
    assert tool
    subprocess.run([tool, "-b", "-c", str(passwords), "plant", "secret"], check=True, capture_output=True)
    passwords.chmod(0o644)
    broker = Broker(tmp_path / "broker", f"allow_anonymous false\npassword_file {passwords}\n").start()
    try:
        data = tmp_path / "data"
        wrong = listen(broker, data, "--user", "plant", env={"SUYUAN_MQTT_PASSWORD": "guess"})
        assert wrong.process.stderr is not None
        seen = b""
        while b"refused" not in seen:
            line = wrong.process.stderr.readline()
            assert line, seen.decode()
            seen += line
        assert wrong.stop()[0] == 0
        right = listen(broker, data, "--user", "plant", "--cut-seconds", "0.1", env={"SUYUAN_MQTT_PASSWORD": "secret"})
        declared(data)
        sender = send(broker, tmp_path / "spool", "-", "--user", "plant", stdin=subprocess.PIPE,
                      env={"SUYUAN_MQTT_PASSWORD": "secret"})  # fmt: skip
        out, _ = sender.process.communicate("\n".join(LINES[:10]).encode(), timeout=60)
        assert sender.process.returncode == 0, out
        assert right.stop()[0] == 0
        assert len(counting(data, "t1")) == 10
    finally:
        broker.kill()


def test_what_cannot_go_in_is_told_in_the_receipt(broker: Broker, tmp_path: Path) -> None:
    """MQTT knows no refusal: the message lies aside with its reason, and the sender hears of it."""
    data, spool, file = tmp_path / "data", tmp_path / "spool", tmp_path / "l.txt"
    process = listen(broker, data, "--cut-seconds", "0.1")
    file.write_text("#readings-1\nt2,2026-01-01T00:00:00Z,1.5\n")
    code, answer = send(broker, spool, str(file)).end()
    assert (code, answer["delivered"], answer["aside"]) == (0, 1, 1)
    until(lambda: list((data / "live" / "aside").glob("*.jsonl")), "it lies aside")
    code, answer = process.stop()
    assert (code, answer["aside"], answer["lake_readings"]) == (0, 1, 0)
    assert [(r["count"], r["code"]) for r in answer["aside_reasons"]] == [(1, "live.stream.unknown")]
