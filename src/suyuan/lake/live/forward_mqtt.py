"""From the spool to a receiver by MQTT, with QoS 1.

A receiver of ours answers on a response topic once a message is on its disk; a message that nobody answered is sent
again. So the broker need not be trusted: what it forgets comes anew. For another receiver the broker's acknowledgement
counts (`receipts` off), and what the broker then loses is lost.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time as clock
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from suyuan.lake.live.forward_http import Sent
from suyuan.lake.live.journal import Record
from suyuan.lake.live.mqtt_link import Broker, client_of, connect, properties, refusal
from suyuan.lake.live.spool import Spool
from suyuan.quantity.finding import finding

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

WINDOW = 64
"""Messages that are on their way at once."""
ANSWER = 10.0
"""Seconds after which a message that nobody answered is sent again."""


class MqttForward:
    """Sends by MQTT. receipts: the receiver answers (ours does); else the broker's word counts.

    Raises Refused where paho-mqtt is missing.
    """

    def __init__(self, spool: Spool, broker: Broker, receipts: bool = True) -> None:
        self.spool, self.broker, self.sent, self._receipts = spool, broker, Sent(), receipts
        self.sent.trouble = finding("live.mqtt.away", broker.name)
        self._answers = f"suyuan/receipts/{spool.sender}-{spool.run}"
        self._change = threading.Condition()
        self._segment = 0
        self._left: dict[int, None] = {}
        self._order: deque[int] = deque()
        self._way: dict[int, float] = {}
        self._by_id: dict[int, int] = {}
        self._early: set[int] = set()
        self._ready = False
        self._client = client_of(broker, f"suyuan-send-{spool.sender}-{spool.run}"[:60])
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._answered
        self._client.on_publish = self._published

    def run(self, over: Callable[[], bool]) -> None:
        """Send until `over` says so; it is asked between messages and while waiting."""
        connect(self._client, self.broker, 1000)
        try:
            while not over():
                found = self.spool.segment()
                if found is None:
                    clock.sleep(0.05)
                else:
                    self._send(found[0].number, found[1], over)
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def _send(self, segment: int, records: list[Record], over: Callable[[], bool]) -> None:
        """Send a segment until every message of it is answered."""
        with self._change:
            self._segment, self._left = segment, dict.fromkeys(range(len(records)))
            self._order, self._way, self._by_id = deque(self._left), {}, {}
        while not over():
            with self._change:
                if not self._left:
                    return
                position = self._next()
                if position is None:
                    self._change.wait(0.1)
                    continue
            self._publish(position, records[position])

    def _next(self) -> int | None:
        """The message to send now, None where one has to wait."""
        silent = clock.monotonic() - ANSWER
        for position in [p for p, at in self._way.items() if at < silent]:
            del self._way[position]
            self._order.append(position)
            self.sent.repeated += 1
        while self._order and self._order[0] not in self._left:
            self._order.popleft()
        if not self._ready or not self._order or len(self._way) >= WINDOW:
            return None
        position = self._order.popleft()
        self._way[position] = clock.monotonic()
        return position

    def _publish(self, position: int, record: Record) -> None:
        """Hand a message to the client. The lock is not held: the client has locks of its own, and calls us in them."""
        wanted = properties("PUBLISH")
        if self._receipts:
            wanted.ResponseTopic = self._answers
            wanted.CorrelationData = f"{self._segment}:{position}".encode()
        try:
            given = self._client.publish(self.broker.topic, record.payload, qos=1, properties=wanted)
        except ValueError:  # the client's own queue is full, or the topic is none
            return
        if self._receipts:
            return
        with self._change:
            if given.mid not in self._early:
                self._by_id[given.mid] = position
                return
            self._early.discard(given.mid)
        self._settle(self._segment, position)

    def _settle(self, segment: int, position: int, aside: bool = False) -> None:
        """A message is kept: it is not sent again."""
        with self._change:
            if segment != self._segment or position not in self._left:
                return
            del self._left[position]
            self._way.pop(position, None)
            self.sent.delivered += 1
            self.sent.aside += aside
            self.sent.trouble = None
            self._change.notify_all()
        self.spool.delivered(segment, position)

    # ------------------------------------------------------------ what the client tells

    def _connected(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.sent.trouble = refusal(self.broker, reason)
        elif self._receipts:
            client.subscribe(self._answers, qos=1)
        else:
            self._begin()

    def _subscribed(self, _client: Any, _data: Any, _id: Any, reasons: Any, _properties: Any) -> None:
        bad = [r for r in reasons if r.is_failure]
        if bad:
            self.sent.trouble = refusal(self.broker, bad[0])
        else:
            self._begin()

    def _begin(self) -> None:
        """The way is open: what was on it when it closed is sent again."""
        with self._change:
            self._order.extendleft(reversed(sorted(self._way)))
            self.sent.repeated += len(self._way)
            self._way.clear()
            self._ready = True
            self.sent.trouble = None
            self._change.notify_all()

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self._change:
            self._ready = False
            if self.sent.trouble is None:
                self.sent.trouble = finding("live.mqtt.away", self.broker.name)

    def _answered(self, client: Any, _data: Any, came: MQTTMessage) -> None:
        """A receipt: the receiver has a message on its disk."""
        if came.qos:
            client.ack(came.mid, came.qos)
        with contextlib.suppress(ValueError, AttributeError):
            segment, _, position = getattr(came.properties, "CorrelationData", b"").decode("ascii").partition(":")
            aside = json.loads(came.payload).get("status") == 422
            self._settle(int(segment), int(position), aside)

    def _published(self, _client: Any, _data: Any, mid: int, reason: Any, _properties: Any) -> None:
        """The broker has a message; without receipts that is all that we learn."""
        if self._receipts:
            if reason.is_failure:
                self.sent.trouble = refusal(self.broker, reason)
            return
        if reason.is_failure:  # it is sent again after a while
            self.sent.trouble = refusal(self.broker, reason)
            return
        with self._change:
            position = self._by_id.pop(mid, None)
            if position is None:
                self._early.add(mid)
                return
        self._settle(self._segment, position)
