"""Settings of an index that are measured, by name: `built`, `ef=64`, `int8,oversampling=2`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from radalike.errors import InvalidSetting, UnknownName
from radalike.index.backend import Storage, Tuning

BUILT = "built"
BACKENDS = ("edge", "server", "exact")
WORDS = (BUILT, *BACKENDS, *Storage)
KEYS = ("ef", "oversampling", "rescore")

EF = (32, 64, 128, 256, 512)
OVERSAMPLING = (1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Setting:
    """backend: of BACKENDS, "" for the library's own. storage: of an index that is built aside from
    the parts for the measurement; None: the library's built index."""

    backend: str = ""
    storage: Storage | None = None
    tuning: Tuning = field(default_factory=Tuning)

    def __str__(self) -> str:
        """The name that `parse_setting` reads."""
        return ",".join(_terms(self)) or BUILT


def _terms(setting: Setting) -> Iterator[str]:
    tuning = setting.tuning
    if setting.backend:
        yield setting.backend
    if setting.storage:
        yield setting.storage
    if tuning.ef is not None:
        yield f"ef={tuning.ef}"
    if tuning.oversampling is not None:
        yield f"oversampling={tuning.oversampling:g}"
    if tuning.rescore is not None:
        yield f"rescore={'yes' if tuning.rescore else 'no'}"


def parse_setting(name: str) -> Setting:
    """Of words and KEYS with a value, with commas between. Raises UnknownName, InvalidSetting."""
    setting = Setting()
    for term in name.lower().split(","):
        key, _, value = (each.strip() for each in term.partition("="))
        setting = _with(setting, key, value)
    return setting


def _with(setting: Setting, key: str, value: str) -> Setting:
    tuning = setting.tuning
    if key in WORDS and not value:
        if key == BUILT:
            return setting
        if key in BACKENDS:
            return replace(setting, backend=key)
        return replace(setting, storage=Storage(key))
    if key == "ef":
        return replace(setting, tuning=replace(tuning, ef=_whole_number(value)))
    if key == "oversampling":
        return replace(setting, tuning=replace(tuning, oversampling=_factor(value)))
    if key == "rescore" and value in ("yes", "no"):
        return replace(setting, tuning=replace(tuning, rescore=value == "yes"))
    known = (*WORDS, *(f"{each}=" for each in KEYS))
    raise UnknownName("setting", f"{key}={value}" if value else key, known)


def _whole_number(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) <= 100_000:
        raise InvalidSetting(f"ef={value} is no whole number from 1 to 100,000", hint="ef=128")
    return int(value)


def _factor(value: str) -> float:
    try:
        factor = float(value)
    except ValueError:
        factor = 0.0
    if not 1 <= factor <= 100:
        raise InvalidSetting(
            f"oversampling={value} is no factor from 1 to 100", hint="oversampling=2"
        )
    return factor


def default_settings(backend: str) -> tuple[Setting, ...]:
    """What is measured unless told otherwise, for a library whose searches run on `backend`: exact
    search as the reference, its built index as it is and by `ef`, other storages, built aside."""
    # Without a built index, one as the embedded engine would build it.
    own = Setting("edge", Storage.FLOAT16) if backend == "exact" else Setting()
    settings = [Setting("exact"), own]
    settings += [replace(own, tuning=Tuning(ef=ef)) for ef in EF]
    settings.append(replace(own, storage=Storage.FLOAT32))
    settings += [
        replace(own, storage=Storage.INT8, tuning=Tuning(oversampling=factor))
        for factor in OVERSAMPLING
    ]
    if backend == "server":
        settings.append(Setting("edge", Storage.FLOAT16))
    return tuple(settings)
