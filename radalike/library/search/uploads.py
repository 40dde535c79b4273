"""Uploaded queries and originals, decoded in child processes: hostile files stay there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from radalike.errors import ImageRejected, RejectCode, UnknownName
from radalike.imaging.renderings import RENDERINGS, STORED_WINDOW, check_window
from radalike.library.privacy.pseudonyms import Privacy
from radalike.records import ImageRecord, Pixels, unknown_content
from radalike.sandbox.sandbox import Answer, Limits, Sandbox
from radalike.settings import Settings

_CRASHED = "its decoder crashed and was started anew"


@dataclass(frozen=True, slots=True)
class UploadInfo:
    """What an uploaded file is; nothing of it identifies a person.

    kind: `raster` or `dicom`. width, height: pixels. modality, anatomy: words of the vocabulary,
    `unknown` for a raster. withheld: whether pictures of its kind are withheld elsewhere.
    Of the middle frame, where it is grey DICOM, by values after the modality transformation (of
    CT: Hounsfield units): window, the stored (centre, width), None where it has none; values, its
    lowest and highest, None where no window can be set; presets, those of CT_PRESETS that apply.
    """

    kind: str
    frames: int
    width: int
    height: int
    modality: str
    anatomy: str
    window: tuple[float, float] | None = None
    values: tuple[float, float] | None = None
    presets: tuple[str, ...] = ()
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Sought:
    """An image of the library in its original: frame `frame` whose content hash is `content` by
    some rendering (None: nobody knows it). modality: what it is known as."""

    frame: int
    content: str | None
    modality: str


def sought(record: ImageRecord) -> Sought:
    known = record.content != unknown_content(record.id)
    return Sought(record.frame, record.content if known else None, record.metadata.modality.value)


class UploadDecoder:
    """Safe from several threads; its two processes are started on first use. Close when done.

    Every method raises ImageRejected with the codes and texts of an ingest: of a file that kills,
    stalls or bloats its decoder, too, after which the next one meets a new process; and
    DecoderUnavailable when none can be started.
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.upload_mib * 1024**2
        withheld = tuple(settings.withheld_thumbnails.replace(" ", "").split(","))
        self._sandbox = Sandbox(
            Limits(settings.decode_memory_mib, settings.decode_seconds, withheld)
        )

    def warm_up(self) -> None:
        """Start the processes, so that no upload waits for that."""
        self._sandbox.start()

    def inspect(self, data: bytes) -> UploadInfo:
        """What the file is, which has `upload_mib` at most."""
        self._check_size(data)
        return _info(self._sandbox.ask(data, {"ask": "describe"}))

    def patient(self, data: bytes, privacy: Privacy) -> str | None:
        """The pseudonym that the patient of a DICOM file has in the library, or would have; None
        where it names none. The identifiers themselves are kept nowhere."""
        self._check_size(data)
        said = self._sandbox.ask(data, {"ask": "identify"}).header.get("identified")
        if not isinstance(said, dict) or not said:
            return None
        issuer, patient, study = (
            str(said.get(each, "")) for each in ("issuer", "patient", "study")
        )
        return privacy.patient(issuer, patient, study)

    def render(
        self,
        data: bytes,
        frame: int | None = None,
        window: tuple[float, float] | None = None,
        rendering: str = STORED_WINDOW,
    ) -> Pixels:
        """Frame `frame` (from 0; None: the middle one) of a file of `upload_mib` at most, through
        `window` (centre, width; see UploadInfo) by the linear function of PS3.3 C.11.2.1.2, or by
        one of RENDERINGS. The file asked for last is not read again.

        Raises UsageError for a frame or window it cannot have, UnknownName for a rendering.
        """
        self._check_size(data)
        if rendering not in RENDERINGS:
            raise UnknownName("rendering", rendering, RENDERINGS)
        if window is not None:
            check_window(*window)
        wanted = {"frame": frame, "window": window, "rendering": rendering}
        return _pixels(self._sandbox.ask(data, {"ask": "render", **wanted}))

    def original(self, data: bytes, wanted: Sought, rendering: str) -> Pixels | None:
        """The pixels of `wanted` by `rendering`, None when `data` is no longer its original."""
        answer = self._sandbox.ask(data, _request("original", wanted, rendering))
        return None if "changed" in answer.header else _pixels(answer)

    def picture(
        self, data: bytes, wanted: Sought, rendering: str, longest: int
    ) -> tuple[bytes, bool] | None:
        """What may be shown of `wanted`, as JPEG without metadata of at most `longest` pixels a
        side, and whether that is all of it. None where nothing may be, or `data` is no longer its
        original."""
        request = _request("picture", wanted, rendering)
        answer = self._sandbox.ask(data, {**request, "longest": longest})
        return (answer.block, answer.header.get("whole") is True) if answer.block else None

    def close(self) -> None:
        self._sandbox.close()

    def _check_size(self, data: bytes) -> None:
        if len(data) > self._most:
            raise ImageRejected(
                RejectCode.RESOURCE_LIMIT,
                "the file is larger than an upload may be",
                hint="ingest it; the setting `upload_mib` raises the limit",
                limit=self._most,
            )


def _request(ask: str, wanted: Sought, rendering: str) -> dict[str, Any]:
    return {
        "ask": ask,
        "frame": wanted.frame,
        "modality": wanted.modality,
        "known_content": wanted.content,
        "rendering": rendering,
    }


def _info(answer: Answer) -> UploadInfo:
    try:
        said = answer.header["described"]
        return UploadInfo(
            kind=str(said["kind"]),
            frames=int(said["frames"]),
            width=int(said["width"]),
            height=int(said["height"]),
            modality=str(said["modality"]),
            anatomy=str(said["anatomy"]),
            window=_pair(said.get("window")),
            values=_pair(said.get("values")),
            presets=tuple(map(str, said.get("presets", ()))),
            withheld=said.get("withheld") is True,
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise ImageRejected(RejectCode.WORKER_CRASH, _CRASHED) from exc


def _pair(said: Any) -> tuple[float, float] | None:
    if said is None:
        return None
    first, second = map(float, said)
    if not math.isfinite(first) or not math.isfinite(second):
        raise ValueError("not finite")
    return first, second


def _pixels(answer: Answer) -> Pixels:
    try:
        return np.frombuffer(answer.block, dtype=np.uint8).reshape(answer.header["shape"])
    except (KeyError, TypeError, ValueError) as exc:
        raise ImageRejected(RejectCode.WORKER_CRASH, _CRASHED) from exc
