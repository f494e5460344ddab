"""How many workers `-n auto` means: the machine's, but no more than there can be lanes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackproof.plugin.options import most_workers

ASKS = """
import sys
import pytest
from stackproof.plugin.session import auto_workers

class Asks:
    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        print("WORKERS", auto_workers(config))
        pytest.exit("asked", 0)

pytest.main(sys.argv[1:], plugins=[Asks()])
"""
COMPOSE = "services: {web: {image: nginx}}\n"
LANES = 7
MANY = most_workers()


@pytest.mark.parametrize(
    ("words", "variable", "workers"),
    [
        (["--stack=a"], "", min(MANY, LANES)),
        (["--stack=a", "--stack=b"], "", min(MANY, 2 * LANES)),
        (["--stack=a", "--control-select=container-healthy"], "", 1),
        (["--stack=a", "--stack=b", "--control-select=container-healthy"], "", 2),
        (["--stack=a", "--control-select=container-healthy", "--control-select=crash-restart"], "", 2),
        (["--stack=a", "--control-select=container-healthy", "--rules=own"], "", MANY),
        (["--attach=shop"], "", 1),
        (["--stack=nowhere"], "", 1),
        (["--stack=a", "--control-select=no-such-control"], "", 1),
        (["--stack=a"], "3", None),
    ],
)
def test_workers(tmp_path: Path, words: list[str], variable: str, workers: int | None) -> None:
    for name in ("a", "b", "own"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "compose.yml").write_text(COMPOSE)
    done = subprocess.run(
        [sys.executable, "-c", ASKS, "-p", "no:cacheprovider", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_XDIST_AUTO_NUM_WORKERS": variable},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert f"WORKERS {workers}\n" in done.stdout, done.stdout + done.stderr
