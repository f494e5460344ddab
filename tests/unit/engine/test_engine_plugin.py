"""How Compose's plugin is started. A script stands in for it, which says what it was given."""

import os
from pathlib import Path

import pytest

from stackproof.engine import plugin
from stackproof.engine.project import ComposeSettings
from stackproof.errors import CommandError, EngineError

_SCRIPT = """\
#!/bin/sh
echo "x-words: '$*'"
echo "x-gogc: '${GOGC-none}'"
echo "x-limit: '${GOMEMLIMIT-none}'"
echo "x-config: '${DOCKER_CONFIG-none}'"
seen=$(env | sed -n 's/^\\(DOCKER_[A-Z_]*\\|OTEL_[A-Z_]*\\)=.*/\\1/p' | grep -v CONFIG | tr '\\n' ' ')
echo "x-of-docker: '$seen'"
"""


@pytest.fixture(autouse=True)
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the script that stands in."""
    path = tmp_path / "docker-compose"
    path.write_text(_SCRIPT)
    path.chmod(0o755)
    monkeypatch.setattr(plugin, "program", lambda: str(path))
    for name in plugin.SPARING:
        monkeypatch.delenv(name, raising=False)
    return path


def _resolved(*, sparing: bool = True) -> dict[str, str]:
    settings = ComposeSettings(profiles=("*",))
    return plugin.resolve((Path("/a/compose.yml"),), settings, 30, sparing=sparing).model


def test_no_engine_is_asked() -> None:
    """Some versions wait for it, and files are read without one; a variable would be seen by the files."""
    words = _resolved()["x-words"]

    assert words.startswith("--host unix:///")
    assert words.endswith(" --file /a/compose.yml --profile * config")


def test_variables_that_save_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are given where they may be, and the user's own count more."""
    assert (_resolved()["x-gogc"], _resolved()["x-limit"]) == ("off", "512MiB")
    assert _resolved(sparing=False)["x-gogc"] == "none"

    monkeypatch.setenv("GOGC", "80")
    assert _resolved()["x-gogc"] == "80"


def test_variables_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose gets none of them: it would look for certificates, an address, a context."""
    for name in plugin.OF_ENGINE:
        monkeypatch.setenv(name, "rubbish")
    monkeypatch.setenv("DOCKER_DEFAULT_PLATFORM", "linux/arm64")

    assert _resolved()["x-of-docker"] == "DOCKER_DEFAULT_PLATFORM "


def test_configuration_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose would read a FIFO or a device for ever."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert _resolved()["x-config"] == str(tmp_path)

    os.mkfifo(tmp_path / "config.json")
    assert _resolved()["x-config"] == "/var/empty/stackproof"


def test_plugin_that_does_not_end(script: Path) -> None:
    """How long it had stands behind what it said, which is no reason."""
    script.write_text("#!/bin/sh\necho 'level=warning msg=x' >&2\nexec sleep 30\n")

    with pytest.raises(CommandError, match=r"took too long:\nlevel=warning msg=x\nno answer within 0\.3 s$"):
        plugin.resolve((Path("/a/compose.yml"),), ComposeSettings(), 0.3)


def test_warning_of_the_machine(script: Path) -> None:
    """What is wrong with Docker's configuration is no finding in a stack; the rest is."""
    said = "WARNING: Error loading config file: /x/config.json: EOF"
    script.write_text(f"#!/bin/sh\necho '{said}' >&2; echo 'Other' >&2; echo 'name: a'\n")

    settings = ComposeSettings()
    assert plugin.resolve((Path("/a/compose.yml"),), settings, 30).warnings == ("Other",)


@pytest.mark.parametrize(
    "program",
    [
        b"",
        b"\x7fELF\x02\x01\x01",
        b"#!/nowhere/at/all\n",
        b"\0\0\0\0",
        b"#!/bin/sh\nexit 0\n",
        b"#!/bin/sh\necho Hi\n",
    ],
)
def test_what_is_no_compose(script: Path, program: bytes) -> None:
    """Cut off, for another processor, without its interpreter, or another program: it is named."""
    script.write_bytes(program)

    with pytest.raises(EngineError, match=f"^{script} (is no Compose v2|cannot be started): "):
        _resolved()
