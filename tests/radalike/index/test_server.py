"""The server's adapter: collections behind an alias, and servers that do not answer."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from qdrant_client import QdrantClient

from radalike.errors import IndexUnavailable
from radalike.index.backend import IndexSpec, Points
from radalike.index.server import ServerIndex, alias_of, connect
from tests.contracts.index_contract import POINTS, SPEC

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact .brute-force. search"),
]


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    """An engine of the tests' own, in memory."""
    made = QdrantClient(":memory:")
    yield made
    made.close()


def collections(client: QdrantClient) -> list[str]:
    return sorted(each.name for each in client.get_collections().collections)


def test_a_collection_lies_behind_an_alias(client: QdrantClient) -> None:
    ServerIndex.create(client, SPEC)
    assert collections(client) == [f"{alias_of(SPEC)}-1"]
    assert [(each.alias_name, each.collection_name) for each in client.get_aliases().aliases] == [
        (alias_of(SPEC), f"{alias_of(SPEC)}-1")
    ]


def test_creating_again_starts_from_nothing_and_drops_the_old(client: QdrantClient) -> None:
    first = ServerIndex.create(client, SPEC)
    first.upsert(POINTS)
    again = ServerIndex.create(client, SPEC)
    assert again.count() == 0
    assert collections(client) == [f"{alias_of(SPEC)}-2"]


def test_a_collection_is_filled_beside_the_old_one_and_swapped_in(client: QdrantClient) -> None:
    old = ServerIndex.create(client, SPEC)
    old.upsert(POINTS)
    ServerIndex.stage(client, SPEC).upsert(POINTS)  # of a build that was killed
    staged = ServerIndex.stage(client, SPEC)
    assert (staged.count(), old.count(), ServerIndex(client, SPEC).count()) == (0, 8, 8)
    staged.upsert(Points(POINTS.ids[:3], POINTS.vectors[:3], POINTS.payloads[:3]))
    assert old.count() == 8
    assert staged.publish().count() == 3
    assert old.count() == 3
    assert collections(client) == [f"{alias_of(SPEC)}-2"]


def test_encoders_do_not_meet(client: QdrantClient) -> None:
    one = ServerIndex.create(client, SPEC)
    two = ServerIndex.create(client, IndexSpec(7, "0" * 16))
    one.upsert(POINTS)
    assert (one.count(), two.count()) == (8, 0)
    assert len(collections(client)) == 2


def test_there_is_no_collection_yet(client: QdrantClient) -> None:
    with pytest.raises(IndexUnavailable, match="no collection of this encoder") as caught:
        ServerIndex(client, SPEC)
    assert caught.value.hint == "`radalike index build`"


ASK = """
import sys, threading
from radalike.errors import IndexUnavailable
from radalike.index.backend import IndexSpec, Points
from radalike.index.server import ServerIndex, connect
client = connect(sys.argv[1], "")
try:
    ServerIndex(client, IndexSpec(4, "f" * 16))
except IndexUnavailable as exc:
    print(exc, "|", exc.hint)
for thread in set(threading.enumerate()) - {threading.main_thread()}:
    thread.join()
client.close()
"""


def test_a_server_that_does_not_answer_is_said_once() -> None:
    """In a process of its own: what the client has to say besides comes from a thread."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        asked = [sys.executable, "-c", ASK, url]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("the Qdrant server does not answer | check qdrant_url")
    assert done.stderr == ""


def test_a_url_that_is_none() -> None:
    with pytest.raises(IndexUnavailable, match="no address"):
        connect("http://localhost:port", "")
