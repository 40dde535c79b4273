"""Gated repositories, tokens, and no network."""

from __future__ import annotations

import pytest

from radalike.encoders.fetching import fetch
from radalike.encoders.hub_settings import no_network
from radalike.encoders.spec import Weights
from radalike.encoders.store import Store
from radalike.errors import (
    WeightsMissing,
)
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.fetching.stores import (
    WEIGHTS,
    Rows,
)
from tests.radalike.encoders.hubs import row


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_gated_repository(
    token: str,
    listed: bool,
    hub: Hub,
    store: Store,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub.repositories["o/n"] = Repository(
        {"model.safetensors": WEIGHTS}, token="right", listed=listed
    )
    rows["gated"] = row("gated", Weights("hub:o/n", None, ""), access="Accept the terms at o/n.")
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(WeightsMissing, match="only for those who were granted access") as caught:
        fetch("gated", store)
    assert "Accept the terms at o/n." in caught.value.hint
    assert "HF_TOKEN" in caught.value.hint
    assert ("The token that was used" in caught.value.hint) == (token == "wrong")
    assert "wrong" not in str(caught.value)
    monkeypatch.setenv("HF_TOKEN", "right")
    assert fetch("gated", store).new


def test_a_token_is_not_shown_to_other_hosts(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS}, token="secret")
    fetch("hf:o/n", store)
    by_host = {each.host.split(":")[0]: each.headers.get("Authorization") for each in hub.asked}
    assert by_host == {"127.0.0.1": "Bearer secret", "localhost": None}


def test_a_repository_that_is_not_there(hub: Hub, store: Store) -> None:
    with pytest.raises(WeightsMissing, match="knows no repository o/none, or it is private"):
        fetch("hf:o/none", store)
    assert not store.folder("hf:o/none").exists()


@pytest.mark.parametrize("name", ["hf:", "hf:a/b/c", "hf:a b", "hf:../x"])
def test_what_is_no_name_of_a_repository(name: str, hub: Hub, store: Store) -> None:
    with pytest.raises(WeightsMissing, match="no name of a repository"):
        fetch(name, store)


def test_without_a_network(store: Store, monkeypatch: pytest.MonkeyPatch, rows: Rows) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    rows["plain"] = row("plain", Weights("http://127.0.0.1:9/w.pth", None, ""), access="Ask.")
    for name in ("hf:o/n", "plain"):
        with pytest.raises(
            WeightsMissing, match=r"http://127\.0\.0\.1:9 cannot be reached"
        ) as caught:
            fetch(name, store, pause=0)
        assert f"radalike encoders bundle {name} -o FILE" in caught.value.hint
        assert "radalike encoders install FILE" in caught.value.hint
    assert caught.value.hint.endswith("Ask.")


def test_offline_means_offline(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    with no_network(), pytest.raises(WeightsMissing, match="HF_HUB_OFFLINE"):
        fetch("hf:o/n", store)
    assert hub.asked == []
    assert fetch("hf:o/n", store).new
