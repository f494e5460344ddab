"""What stands in for docker in tests of the engine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stackproof.engine import command

Program = Callable[[str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a function that puts a shell script where docker is looked for."""

    def put(script: str) -> None:
        path = tmp_path / "program"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(command, "DOCKER", str(path))

    return put
