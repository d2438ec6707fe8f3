"""The door for MQTT: a subscription with QoS 1; a message is acknowledged to the broker once it is on the disk.

The broker sends at most so many messages as we have not acknowledged (receive maximum); where the journal is full we
acknowledge nothing, and it sends nothing more. The session is kept while we are away. A sender that names a response
topic (MQTT 5) is told there that its message is on the disk: so it need not trust the broker's memory.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from suyuan.lake.durable import write_whole
from suyuan.lake.live.foreseen import Verdict
from suyuan.lake.live.journal import Record
from suyuan.lake.live.listener import Listener, Offered
from suyuan.lake.live.message import Message
from suyuan.lake.live.mqtt_link import Broker, client_of, connect, properties, refusal
from suyuan.lake.table import now
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

RECEIVE = 200
"""Messages that the broker may send before the first of them is acknowledged."""


class MqttDoor:
    """Takes messages from a broker. identity: of our session, «» for one that the folder keeps.

    Raises Refused where paho-mqtt is missing.
    """

    def __init__(self, listener: Listener, broker: Broker, identity: str = "") -> None:
        self.listener, self.broker = listener, broker
        self.trouble: Finding | None = finding("live.mqtt.away", broker.name)
        self.unprotected = 0
        self._lock = threading.Lock()
        self._connection = 0
        self._client = client_of(broker, identity or _identity(listener.folder))
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._message

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.broker.name

    def open(self) -> None:
        """Connect, and go on trying where nobody answers."""
        connect(self._client, self.broker, RECEIVE)

    def close(self) -> None:
        """Leave the broker; it keeps what comes for the next time. What is not acknowledged comes again."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.trouble = refusal(self.broker, reason)
            return
        with self._lock:
            self._connection += 1
        client.subscribe(self.broker.topic, qos=1)

    def _subscribed(self, _client: Any, _data: Any, _id: Any, reasons: Any, _properties: Any) -> None:
        bad = [r for r in reasons if r.is_failure]
        self.trouble = refusal(self.broker, bad[0]) if bad else None

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        with self._lock:
            self._connection += 1
        if self.trouble is None:  # else it is known why
            self.trouble = finding("live.mqtt.away", self.broker.name)

    def _message(self, client: Any, _data: Any, came: MQTTMessage) -> None:
        """Put a message before the writer; never waits, since the connection is kept alive by this thread."""
        connection = self._connection
        patient = came.qos > 0
        if not patient:
            self.unprotected += 1

        def done(why: Finding | None, message: Message | None) -> None:
            if why is None:
                self._acknowledge(came, connection, message, offered.verdict)

        offered = Offered(Record(now(), came.topic[:500], bytes(came.payload)), done, patient=patient)
        try:
            self.listener.offer(offered)
        except Refused:  # of QoS 0, which has no second try, or at the end: the broker has it still
            return

    def _acknowledge(
        self, came: MQTTMessage, connection: int, message: Message | None, verdict: Verdict | None
    ) -> None:
        with self._lock:
            if connection != self._connection:  # numbers of an earlier connection mean other messages now
                return
            if came.qos > 0:
                self._client.ack(came.mid, came.qos)
        topic = getattr(came.properties, "ResponseTopic", "")
        if topic:
            self._receipt(topic, getattr(came.properties, "CorrelationData", b""), message, verdict or Verdict())

    def _receipt(self, topic: str, correlation: bytes, message: Message | None, verdict: Verdict) -> None:
        """Tell the sender that its message is on the disk, and what of it could not be read or cannot go in."""
        said = properties("PUBLISH")
        if correlation:
            said.CorrelationData = correlation
        bad = verdict.hopeless or (message is not None and not message.whole and not message.parts)
        codes = [f.code for f in (*verdict.findings, *(() if message is None else message.findings))]
        payload = json.dumps({"status": 422 if bad else 202, "codes": codes[:20]})
        self._client.publish(topic, payload, qos=0, properties=said)


def _identity(folder: Path) -> str:
    """The name of our session, the same at each start."""
    path = folder / "client"
    if not path.is_file():
        write_whole(path, f"suyuan-{token_hex(6)}".encode())
    return path.read_text("ascii").strip()
