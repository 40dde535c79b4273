"""A library that is open keeps up with what other processes write, and never stands still."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from radalike.catalog.store import Part
from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.library import Library
from radalike.records import ImageRecord, Metadata, Term, Vectors
from radalike.vectors import normalised
from tests.ingest.command_line import Command, finished, radalike, start
from tests.ingest.files import write_pngs

_SECONDS_TO_FIND = 30.0
_LONGEST_SEARCH = 0.3

# The longest this machine keeps a process waiting that does nothing but sleep.
_CONTROL = """
import sys, threading, time
stop, longest = threading.Event(), 0.0
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
while not stop.is_set():
    started = time.perf_counter()
    time.sleep(0.005)
    longest = max(longest, time.perf_counter() - started - 0.005)
print(longest)
"""


def _found(library: Library) -> set[str]:
    vector = _random_vectors(1, library.spec.dimension)[0]
    return {hit.id for hit in library.search(vector, 1000).hits}


def _random_vectors(count: int, dimension: int, seed: int = 0) -> Vectors:
    noise = np.random.default_rng(seed).normal(size=(count, dimension))
    return normalised(noise.astype(np.float32))


def test_what_another_process_ingests_is_found_without_opening_again(
    tmp_path: Path, command: Command
) -> None:
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, 5)
    assert radalike("ingest", export, "--library", library, command=command).code == 0
    with Library.open(library) as opened:
        opened.searcher.follow()
        assert len(_found(opened)) == 5
        assert opened.searcher.backend == "edge"
        write_pngs(export, 20, first_seed=100)
        process = start("ingest", export, "--library", library, "--json", command=command)
        deadline = time.monotonic() + _SECONDS_TO_FIND
        while len(_found(opened)) < 25 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(_found(opened)) == 25
        assert finished(process).json["indexed"] == 25
        deadline = time.monotonic() + _SECONDS_TO_FIND
        while opened.searcher.pending and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (opened.searcher.pending, opened.searcher.backend) == (0, "edge")
        assert len(_found(opened)) == 25


def test_a_library_that_was_empty_when_it_was_opened_is_followed(
    tmp_path: Path, command: Command
) -> None:
    export, library = tmp_path / "export", tmp_path / "library"
    with Library.open(library, create=True) as opened:
        opened.searcher.follow()
        assert _found(opened) == set()
        write_pngs(export, 5)
        assert radalike("ingest", export, "--library", library, command=command).code == 0
        deadline = time.monotonic() + _SECONDS_TO_FIND
        while len(_found(opened)) < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(_found(opened)) == 5


def _fill(library: Library, rows: int) -> None:
    """`rows` random vectors with small metadata, as one part."""
    spec, fingerprint = library.spec, library.fingerprint
    ids = [str(uuid.uuid4()) for _ in range(rows)]
    library.catalog.add_encoder(fingerprint, spec.id, spec.dimension, asdict(spec))
    chunk = EmbeddingChunk(tuple(ids), _random_vectors(rows, spec.dimension))
    file = write_part(library.layout.embeddings(fingerprint), chunk, {"fingerprint": fingerprint})
    words = ("CT", "MR", "US", "XR")
    records = [
        ImageRecord(
            id=image,
            content=uuid.uuid4().hex * 2,
            metadata=Metadata(
                dataset="random",
                modality=Term(words[row % 4], "test", 1.0),
                year=datetime.now(UTC).year,
            ),
            width=64,
            height=64,
        )
        for row, image in enumerate(ids)
    ]
    part = Part(file.name, fingerprint, file.rows, file.sha256, "float32")
    library.catalog.commit(part=part, records=records)


@contextmanager
def _longest_pause() -> Iterator[list[float]]:
    """The longest pause of a process that only sleeps, meanwhile: in the list afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CONTROL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    longest: list[float] = []
    try:
        yield longest
    finally:
        out, _ = process.communicate()
        longest.append(float(out))


@pytest.mark.slow
def test_searches_go_on_while_the_index_is_built(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        _fill(library, 5000)
        assert library.build_index().points == 5000
        vectors = _random_vectors(100, library.spec.dimension, seed=1)
        library.searcher.follow(0.5)
        assert library.searcher.backend == "edge"
        at = ("--library", library.layout.root, "--json")
        build = start("index", "build", "--full", *at)
        elsewhere, answered_meanwhile = None, False
        took: list[float] = []
        ends = float("inf")
        with _longest_pause() as pause:
            while time.monotonic() < ends:
                started = time.perf_counter()
                result = library.search(vectors[len(took) % 100], 10)
                took.append(time.perf_counter() - started)
                assert len(result.hits) == 10
                if elsewhere is None and list(tmp_path.glob("library/index/*/gen-000002")):
                    elsewhere = start("search", result.hits[0].id, *at)
                if build.poll() is None:
                    answered_meanwhile |= elsewhere is not None and elsewhere.poll() == 0
                elif ends == float("inf"):
                    ends = time.monotonic() + 2.0  # until the new index is open, too
                time.sleep(0.01)
        assert finished(build).json["points"] == 5000
        assert elsewhere is not None
        answer = finished(elsewhere)
        assert answer.code == 0, answer
        assert len(answer.json["hits"]) == 10
        assert answered_meanwhile
        assert len(took) > 100
        assert max(took) < _LONGEST_SEARCH + pause[0]
        assert library.searcher.backend == "edge"
        assert library.searcher.pending == 0
