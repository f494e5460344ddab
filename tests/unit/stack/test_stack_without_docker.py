"""Files that Compose resolves with nothing of Docker's beside it. Compose itself resolves them here."""

from pathlib import Path

import pytest

from stackproof.engine import plugin
from stackproof.engine.project import ComposeSettings
from stackproof.errors import UsageError
from stackproof.stack import compose_file, without_docker
from stackproof.stack.discovery import Source

# What docs.docker.com has for the command `docker`, each wrong in a way that a machine can have it.
WRONG = {
    "DOCKER_API_VERSION": "rubbish",
    "DOCKER_CERT_PATH": "/nowhere",
    "DOCKER_CONFIG": "/etc/hostname",
    "DOCKER_CONTENT_TRUST": "1",
    "DOCKER_CONTENT_TRUST_SERVER": "rubbish",
    "DOCKER_CONTEXT": "gone",
    "DOCKER_CUSTOM_HEADERS": "rubbish",
    "DOCKER_HIDE_LEGACY_COMMANDS": "rubbish",
    "DOCKER_HOST": "rubbish",
    "DOCKER_TLS": "1",
    "DOCKER_TLS_VERIFY": "1",
    "DOCKER_AUTH_CONFIG": "rubbish",
    "DOCKER_BUILDKIT": "rubbish",
    "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND": "docker",
    "DOCKER_CLI_PLUGIN_SOCKET": "@rubbish",
    "DOCKER_CLI_OTEL_EXPORTER_OTLP_ENDPOINT": ":rubbish",
    "OTEL_EXPORTER_OTLP_ENDPOINT": ":rubbish",
    "BUILDKIT_PROGRESS": "rubbish",
    "HTTP_PROXY": ":rubbish",
    "NO_COLOR": "1",
}
GOOD = "services: {web: {image: nginx}}\n"


def resolved(folder: Path, text: str) -> dict[str, object]:
    """Return a service as Compose resolves it, which warns of nothing."""
    (folder / "compose.yml").write_text(text)
    found = without_docker.resolve(Source.find(".", folder))
    assert found.warnings == ()
    service = found.model["services"]["web"]
    assert isinstance(service, dict)
    return service


@pytest.mark.parametrize("name", WRONG)
def test_variable_that_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """No engine is asked, so that nothing of it counts."""
    monkeypatch.setenv(name, WRONG[name])

    assert resolved(tmp_path, GOOD)["image"] == "nginx"


def test_all_that_is_wrong_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a configuration that no version reads."""
    for name, value in WRONG.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "config.json").write_text("{")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))

    assert resolved(tmp_path, GOOD)["image"] == "nginx"


@pytest.mark.parametrize("name", plugin.OF_ENGINE)
def test_files_that_take_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """They get the shell's value: filled in, handed through, above that of .env, beside what .env sets."""
    monkeypatch.setenv(name, "a $b \\c")
    (tmp_path / ".env").write_text(f"{name}=of-env\nOTHER=other\n")
    text = f"services: {{web: {{image: nginx, environment: [{name}, 'A=${{{name}}}', 'B=$OTHER']}}}}\n"

    # A dollar that Compose prints stands twice.
    assert resolved(tmp_path, text)["environment"] == {name: "a $$b \\c", "A": "a $$b \\c", "B": "other"}


@pytest.mark.parametrize(
    "value", ["C:\\me\\.docker\\", "ssh://o'neil@far", 'a "b"', "$HOME", "two\nlines", " x "]
)
def test_value_comes_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Whatever an env file would read in it, also behind a variable of .env that uses it."""
    monkeypatch.setenv("DOCKER_HOST", value)
    (tmp_path / ".env").write_text("URL=pre-${DOCKER_HOST}\n")
    text = "services: {web: {image: nginx, environment: [URL, 'A=${DOCKER_HOST:-none}', 'B=$URL']}}\n"

    shown = value.replace("$", "$$")
    found = resolved(tmp_path, text)["environment"]
    assert isinstance(found, dict)
    assert (found["A"], found["B"]) == (shown, f"pre-{shown}")


def test_env_file_of_the_shell_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused with or without a variable of the engine's."""
    monkeypatch.setenv("COMPOSE_ENV_FILES", str(tmp_path / "nope.env"))
    monkeypatch.setenv("DOCKER_HOST", "tcp://far:1")

    with pytest.raises(UsageError, match=r"nope\.env"):
        resolved(tmp_path, "services: {web: {image: nginx, environment: ['A=$DOCKER_HOST']}}\n")


def test_files_named_by_a_variable_of_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other files than Compose takes would be judged."""
    monkeypatch.setenv("DOCKER_CONTEXT", "prod")
    (tmp_path / ".env").write_text("COMPOSE_FILE=compose.${DOCKER_CONTEXT:-default}.yml\n")

    found = compose_file.named(tmp_path, ComposeSettings(project_directory=tmp_path))
    assert found == (tmp_path / "compose.prod.yml",)


def test_files_named_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which files COMPOSE_FILE in an env file names is found out with the plugin, too."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    (tmp_path / ".env").write_text("COMPOSE_FILE=a.yml:b.yml\n")

    found = compose_file.named(tmp_path, ComposeSettings(project_directory=tmp_path))
    assert found == (tmp_path / "a.yml", tmp_path / "b.yml")
