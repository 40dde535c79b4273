"""deploy/qdrant.yaml: closed by default, and its limits leave room for what our code asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock
from uuid import UUID

import numpy as np
import pytest
import yaml

MOST_HITS = 1000


@pytest.fixture
def server(root: Path) -> Any:
    return yaml.safe_load((root / "deploy" / "qdrant.yaml").read_text())


def test_strict_mode_is_one_that_the_server_knows(server: Any) -> None:
    from qdrant_client.models import StrictModeConfig

    strict = server["storage"]["collection"]["strict_mode"]
    assert StrictModeConfig(**strict).enabled is True
    assert strict["unindexed_filtering_retrieve"] is False
    assert strict["unindexed_filtering_update"] is False


@pytest.fixture
def asked() -> MagicMock:
    """A client that remembers what our index asks of a server: the most of everything."""
    from radalike.filters import all_of, eq
    from radalike.index.backend import IndexSpec, Points
    from radalike.index.server import ServerIndex
    from radalike.records import PAYLOAD_FIELDS, FieldKind

    client = MagicMock()
    client.query_points.return_value.points = []
    client.facet.return_value.hits = []
    client.count.return_value.count = 0
    client.scroll.return_value = ([], None)
    index = ServerIndex(client, IndexSpec(2, "f"))
    vectors = np.tile(np.array([[1, 0]], dtype=np.float32), (5000, 1))
    ids = [str(UUID(int=number)) for number in range(len(vectors))]
    index.upsert(Points(ids, vectors, [{}] * len(ids)))
    every_field = all_of(
        *(
            eq(name, 1 if field.kind is FieldKind.INTEGER else "x")
            for name, field in PAYLOAD_FIELDS.items()
        )
    )
    index.query_batch(vectors[:1], MOST_HITS, every_field)
    index.query_batch(vectors[:1], MOST_HITS)
    index.facet("labels")
    index.count(every_field)
    list(index.scroll())
    return client


def test_its_limits_leave_room_for_what_we_ask(server: Any, asked: MagicMock) -> None:
    strict = server["storage"]["collection"]["strict_mode"]
    batches = [len(call.args[1].ids) for call in asked.upsert.call_args_list]
    assert sum(batches) == 5000
    assert max(batches) <= strict["upsert_max_batchsize"]

    queries = [call.kwargs for call in asked.query_points.call_args_list]
    facets = [call.kwargs for call in asked.facet.call_args_list]
    scrolls = [call.kwargs for call in asked.scroll.call_args_list]
    limits = [each["limit"] for each in (*queries, *facets, *scrolls)]
    assert len(limits) >= 4
    assert max(limits) <= strict["max_query_limit"]
    assert max(limits) > MOST_HITS

    widest = max(each["search_params"].hnsw_ef or 0 for each in queries)
    assert widest <= strict.get("search_max_hnsw_ef", widest)
    conditions = max(len(each["query_filter"].must) for each in queries if each["query_filter"])
    assert 10 <= conditions <= strict["filter_max_conditions"]
    assert strict["search_allow_exact"] is True  # facets and counts ask for exact numbers


def test_it_tells_nobody_and_holds_no_key(root: Path, server: Any) -> None:
    assert server["telemetry_disabled"] is True
    assert server["service"]["enable_cors"] is False
    assert "api_key" not in server["service"]


def test_its_folders_and_port_are_those_that_are_mounted(root: Path, server: Any) -> None:
    service = yaml.safe_load((root / "docker-compose.yml").read_text())["services"]["qdrant"]
    folders = {mount.split(":")[1] for mount in service["volumes"]}
    assert server["storage"]["storage_path"] in folders
    assert server["storage"]["snapshots_path"] in folders
    assert service["ports"][0].endswith(f":{server['service']['http_port']}")
