"""Three nodes, each a process with its own lake, on loopback: they share, disagree, go offline, die and revoke."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("deltalake")

from suyuan.lake.datasets import learn, publish_dataset, shelf_of
from suyuan.lake.federation.fetch import Fetched, Where, fetch
from suyuan.lake.federation.fetched import Peer, chosen, peers, rests_on_withdrawn, together
from suyuan.lake.federation.server import Node
from suyuan.lake.table import Lake, now
from suyuan.quantity.finding import Refused
from suyuan.series.dataset.grant import Revocation, grant_document
from suyuan.series.dataset.summarised import apart, difference
from suyuan.series.dataset.version import Wanted
from tests import forked

from .plant import DAY, KNOWN, NOW, OWN_U, START, certificate, grant, plant

FETCH = """
import sys
from pathlib import Path
from suyuan.lake.federation.fetch import Where, fetch
from suyuan.lake.table import now
fetch(Path(sys.argv[1]), "a", Where(sys.argv[2], sys.argv[3]), "research", now)
print("done", flush=True)
"""


class Process:
    """A node as a user starts it: `suyuan data serve`."""

    def __init__(self, data: Path, name: str) -> None:
        self.data, self.name, self.port = data, name, 0
        self.start()

    def start(self) -> None:
        words = ["data", "serve", "--data", str(self.data), "--port", str(self.port), "--name", self.name]
        environment = {**os.environ, "SUYUAN_LANG": "en"}
        self.process = forked.beside(words, environment, text=True)
        line = self.process.stdout.readline()
        self.url = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        self.port = urlsplit(self.url).port or 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Process, Process, str, str]]:
    """Two providers as processes, and the tokens of one grantee, who is the third."""
    made, tokens = [], []
    for name in ("a", "b"):
        lake, _, _ = plant(tmp_path / name, name, level=20.0 if name == "a" else 21.0)
        shelf = shelf_of(lake)
        shelf.add_grant(grant(f"{name}-temperature", id=f"g-{name}", end=None))
        tokens.append(shelf.token_for("university", "2026-01-01"))
        made.append(Process(tmp_path / name, name))
    yield made[0], made[1], tokens[0], tokens[1]
    for one in made:
        one.kill()


def ask(folder: Path, node: Process, token: str, purpose: str = "research") -> Fetched:
    return fetch(folder / "fetched", node.name, Where(node.url, token), purpose, now)


def codes(caught: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [f.code for f in caught.value.findings]


def whole(folder: Path) -> None:
    """Every document that is kept reads, and has the digest that the state says."""
    for peer in peers(folder / "fetched"):
        state = json.loads((peer.folder / "state.json").read_bytes())
        assert set(peer.items()) == set(state["items"])


# ---------------------------------------------------------------- sharing


def test_summaries_of_two_nodes_share_the_reference(tmp_path: Path, nodes: tuple[Process, Process, str, str]) -> None:
    a, b, of_a, of_b = nodes
    third = tmp_path / "university"
    first = ask(third, a, of_a)
    assert [p.partition("?")[0] for p in first.new] == ["/catalogue", "/grants", "/certificates", "/summary"]
    ask(third, b, of_b)
    got: dict[str, Any] = {}
    for peer in peers(third / "fetched"):
        summaries, told = peer.summaries(now())
        assert [f.code for f in told] == ["sharing.fetched.age"] and told[0].severity == "note"
        got |= {one.stream: one for one in summaries}
    own = np.sqrt(OWN_U**2 / 1440 + 0.01**2)
    np.testing.assert_allclose(got["a-t"].quantity.u, np.sqrt(own**2 + 0.02**2), rtol=1e-9)
    _, apart = difference(got["b-t"], got["a-t"])
    np.testing.assert_allclose(apart.u, np.sqrt(2) * own, rtol=1e-9)  # 0.0142 and not 0.0317
    again = ask(third, a, of_a)
    assert not again.new and len(again.same) == 4
    lines, found = shelf_of(Lake(a.data / "lake")).ledger.read()
    assert not found and [x.use.act for x in lines] == ["summary", "summary"] and lines[0].use.who == "university"
    agreed = together((), peers(third / "fetched"))
    assert {c.id for c in agreed.corrections} == {"c-a", "c-b"} and not agreed.disputed and not agreed.findings


def test_who_asks_must_be_known_and_say_why(tmp_path: Path, nodes: tuple[Process, Process, str, str]) -> None:
    a, _, of_a, of_b = nodes
    third = tmp_path / "university"
    for token in ("", "guess", of_b):
        with pytest.raises(Refused) as caught:
            ask(third, a, token)
        assert codes(caught) == ["sharing.token.unknown"]
    done = ask(third, a, of_a, "advertising")
    assert not any(p.startswith("/summary") for p in done.new)  # not even asked for
    status, answer = plain(a, "/summary?dataset=a-temperature%401&grant=g-a&purpose=advertising", of_a)
    assert status == 403 and [f["code"] for f in answer["findings"]] == ["sharing.grant.purpose"]
    status, answer = plain(a, "/summary?dataset=a-temperature%401&grant=g-none&purpose=research", of_a)
    assert status == 403 and answer["findings"][0]["code"] == "sharing.grant.unknown"
    status, answer = plain(a, "/etc/passwd", of_a)
    assert status == 404 and answer["findings"][0]["code"] == "sharing.node.path"
    other = shelf_of(Lake(a.data / "lake")).token_for("somebody else", "2026-01-01")
    status, answer = plain(a, "/summary?dataset=a-temperature%401&grant=g-a&purpose=research", other)
    assert status == 403 and answer["findings"][0]["code"] == "sharing.grant.grantee"
    assert plain(a, "/grants", other)[1]["grants"] == []
    seen = [plain(a, "/catalogue", token)[1]["datasets"][0]["dcat"] for token in (of_a, other)]
    assert (
        seen[0].pop("dct:provenance") == "Laboratory a" and seen[0] == seen[1]
    )  # names of certificates are not public
    assert plain(a, "/certificates?dataset=a-temperature%401", other)[0] == 403
    refused = [x.use for x in shelf_of(Lake(a.data / "lake")).ledger.read()[0] if x.use.act == "refused"]
    assert [(u.who, u.note) for u in refused] == [
        ("university", "sharing.grant.purpose"), ("somebody else", "sharing.grant.grantee"),
    ]  # fmt: skip
    shelf_of(Lake(a.data / "lake")).forget("university")
    with pytest.raises(Refused) as caught:
        ask(third, a, of_a)
    assert codes(caught) == ["sharing.token.unknown"]


def plain(node: Process, path: str, token: str, **headers: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}", **headers})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, json.loads(data)


# ---------------------------------------------------------------- disagreeing


def test_nodes_that_disagree_about_a_certificate_are_both_named(
    tmp_path: Path, nodes: tuple[Process, Process, str, str]
) -> None:
    a, b, of_a, of_b = nodes
    lake = Lake(b.data / "lake")
    shelf = shelf_of(lake)
    wrong = replace(certificate("a", 0.25), id="c-a", instrument="I-b", valid_from=START - 2 * DAY)
    head = replace(shelf.dataset("b-temperature@1").head, version="2")
    publish_dataset(lake, head, [Wanted("b-t", START, START + 3 * DAY)], [certificate("b"), wrong], KNOWN)
    third = tmp_path / "university"
    ask(third, a, of_a)
    ask(third, b, of_b)
    found = together((), peers(third / "fetched"))
    assert found.disputed == ("c-a",) and {c.id for c in found.corrections} == {"c-b"}
    (conflict,) = found.findings
    about = dict(conflict.parameters)
    assert conflict.code == "sharing.certificate.conflict" and {about["first"], about["second"]} == {"a", "b"}
    assert about["first_digest"] != about["second_digest"]


def test_a_withdrawal_that_one_node_knows_is_taken_and_told(
    tmp_path: Path, nodes: tuple[Process, Process, str, str]
) -> None:
    a, _, of_a, _ = nodes
    third = tmp_path / "university"
    ask(third, a, of_a)
    withdrawn = replace(certificate("a"), withdrawn_known=KNOWN + DAY)
    found = together([withdrawn], peers(third / "fetched"))
    assert [f.code for f in found.findings] == ["sharing.certificate.news"] and not found.disputed
    assert found.corrections[0].withdrawn_known == KNOWN + DAY


def test_news_of_a_withdrawal_comes_with_the_next_exchange_and_an_ambiguous_name_is_refused(tmp_path: Path) -> None:
    lake, version, corrections = plant(tmp_path / "a")
    shelf = shelf_of(lake)
    shelf.add_grant(grant("a-temperature", end=None))
    shelf.add_grant(grant("a-temperature", id="g-many", end=None, least=10_000))
    token = shelf.token_for("university", "2026-01-01")
    third = tmp_path / "university" / "fetched"
    gone = [corrections[0], replace(corrections[0], id="c-a 1", valid_from=START + DAY, withdrawn_known=KNOWN)]
    with Node(lake, "a") as node:
        threading.Thread(target=node.serve_forever, daemon=True).start()
        done = fetch(third, "a", Where(node.url, token), "research", now)
        assert [f.code for f in done.findings] == ["sharing.statistics.none"] and "g-many" in done.findings[0].where
        peer = Peer(third, "a")
        (before,) = peer.summaries(now())[0]
        assert before.withdrawn == () and rests_on_withdrawn("a", [before]) == ()
        assert before.expected is not None and list(before.expected) == [1440.0] * 3
        assert before.flagged is not None and before.flagged.min() > 0
        learn(lake, gone, NOW)
        publish_dataset(lake, replace(version.head, version="2"), [Wanted("a-t", START, START + 3 * DAY)], gone, KNOWN)
        fetch(third, "a", Where(node.url, token), "research", now)
        held, _ = peer.summaries(now())
        node.shutdown()
    assert {s.name: bool(s.withdrawn) for s in held} == {"a-temperature@1/a-t": True, "a-temperature@2/a-t": False}
    told = rests_on_withdrawn("a", held)
    assert [f.code for f in told] == ["sharing.fetched.withdrawn"] and "2026-01-02" in dict(told[0].parameters)["start"]
    known = [("a", one) for one in held]
    with pytest.raises(Refused) as caught:
        chosen(known, "a/a-t")
    assert codes(caught) == ["sharing.fetched.several"]
    assert dict(caught.value.findings[0].parameters)["choices"] == "a/a-temperature@1/a-t, a/a-temperature@2/a-t"
    assert chosen(known, "a/a-temperature@2/a-t").dataset.startswith("a-temperature@2 ")
    assert len(apart(*held).begin) == 1  # the day that both show


# ---------------------------------------------------------------- offline and revoked


def test_what_was_fetched_stays_usable_offline_and_is_refused_after_a_revocation(
    tmp_path: Path, nodes: tuple[Process, Process, str, str]
) -> None:
    a, _, of_a, _ = nodes
    third = tmp_path / "university"
    ask(third, a, of_a)
    a.kill()
    with pytest.raises(Refused) as caught:
        ask(third, a, of_a)
    assert codes(caught) == ["sharing.node.unreached"]
    whole(third)
    peer = Peer(third / "fetched", "a")
    summaries, told = peer.summaries(now() + 9 * DAY)
    assert (
        [s.name for s in summaries] == ["a-temperature@1/a-t"]
        and told[0].severity == "warning"
        and dict(told[0].parameters)["days"] == "9.0"
    )
    shelf_of(Lake(a.data / "lake")).revoke(Revocation("g-a", now(), "misused", "owner"))
    assert len(peer.summaries(now())[0]) == 1  # nobody here knows yet
    a.start()
    done = ask(third, a, of_a)
    assert not any(p.startswith("/summary") for p in (*done.new, *done.same))
    summaries, told = peer.summaries(now())
    assert not summaries
    assert [f.code for f in told] == ["sharing.fetched.refused", "sharing.grant.revoked"]
    assert dict(told[1].parameters)["reason"] == "misused"
    status, answer = plain(a, "/summary?dataset=a-temperature%401&grant=g-a&purpose=research", of_a)
    assert status == 403 and answer["findings"][0]["code"] == "sharing.grant.revoked"
    whole(third)


# ---------------------------------------------------------------- killed in the middle


@contextmanager
def slow(target: int, size: int = 700, pause: float = 0.02) -> Iterator[tuple[str, list[int]]]:
    """A wire that hands on a node's answers a little at a time: what an exchange over a bad line is like."""
    listener = socket.create_server(("127.0.0.1", 0))
    passed: list[int] = []

    def serve(client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", target)) as node:
            threading.Thread(target=pump, args=(client, node), daemon=True).start()
            passed.append(0)
            mine = len(passed) - 1
            try:
                while data := node.recv(size):
                    client.sendall(data)
                    passed[mine] += len(data)
                    time.sleep(pause)
            except OSError:
                return

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            return

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", passed
    listener.close()


def killed_while_fetching(folder: Path, url: str, token: str, wait: float) -> bool:
    """Start an exchange as a process and kill it after a while; whether it was still at it."""
    process = subprocess.Popen(
        [sys.executable, "-c", FETCH, str(folder / "fetched"), url, token], stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not list((folder / "fetched").glob("a/incoming/*.part")) and time.monotonic() < deadline:
        if process.poll() is not None:
            break
        time.sleep(0.005)
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    return "done" not in process.communicate()[0]


def test_a_grantee_killed_in_the_middle_of_an_exchange_goes_on_where_it_was(
    tmp_path: Path, nodes: tuple[Process, Process, str, str]
) -> None:
    a, _, of_a, _ = nodes
    shelf_of(Lake(a.data / "lake")).add_grant(grant("a-temperature", id="g-hours", period="hour"))
    third = tmp_path / "university"
    with slow(a.port) as (url, _):
        killed = [killed_while_fetching(third, url, of_a, wait) for wait in (0.0, 0.1, 0.3, 0.6)]
        assert any(killed)
        whole(third)
        for part in (third / "fetched" / "a" / "incoming").glob("*.part"):
            assert part.with_suffix(".digest").read_text()
        fetch(third / "fetched", "a", Where(url, of_a), "research", now)
    straight = tmp_path / "straight"
    ask(straight, a, of_a)
    one, other = (Peer(folder / "fetched", "a").items() for folder in (third, straight))
    assert {p: i.digest for p, i in one.items()} == {p: i.digest for p, i in other.items()} and len(one) == 5
    assert not list((third / "fetched" / "a" / "incoming").iterdir())
    assert not shelf_of(Lake(a.data / "lake")).ledger.read()[1]


def test_the_rest_of_an_answer_is_sent_and_not_the_whole_again(
    tmp_path: Path, nodes: tuple[Process, Process, str, str]
) -> None:
    a, _, of_a, _ = nodes
    third = tmp_path / "university"
    path = "/summary?dataset=a-temperature%401&grant=g-a&purpose=research"
    status, answer = plain(a, path, of_a)
    data = json.dumps(answer, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(data).hexdigest()
    part = Peer(third / "fetched", "a").part("/summary?dataset=a-temperature%401&grant=g-a&purpose=research")
    part.parent.mkdir(parents=True)
    half = len(data) // 2
    part.write_bytes(data[:half])
    part.with_suffix(".digest").write_text(digest)
    with slow(a.port, 65536, 0.0) as (url, passed):
        fetch(third / "fetched", "a", Where(url, of_a), "research", now)
        assert passed[-1] < half + 1500  # the second half and its head
    assert hashlib.sha256(Peer(third / "fetched", "a").place(path).read_bytes()).hexdigest() == digest
    lake = Lake(a.data / "lake")
    shelf_of(lake).revoke(Revocation("g-a", now(), "misused"))
    rest = {"Range": f"bytes={half}-", "If-Range": f'"{digest}"'}
    assert plain(a, path, of_a, **rest)[0] == 403  # a revocation counts for the rest of an answer too
    assert status == 200


def test_a_node_killed_in_the_middle_leaves_nothing_half_done(
    tmp_path: Path, nodes: tuple[Process, Process, str, str]
) -> None:
    a, _, of_a, _ = nodes
    third = tmp_path / "university"
    told = 0
    for wait in (0.02, 0.08, 0.15, 0.3):
        timer = threading.Timer(wait, a.kill)
        timer.start()
        for _ in range(200):
            try:
                done = ask(third, a, of_a)
                told += sum(p.startswith("/summary") for p in (*done.new, *done.same))
            except Refused as refused:
                assert refused.findings[0].code == "sharing.node.unreached"
                break
        timer.join()
        whole(third)
        a.start()
    ask(third, a, of_a)
    lines, found = shelf_of(Lake(a.data / "lake")).ledger.read()
    assert [f.code for f in found] in ([], ["sharing.ledger.half"])
    assert sum(x.use.act == "summary" for x in lines) >= told + 1  # nothing was given without its line
    assert [s.stream for s in Peer(third / "fetched", "a").summaries(now())[0]] == ["a-t"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["grants", "revocations", "summaries", "certificates", "document", "grant", "id",
                                       "stream", "dataset", "time", "reason", "archive"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["grants", "revocations", "summaries", "certificates"]), JSON))
def test_whatever_a_node_says_is_a_value_or_a_finding(tmp_path: Path, body: dict[str, object]) -> None:
    peer = Peer(tmp_path / "fetched", "odd")
    good = {"grants": [json.loads(grant_document(grant("d")))], "revocations": []}
    for path, kept in (("/grants", {**good, **body}), ("/summary?x=1", body), ("/certificates?x=1", body)):
        peer.keep(path, json.dumps(kept).encode(), 1, "http://127.0.0.1")
    for act in (peer.grants, peer.corrections, lambda: peer.summaries(NOW)):
        try:
            assert act() is not None
        except Refused as refused:
            assert refused.findings


def test_an_answer_that_is_not_what_it_says_is_not_used(tmp_path: Path) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Liar(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"suyuan": "catalogue", "datasets": []}' if self.path == "/catalogue" else b"<html>"
            self.send_response(200)
            digest = "0" * 64 if self.server.lies else hashlib.sha256(body).hexdigest()  # type: ignore[attr-defined]
            self.send_header("ETag", f'"{digest}"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Liar) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = Where(f"http://127.0.0.1:{server.server_address[1]}", "token")
        for lies, code in ((True, "sharing.node.digest"), (False, "sharing.node.answer")):
            server.lies = lies  # type: ignore[attr-defined]
            with pytest.raises(Refused) as caught:
                fetch(tmp_path / "fetched", "a", where, "research", now)
            assert codes(caught) == [code]
        server.shutdown()
    for url in ("ftp://127.0.0.1", "http://", "http://127.0.0.1:x", "nonsense"):
        with pytest.raises(Refused) as caught:
            fetch(tmp_path / "fetched", "a", Where(url, "token"), "research", now)
        assert codes(caught) == ["sharing.node.url"]


# ---------------------------------------------------------------- all of it, by commands


def command(data: Path, *words: str) -> Any:
    environment = {**os.environ, "SUYUAN_LANG": "en"}
    return forked.beside(["data", *words, "--data", str(data), "--json"], environment, text=True)


def test_three_nodes_exchange_with_one_another_by_commands(tmp_path: Path) -> None:
    names = ("a", "b", "c")
    nodes, tokens = {}, {}
    for name in names:
        lake, version, _ = plant(tmp_path / name, name, days=2)
        shelf = shelf_of(lake)
        for other in names:
            if other != name:
                about: dict[str, Any] = {"id": f"g-{name}-{other}", "grantee": other, "end": None}
                shelf.add_grant(grant(f"{name}-temperature", **about))
                tokens[name, other] = shelf.token_for(other, "2026-01-01")
                (tmp_path / f"{name}-{other}").write_text(tokens[name, other])
        if name == "c":  # c has a certificate under the id of one of a's, with another content
            odd = replace(certificate("a", 0.4), instrument="I-c", valid_from=START - 2 * DAY)
            head = replace(version.head, version="2")
            publish_dataset(lake, head, [Wanted("c-t", START)], [certificate("c"), odd], KNOWN)
        nodes[name] = Process(tmp_path / name, name)

    def exchange(me: str, node: str) -> Any:
        given_ = ("--node", node, "--purpose", "research", "--token-file", str(tmp_path / f"{node}-{me}"))
        return command(tmp_path / me, "fetch", nodes[node].url, *given_)

    every = [(me, node) for me in names for node in names if me != node]
    running = {pair: exchange(*pair) for pair in every}
    time.sleep(0.3)
    nodes["b"].kill()  # in the middle of what a and c ask of it
    for one in running.values():
        one.communicate()
    for name in names:
        whole_of(tmp_path / name)
    nodes["b"].start()
    for pair in every:  # asking again brings what was missing
        one = exchange(*pair)
        out = json.loads(one.communicate()[0])
        disagree = {f["code"] for f in out["findings"] if f["severity"] == "error"}
        assert disagree <= {"sharing.certificate.conflict"}, out
    said = {name: fetched(tmp_path / name) for name in names}
    assert {name: sorted({r["name"] for r in out["summaries"]}) for name, out in said.items()} == {
        "a": ["b/b-t", "c/c-t"], "b": ["a/a-t", "c/c-t"], "c": ["a/a-t", "b/b-t"],
    }  # fmt: skip
    for name, between in (("a", {"here", "c"}), ("b", {"a", "c"}), ("c", {"here", "a"})):
        conflict = next(f for f in said[name]["findings"] if f["code"] == "sharing.certificate.conflict")
        assert {conflict["parameters"]["first"], conflict["parameters"]["second"]} == between
        assert said[name]["disputed"] == ["c-a"]
    apart = fetched(tmp_path / "c", "--difference", "a/a-t,b/b-t")["summaries"]
    np.testing.assert_allclose([r["u"] for r in apart], np.sqrt(2 * (OWN_U**2 / 1440 + 0.01**2)), rtol=1e-9)
    assert command(tmp_path / "b", "revoke", "g-b-c", "--reason", "passed on").wait() == 0
    exchange("c", "b").communicate()
    after = fetched(tmp_path / "c")
    assert {r["name"] for r in after["summaries"]} == {"a/a-t"}
    assert "sharing.grant.revoked" in [f["code"] for f in after["findings"]]
    for name in names:
        nodes[name].kill()
        whole_of(tmp_path / name)
        assert not shelf_of(Lake(tmp_path / name / "lake")).ledger.read()[1]


def whole_of(data: Path) -> None:
    """Nothing of what a data folder fetched is half there."""
    for peer in peers(data / "lake" / "sharing" / "fetched"):
        state = json.loads((peer.folder / "state.json").read_bytes())
        assert set(peer.items()) == set(state["items"])


def fetched(data: Path, *words: str) -> dict[str, Any]:
    return dict(json.loads(command(data, "fetched", *words).communicate()[0]))
