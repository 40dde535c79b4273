"""The search page over 100,000 images of the default encoder: what a visitor waits for.

One visitor is a real Chromium, which shares the two cores with the server. Twenty are sessions of
the page's own protocol (Streamlit's web socket), each of which asks again as soon as it has its
answer: twenty people who never stop to look. Limits are those of the issue, in seconds; `share` is
what was found, as a part of its limit.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.machine import cores
from radalike.catalog.store import Part
from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.imaging.thumbnails import thumbnail
from radalike.library import Library
from radalike.library.privacy.pseudonyms import public_identity
from radalike.records import ImageRecord, Metadata, Term, Vectors
from radalike.settings import load_settings
from search_ui.server import address, command_line, environment

IMAGES, CLUSTERS, LABELS, PICTURES = 100_000, 500, 160, 200
VISITORS, SEARCHES, REPEATS = 20, 10, 7
LIMITS = {"page_ready": 3.0, "filter_to_results": 0.3, "upload_to_results": 1.2, "p95_of_20": 3.0}
_MODALITIES, _REGIONS = ("CT", "MR", "XR", "US"), ("chest", "brain", "knee")


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "library"
        thumbnail_bytes = _make_library(folder)
        one, many = asyncio.run(_measured(folder, Path(name)))
    figures = {**one, "p95_of_20": many["p95"]}
    return {
        "cores": cores(),
        "images": IMAGES,
        "seconds": {name: round(value, 3) for name, value in figures.items()},
        "share": {name: round(figures[name] / limit, 2) for name, limit in LIMITS.items()},
        "twenty": many,
        "thumbnail_bytes": thumbnail_bytes,
    }


# -- the library -----------------------------------------------------------------------------------


def _make_library(folder: Path) -> dict[str, int]:
    """Made vectors in clusters; the pictures of a few images, over and over."""
    generator = np.random.default_rng(0)
    pictures = [_picture(generator) for _ in range(PICTURES)]
    with Library.open(folder, create=True) as library:
        dimension = library.spec.dimension
        centres = generator.standard_normal((CLUSTERS, dimension), dtype=np.float32)
        library.catalog.add_encoder(
            library.fingerprint, library.encoder_id, dimension, asdict(library.spec)
        )
        for start in range(0, IMAGES, 4096):
            rows = range(start, min(start + 4096, IMAGES))
            _commit(library, rows, _clustered(generator, centres, len(rows)))
            for row in rows:
                path = library.layout.thumbnail(_content(row))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(pictures[row % PICTURES])
        library.build_index()
        assert library.closeness() is not None
    sizes = sorted(map(len, pictures))
    return {"median": sizes[len(sizes) // 2], "largest": sizes[-1]}


def _clustered(generator: np.random.Generator, centres: Vectors, count: int) -> Vectors:
    noise = generator.standard_normal((count, centres.shape[1]), dtype=np.float32)
    rows = centres[generator.integers(0, len(centres), count)] + 0.7 * noise
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _content(row: int) -> str:
    return f"{row:064x}"


def _id(row: int) -> str:
    return public_identity("benchmark", str(row))


def _commit(library: Library, rows: range, vectors: Vectors) -> None:
    records = [
        ImageRecord(
            id=_id(row),
            content=_content(row),
            metadata=Metadata(
                dataset=f"set-{row % 3}",
                modality=Term(_MODALITIES[row % 4], "made", 1.0),
                anatomy=Term(_REGIONS[row % 3], "made", 1.0),
                split=("train", "val", "test")[row % 7 % 3],
                labels=(f"finding-{row % LABELS}",),
                view=("AP", "PA", "LL")[row % 5 % 3],
                laterality=("L", "R")[row % 2],
                sex=("F", "M")[row % 2],
                age=20 + row % 70,
                year=2005 + row % 20,
                patient=f"p{row // 4:06}",
                study=f"st{row // 4:06}",
                series=f"se{row // 2:06}",
            ),
            width=512,
            height=512,
            thumbnail=True,
        )
        for row in rows
    ]
    chunk = EmbeddingChunk(tuple(record.id for record in records), vectors)
    file = write_part(library.layout.embeddings(library.fingerprint), chunk, {})
    part = Part(file.name, library.fingerprint, file.rows, file.sha256, "float32")
    library.catalog.commit(part=part, records=records)


def _picture(generator: np.random.Generator) -> bytes:
    """A smooth picture with some grain: as large in bytes as a thumbnail of an image is."""
    coarse = generator.integers(0, 256, (12, 12), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((256, 256), Image.Resampling.BICUBIC))
    grain = generator.normal(0, 6, smooth.shape)
    pixels = np.clip(smooth + grain, 0, 255).astype(np.uint8)
    return thumbnail(pixels)


# -- the server -----------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _served(folder: Path, port: int) -> Iterator[str]:
    settings = load_settings(library=folder, host="127.0.0.1", port=port)
    process = subprocess.Popen(
        command_line(settings, headless=True),
        env=environment(folder, settings, os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield address(settings)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_it_answers(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server does not answer")


# -- one visitor ----------------------------------------------------------------------------------


async def _measured(folder: Path, scratch: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """What one visitor waits for, and what twenty do. Medians, but for the starts."""
    from playwright.async_api import async_playwright

    chromium = shutil.which("chromium")
    assert chromium is not None, "the figures of one visitor need chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        port = _free_port()
        started = time.perf_counter()
        with _served(folder, port) as url:
            await _first_page(page, url)
            cold = time.perf_counter() - started
        started = time.perf_counter()
        with _served(folder, port) as url:
            await _first_page(page, url)
            ready = time.perf_counter() - started
            await asyncio.sleep(10)  # the encoder is loaded meanwhile, as it is when somebody comes
            figures = {
                "page_ready_in_a_browser_that_has_not_been_here": cold,
                "page_ready": ready,
                "page_opened_later": await _reopened(page, url),
                "filter_to_results": await _filtered(page, url),
                "upload_to_results": await _uploaded(page, url, scratch),
            }
            await browser.close()
            return figures, await _many_visitors(url)


async def _first_page(page: Any, url: str) -> None:
    _wait_until_it_answers(url)
    await page.goto(url)
    await page.wait_for_selector("ul.cards li img")


async def _reopened(page: Any, url: str) -> float:
    seconds = []
    for _ in range(REPEATS):
        await page.goto("about:blank")
        started = time.perf_counter()
        await page.goto(url)
        await page.wait_for_selector("ul.cards li img")
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


async def _filtered(page: Any, url: str) -> float:
    """From the click on a filter to its results in the page."""
    await page.goto(f"{url}/?like={_id(5)}")
    await page.get_by_text("most similar of").wait_for()
    seconds = []
    for number in range(REPEATS):
        name = ("CT", "MR")[number % 2]
        pill = page.locator(".st-key-search-modality button", has_text=name).first
        before = await page.locator("h2", has_text="most similar of").inner_text()
        started = time.perf_counter()
        await pill.click()
        await page.wait_for_function(
            "before => [...document.querySelectorAll('h2')].some(each => "
            "each.innerText.includes('most similar of') && each.innerText !== before)",
            arg=before,
            polling=10,
        )
        seconds.append(time.perf_counter() - started)
        await page.wait_for_timeout(300)
    return float(np.median(seconds))


async def _uploaded(page: Any, url: str, folder: Path) -> float:
    """From the choice of a file to its results; each file is another."""
    seconds = []
    generator = np.random.default_rng(1)
    for number in range(REPEATS):
        file = folder / f"query-{number}.png"
        coarse = generator.integers(0, 256, (16, 16), dtype=np.uint8)
        Image.fromarray(coarse).resize((512, 512), Image.Resampling.BICUBIC).save(file)
        await page.goto(url)
        await page.wait_for_selector("ul.cards li img")
        started = time.perf_counter()
        await page.locator("input[type=file]").first.set_input_files(file)
        await page.get_by_text("most similar of").wait_for()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


# -- twenty visitors ------------------------------------------------------------------------------


async def _many_visitors(url: str) -> dict[str, Any]:
    started = time.perf_counter()
    waits = await asyncio.gather(*(_visitor(url, number) for number in range(VISITORS)))
    took = time.perf_counter() - started
    seconds = np.asarray([each for visitor in waits for each in visitor])
    return {
        "visitors": VISITORS,
        "searches": len(seconds),
        "errors": VISITORS * SEARCHES - len(seconds),
        "p50": round(float(np.percentile(seconds, 50)), 3),
        "p95": round(float(np.percentile(seconds, 95)), 3),
        "searches_per_second": round(len(seconds) / took, 1),
    }


async def _visitor(url: str, number: int) -> list[float]:
    """Seconds of each search that was answered."""
    from websockets.asyncio.client import connect
    from websockets.typing import Origin, Subprotocol

    generator = np.random.default_rng(number)
    seconds = []
    address_of_socket = f"{url.replace('http', 'ws')}/_stcore/stream"
    async with connect(
        address_of_socket,
        origin=Origin(url),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
    ) as connection:
        await _asked(connection, "")
        for _ in range(SEARCHES):
            row = int(generator.integers(IMAGES))
            modality = _MODALITIES[int(generator.integers(4))]
            started = time.perf_counter()
            if await _asked(connection, f"like={_id(row)}&modality={modality}"):
                seconds.append(time.perf_counter() - started)
    return seconds


async def _asked(connection: Any, query: str) -> bool:
    """Run the page at an address, and read all that it sends; whether it is without an error."""
    from streamlit.proto.Alert_pb2 import Alert
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = BackMsg()
    message.rerun_script.query_string = query
    await connection.send(message.SerializeToString())
    found, failed = not query, False
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(await connection.recv())
        if answer.WhichOneof("type") == "script_finished":
            return found and not failed
        if answer.WhichOneof("type") == "delta":
            element = answer.delta.new_element
            failed |= element.WhichOneof("type") == "exception"
            failed |= element.alert.format == Alert.ERROR
            found |= "most similar of" in element.html.body


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
