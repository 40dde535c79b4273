"""Settings of an index that are measured, by their names: `ef=64`, `storage=int8,oversampling=2`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from radalike.errors import InvalidSetting, UnknownName, UsageError
from radalike.index.backend import Storage, Tuning

BACKENDS = ("edge", "server", "exact")
BUILT = "built"
KEYS = ("backend", "storage", "ef", "oversampling", "rescore")

EF = (32, 64, 128, 256, 512)
OVERSAMPLING = (1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Setting:
    """backend: of BACKENDS, "" for the library's own. storage: of an index that is built aside from
    the parts for the measurement; None: the library's built index."""

    backend: str = ""
    storage: Storage | None = None
    tuning: Tuning = Tuning()

    def __str__(self) -> str:
        """The text that `parse_setting` reads."""
        rescore = self.tuning.rescore
        said = {
            "backend": self.backend or None,
            "storage": self.storage,
            "ef": self.tuning.ef,
            "oversampling": self.tuning.oversampling,
            "rescore": None if rescore is None else "yes" if rescore else "no",
        }
        texts = [_written(key, value) for key, value in said.items() if value is not None]
        return ",".join(texts) or BUILT


def _written(key: str, value: object) -> str:
    return f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"


def parse_setting(text: str) -> Setting:
    """Raises UsageError, UnknownName, InvalidSetting."""
    if text.strip().lower() in (BUILT, "exact"):
        return Setting() if text.strip().lower() == BUILT else Setting(backend="exact")
    setting = Setting()
    for pair in text.lower().split(","):
        key, separator, value = (each.strip() for each in pair.partition("="))
        if key not in KEYS:
            raise UnknownName("key of a setting", key, (*KEYS, BUILT, "exact"))
        if not separator:
            raise UsageError(f"{pair!r} has no value", hint="for example storage=int8,ef=64")
        setting = _with(setting, key, value)
    return setting


def _with(setting: Setting, key: str, value: str) -> Setting:
    match key:
        case "backend":
            return replace(setting, backend=_one_of("backend", value, BACKENDS))
        case "storage":
            return replace(setting, storage=Storage(_one_of("storage", value, tuple(Storage))))
        case "ef":
            if not value.isdecimal() or not int(value):
                raise InvalidSetting(f"ef={value} is no whole number above 0", hint="ef=128")
            return replace(setting, tuning=replace(setting.tuning, ef=int(value)))
        case "oversampling":
            return replace(setting, tuning=replace(setting.tuning, oversampling=_factor(value)))
        case _:
            rescore = _one_of("rescore", value, ("yes", "no")) == "yes"
            return replace(setting, tuning=replace(setting.tuning, rescore=rescore))


def _one_of(kind: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise UnknownName(kind, value, known)
    return value


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
    settings = [Setting(backend="exact"), own]
    settings += [replace(own, tuning=Tuning(ef=ef)) for ef in EF]
    settings.append(replace(own, storage=Storage.FLOAT32))
    settings += [
        replace(own, storage=Storage.INT8, tuning=Tuning(oversampling=factor, rescore=True))
        for factor in OVERSAMPLING
    ]
    if backend == "server":
        settings.append(Setting("edge", Storage.FLOAT16))
    return tuple(settings)
