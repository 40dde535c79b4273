"""Settings: flags > environment (RADALIKE_*) > radalike.toml > defaults, each with its origin.

`load_settings(library=…)` gives one frozen object that is passed down; nothing reads the
environment on its own. `origins` says where each value came from, for `radalike config`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from radalike.errors import InvalidSetting, UnknownName

SETTINGS_FILE = "radalike.toml"


def _data_home() -> Path:
    """Where the XDG base directory specification puts a user's data."""
    given = os.environ.get("XDG_DATA_HOME", "")
    return Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "share"


class Settings(BaseSettings):
    """Every setting of Radalike. Secrets are never printed."""

    model_config = SettingsConfigDict(env_prefix="RADALIKE_", frozen=True, extra="forbid")

    library: Path = Field(Path("radalike-library"), description="folder of the library")
    home: Path = Field(
        default_factory=lambda: _data_home() / "radalike",
        description="folder of what serves all libraries of this machine: encoders' weights, and "
        "which precision suits them here; by default below the user's own data folder",
    )
    encoder: str = Field("", description="encoder to use; empty: the library's own default")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps")
    precision: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        "auto", description="auto: the fastest that agrees with float32 at cosine 0.999"
    )
    batch_size: int = Field(
        0, ge=0, le=4096, description="images an encoder sees at once; 0: what suits the device"
    )
    compile: bool = Field(
        False,
        description="have PyTorch compile the model for an ingest: it takes a minute first, and "
        "pays on some GPUs (measured on a CPU: nothing gained)",
    )
    workers: int = Field(0, ge=0, le=256, description="decoding processes; 0: one a core")
    part_rows: int = Field(4096, ge=1, description="rows of an embedding part")
    part_seconds: float = Field(60.0, gt=0, description="seconds after which a part is closed")
    backend: Literal["edge", "server", "exact"] = Field("edge", description="index engine")
    qdrant_url: str = Field("", description="URL of the Qdrant server, for backend=server")
    qdrant_api_key: SecretStr = Field(SecretStr(""), description="its API key")
    catalog_url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy URL of the catalog; empty: SQLite in the library"
    )
    decode_memory_mib: int = Field(
        2048, ge=256, description="memory limit of a decoding process, MiB"
    )
    decode_seconds: float = Field(30.0, gt=0, description="time limit of decoding one file")
    frames: int = Field(16, ge=1, description="most frames taken of a multi-frame image")
    rendering: str = Field(
        "stored-window",
        description="how DICOM grey values become 8 bits: stored-window, percentile, or a CT "
        "preset (lung, mediastinum, brain, bone, abdomen)",
    )
    withheld_thumbnails: str = Field(
        "US,SC,XA,OT",
        description="modalities whose thumbnails are not kept: text can be burned into them",
    )
    keep_identity: bool = Field(
        False, description="keep identifiers, encrypted under a second key, in the catalog"
    )
    host: str = Field("127.0.0.1", description="address the search page listens on")
    port: int = Field(8501, ge=1, le=65535, description="port of the search page")
    public_url: str = Field(
        "", description="URL that people open the search page with; empty: its own address"
    )
    sign_in: Literal["auto", "none", "password", "oidc"] = Field(
        "auto",
        description="how people sign in to the search page; auto: not at all where only this "
        "machine can reach it, oidc where oidc_metadata_url is set, else password",
    )
    oidc_metadata_url: str = Field(
        "", description="URL of the identity provider's description (OpenID Connect discovery)"
    )
    oidc_client_id: str = Field("", description="what the provider knows this page as")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="its secret there")
    tls_certificate: str = Field("", description="certificate file of the search page; empty: HTTP")
    tls_key: str = Field("", description="file of its private key")
    upload_mib: int = Field(128, ge=1, le=2048, description="largest query that can be uploaded")
    ingest_roots: str = Field(
        "",
        description="folders that may be ingested from the search page, with those below them, "
        "separated as in PATH; empty: none",
    )
    originals_root: str = Field(
        "",
        description="folder that the file names of data sets are relative to, where the search "
        "page may read originals of theirs",
    )

    def roots(self) -> tuple[Path, ...]:
        """The folders of `ingest_roots`."""
        return tuple(Path(each) for each in self.ingest_roots.split(os.pathsep) if each)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _toml_path()))


def _toml_path() -> Path:
    return Path(os.environ.get("RADALIKE_CONFIG", SETTINGS_FILE))


def load_settings(**flags: Any) -> Settings:
    """Settings with `flags` (None means: not given) above environment, file and defaults.

    Raises InvalidSetting, or UnknownName for a setting in the file that does not exist.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    named = os.environ.get("RADALIKE_CONFIG")
    if named and not Path(named).is_file():
        raise InvalidSetting(
            f"RADALIKE_CONFIG names {named}, which is not there", hint="mend the path or unset it"
        )
    try:
        return Settings(**given)
    except ValidationError as exc:
        first = exc.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise UnknownName("setting", name, Settings.model_fields) from exc
        raise InvalidSetting(
            f"setting {name}: {first['msg']}",
            hint="`radalike config` prints every setting and where it came from",
            setting=name,
        ) from exc
    except ValueError as exc:  # radalike.toml itself is not TOML
        raise InvalidSetting(
            f"{_toml_path().name} cannot be read: {exc}", hint="mend it or move it away"
        ) from exc


def origins(**flags: Any) -> Mapping[str, str]:
    """Where each setting's value came from: flag, environment, radalike.toml or default."""
    environment = EnvSettingsSource(Settings)()
    file = TomlConfigSettingsSource(Settings, _toml_path())()
    layers = (
        ("flag", {name for name, value in flags.items() if value is not None}),
        ("environment", set(environment)),
        (SETTINGS_FILE, set(file)),
    )
    return {
        name: next((origin for origin, names in layers if name in names), "default")
        for name in Settings.model_fields
    }
