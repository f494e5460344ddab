"""How Compose's plugin is started. A script stands in for it, which says what it was given."""

from pathlib import Path

import pytest

from stackproof.engine import plugin
from stackproof.engine.project import ComposeSettings

_SCRIPT = """\
#!/bin/sh
echo "x-words: '$*'"
echo "x-gogc: '${GOGC-none}'"
echo "x-limit: '${GOMEMLIMIT-none}'"
"""


@pytest.fixture(autouse=True)
def _script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "docker-compose"
    path.write_text(_SCRIPT)
    path.chmod(0o755)
    monkeypatch.setattr(plugin, "program", lambda: str(path))
    for name in plugin.SPARING:
        monkeypatch.delenv(name, raising=False)


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
