"""docker-compose.yml: whatever it names exists, and nothing is open that should be closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

OURS = ("ingest", "listen", "ui")
LASTING = ("qdrant", "postgres", "listen", "ui")
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*)|:\?[^}]*)?\}")

Compose = Mapping[str, Any]


def interpolated(text: object, values: Mapping[str, str]) -> str:
    """`text` with its `${NAME:-default}` replaced, as Compose does."""
    return VARIABLE.sub(lambda match: values.get(match[1]) or match[2] or "", str(text))


@pytest.fixture
def environment(compose: Compose, example_settings: Mapping[str, str]) -> dict[str, str]:
    """What the search page's process is given, with every secret set to `secret`."""
    values = {
        **example_settings,
        "RADALIKE_QDRANT_API_KEY": "secret",
        "RADALIKE_POSTGRES_PASSWORD": "secret",
    }
    given = compose["services"]["ui"]["environment"]
    return {name: interpolated(value, values) for name, value in given.items()}


def test_it_has_the_five_services(compose: Compose) -> None:
    assert set(compose["services"]) == {"qdrant", "postgres", *OURS}


@pytest.mark.parametrize("service", OURS)
def test_commands_exist(
    compose: Compose, service: str, complaints: Callable[[Sequence[str]], list[str]]
) -> None:
    command = compose["services"][service]["command"]
    assert command[0] == "radalike"
    assert complaints(command) == []


def test_every_variable_is_in_the_example_and_the_other_way_round(
    root: Path, example_settings: Mapping[str, str]
) -> None:
    files = (root / "docker-compose.yml", root / "deploy" / "compose.cuda.yml")
    used = {match[0] for file in files for match in VARIABLE.findall(file.read_text())}
    assert used == set(example_settings) - {"COMPOSE_FILE"}


def test_no_variable_is_written_in_a_form_that_the_tests_overlook(root: Path) -> None:
    text = (root / "docker-compose.yml").read_text()
    assert text.count("${") == len(VARIABLE.findall(text))


def test_the_example_shows_the_defaults(root: Path, example_settings: Mapping[str, str]) -> None:
    text = (root / "docker-compose.yml").read_text()
    defaults = {name: value for name, value in VARIABLE.findall(text) if f"${{{name}:-" in text}
    del defaults["RADALIKE_IMPORT"]  # the example shows what a path looks like
    assert {name: example_settings[name] for name in defaults} == defaults


def test_the_example_holds_no_secret_and_names_existing_files(
    root: Path, example_settings: Mapping[str, str]
) -> None:
    assert example_settings["RADALIKE_QDRANT_API_KEY"] == ""
    assert example_settings["RADALIKE_POSTGRES_PASSWORD"] == ""
    for name in example_settings["COMPOSE_FILE"].split(":"):
        assert (root / name).is_file()


def test_the_environment_makes_valid_settings(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from radalike.settings import Settings, load_settings

    names = {f"RADALIKE_{field.upper()}" for field in Settings.model_fields}
    assert set(environment) <= names
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.backend == "server"
    assert settings.qdrant_api_key.get_secret_value() == "secret"


def test_addresses_are_those_of_the_services(
    compose: Compose, environment: Mapping[str, str]
) -> None:
    from sqlalchemy import make_url

    services = compose["services"]
    qdrant = make_url(environment["RADALIKE_QDRANT_URL"])
    catalog = make_url(environment["RADALIKE_CATALOG_URL"])
    database = services["postgres"]["environment"]
    assert qdrant.host in services
    assert catalog.host in services
    assert catalog.drivername == "postgresql+psycopg"
    assert catalog.database == database["POSTGRES_DB"]
    assert catalog.username == database["POSTGRES_USER"]
    assert services["qdrant"]["ports"][0].endswith(f":{qdrant.port}")


def test_both_sides_get_the_same_secrets(compose: Compose, environment: Mapping[str, str]) -> None:
    services = compose["services"]
    key = services["qdrant"]["environment"]["QDRANT__SERVICE__API_KEY"]
    assert key == services["ui"]["environment"]["RADALIKE_QDRANT_API_KEY"]
    password = services["postgres"]["environment"]["POSTGRES_PASSWORD"]
    assert password in services["ui"]["environment"]["RADALIKE_CATALOG_URL"]
    assert ":?" in key
    assert ":?" in password


def test_ports_are_published_on_this_machine_only(compose: Compose) -> None:
    published = {
        name: port
        for name, service in compose["services"].items()
        for port in service.get("ports", [])
    }
    assert set(published) == {"qdrant", "listen", "ui"}
    # Senders are elsewhere: the receiver's address can be another one, when somebody says so.
    shown = {name: interpolated(port, {}) for name, port in published.items()}
    assert all(port.startswith("127.0.0.1:") for port in shown.values())
    assert all("${RADALIKE_" in port for port in published.values())


def test_the_page_listens_where_it_is_published_and_checked(compose: Compose) -> None:
    ui = compose["services"]["ui"]
    port = ui["command"][ui["command"].index("--port") + 1]
    assert ui["ports"][0].endswith(f":{port}")
    assert f"http://127.0.0.1:{port}/_stcore/health" in ui["healthcheck"]["test"][-1]
    assert ui["command"][ui["command"].index("--host") + 1] == "0.0.0.0"


def test_only_what_is_published_has_a_way_out(compose: Compose) -> None:
    assert compose["networks"]["servers"]["internal"] is True
    outside = {
        name for name, service in compose["services"].items() if "front" in service["networks"]
    }
    assert outside == {"qdrant", "listen", "ui"}


@pytest.mark.parametrize("service", [*LASTING, "ingest"])
def test_containers_are_hardened(compose: Compose, service: str) -> None:
    described = compose["services"][service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in described["security_opt"]
    assert "/tmp" in described["tmpfs"]
    assert "privileged" not in described
    limits = described["deploy"]["resources"]["limits"]
    assert {"memory", "pids"} <= set(limits)
    assert described.get("user", "image") != "root"


@pytest.mark.parametrize("service", LASTING)
def test_lasting_services_have_health_checks_and_come_back(compose: Compose, service: str) -> None:
    described = compose["services"][service]
    assert described["healthcheck"]["test"][0] == "CMD"
    assert described["restart"] == "unless-stopped"


def test_the_ingest_is_a_job(compose: Compose) -> None:
    ingest = compose["services"]["ingest"]
    assert ingest["restart"] == "no"
    assert ingest["profiles"]
    mounts = [mount for mount in ingest["volumes"] if isinstance(mount, dict)]
    assert [mount["read_only"] for mount in mounts] == [True]
    assert mounts[0]["target"] in ingest["command"]


def test_the_receiver_is_checked_where_it_writes_its_health_and_let_in_where_it_listens(
    compose: Compose, complaints: Callable[[Sequence[str]], list[str]]
) -> None:
    listen = compose["services"]["listen"]
    command, check = listen["command"], listen["healthcheck"]["test"][1:]
    assert complaints(check) == []
    assert check[check.index("--health") + 1] == command[command.index("--health") + 1]
    assert listen["ports"][0].endswith(f":{command[command.index('--port') + 1]}")
    assert command[command.index("--host") + 1] == "0.0.0.0"
    assert "RADALIKE_ALLOW_AET" in command[command.index("--allow-aet") + 1]
    assert listen["profiles"]


@pytest.mark.parametrize("service", OURS)
def test_ours_wait_for_healthy_servers(compose: Compose, service: str) -> None:
    services = compose["services"]
    waits = services[service]["depends_on"]
    assert set(waits) == {"qdrant", "postgres"}
    assert all(each == {"condition": "service_healthy"} for each in waits.values())
    assert all("healthcheck" in services[name] for name in waits)


def test_volumes_are_declared_and_used(root: Path, compose: Compose) -> None:
    sources = [
        mount.split(":")[0]
        for service in compose["services"].values()
        for mount in service["volumes"]
        if isinstance(mount, str)
    ]
    assert {name for name in sources if "/" not in name} == set(compose["volumes"])
    assert all((root / path).is_file() for path in sources if "/" in path)


def test_the_library_is_where_the_commands_look(compose: Compose) -> None:
    for service in OURS:
        described = compose["services"][service]
        place = described["environment"]["RADALIKE_LIBRARY"]
        assert f"library:{place}" in described["volumes"]
        assert described["command"][-2:] == ["--library", place]


def test_images_are_pinned(root: Path, compose: Compose) -> None:
    cuda = yaml.safe_load((root / "deploy" / "compose.cuda.yml").read_text())
    images = {service["image"] for file in (compose, cuda) for service in file["services"].values()}
    for image in images:
        assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9]+)?", image), image
    own = {image for image in images if image.startswith("radalike:")}
    assert own == {f"radalike:{version('radalike')}", f"radalike:{version('radalike')}-cuda"}


def test_the_qdrant_client_accepts_the_server(compose: Compose) -> None:
    from qdrant_client.common.version_check import is_compatible

    tag = compose["services"]["qdrant"]["image"].partition(":v")[2]
    server = tag.removesuffix("-unprivileged")
    assert server != tag
    assert is_compatible(version("qdrant-client"), server)


def test_builds_use_files_that_exist(root: Path, compose: Compose) -> None:
    cuda = yaml.safe_load((root / "deploy" / "compose.cuda.yml").read_text())
    assert set(cuda["services"]) == set(OURS)
    for file in (compose, cuda):
        for service in OURS:
            build = file["services"][service]["build"]
            assert build["context"] == "."
            assert (root / build["dockerfile"]).is_file()


def test_build_arguments_are_arguments_of_the_image(root: Path, compose: Compose) -> None:
    build = compose["services"]["ui"]["build"]
    dockerfile = (root / build["dockerfile"]).read_text()
    for argument in build["args"]:
        assert re.search(rf"^ARG {argument}\b", dockerfile, re.MULTILINE)
