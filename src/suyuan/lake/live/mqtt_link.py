"""A connection with an MQTT broker (version 5): its address, who we are, and what goes wrong with it, in our words."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from paho.mqtt.client import Client

PORTS = {"mqtt": 1883, "mqtts": 8883}
FOREVER = 0xFFFFFFFF
"""Session expiry: the broker keeps for us what comes while we are away."""


@dataclass(frozen=True, slots=True)
class Broker:
    """host, port, topic: from the address; user, password; ca: file of the authorities that we trust, tls: whether the
    connection is encrypted."""

    host: str
    port: int
    topic: str
    user: str = ""
    password: str = ""
    tls: bool = False
    ca: Path | None = None

    @property
    def name(self) -> str:
        """For people."""
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}/{self.topic}"


def broker_of(url: str, user: str = "", password: str = "", ca: Path | None = None) -> Broker:
    """A broker and a topic from «mqtt://host:port/topic»; «#» belongs to the topic. Raises Refused.

    >>> broker_of("mqtt://127.0.0.1:18830/plant/+/readings/#").topic
    'plant/+/readings/#'
    """
    scheme, _, rest = url.partition("://")
    place, _, topic = rest.partition("/")
    named, _, place = place.rpartition("@")
    host, _, port = place.rpartition(":") if not place.endswith("]") and ":" in place else (place, "", "")
    if ":" in named:
        raise Refused(finding("live.address.password", f"{scheme}://{host}"))
    if scheme not in PORTS or not host or not topic or (port and not port.isdecimal()):
        raise Refused(finding("live.address.wrong", url[:100], given=url[:100]))
    number = int(port) if port else PORTS[scheme]
    if not 0 < number < 65536:
        raise Refused(finding("live.address.wrong", url[:100], given=url[:100]))
    tls = scheme == "mqtts" or ca is not None
    return Broker(host.strip("[]"), number, unquote(topic), user or unquote(named), password, tls, ca)


def client_of(broker: Broker, identity: str) -> Client:
    """A client of a broker, not connected. Raises Refused without paho-mqtt, or for authorities that are none."""
    try:
        from paho.mqtt import client as mqtt
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError:
        raise Refused(finding("live.mqtt.missing")) from None
    made = mqtt.Client(
        CallbackAPIVersion.VERSION2, identity, protocol=mqtt.MQTTv5, manual_ack=True, reconnect_on_failure=True
    )
    made.reconnect_delay_set(1, 15)
    if broker.user:
        made.username_pw_set(broker.user, broker.password or None)
    if broker.tls:
        try:
            made.tls_set(str(broker.ca) if broker.ca else None, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        except (OSError, ValueError) as error:
            raise Refused(finding("live.mqtt.ca", str(broker.ca), reason=str(error)[:120])) from None
    return made


def connect(client: Client, broker: Broker, receive: int) -> None:
    """Connect, and go on trying; receive: messages that the broker may send before we acknowledge."""
    wanted = properties("CONNECT")
    wanted.SessionExpiryInterval = FOREVER
    wanted.ReceiveMaximum = receive
    client.connect_async(broker.host, broker.port, keepalive=30, clean_start=False, properties=wanted)
    client.loop_start()


def properties(packet: str) -> Any:
    """Properties (MQTT 5) of a kind of packet, to be filled."""
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    made: Any = Properties
    return made(getattr(PacketTypes, packet))


def refusal(broker: Broker, reason: Any) -> Finding:
    """Why a broker does not let us in."""
    return finding("live.mqtt.refused", broker.name, reason=str(reason))
