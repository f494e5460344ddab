"""Docker commands of a run that is over."""

import subprocess
from collections.abc import Iterator

import psutil
import pytest
from tests.unit.runs.conftest import RUN

from stackproof.engine import labels
from stackproof.runs import orphans

Started = subprocess.Popen[bytes]


def command(name: str, word: str) -> Started:
    """Start something that looks like a command with this name and word; it ends with its input."""
    return subprocess.Popen([name, "-c", "read line; :", word], executable="/bin/sh", stdin=subprocess.PIPE)


@pytest.fixture
def others() -> Iterator[list[Started]]:
    """Commands of others, and of no docker."""
    found = [
        command("docker", "stackproof-12345678-shop-observe"),
        command("docker", "stackproof"),
        command("vim", f"stackproof-{RUN}-shop-observe"),
        command("/usr/bin/less", f"{labels.RUN}={RUN}"),
    ]
    yield found
    for process in found:
        process.communicate(timeout=10)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("docker", f"stackproof-{RUN}-shop-observe"),
        ("/usr/libexec/docker/cli-plugins/docker-compose", f"/x/{RUN}/stackproof-{RUN}-shop-build.json"),
        ("/usr/bin/docker", f"label={labels.RUN}={RUN}"),
    ],
)
def test_end(others: list[Started], name: str, word: str) -> None:
    """Known by the run's project or label on their command line, and gone when that returns."""
    with command(name, word) as ours:
        assert psutil.pid_exists(ours.pid)
        orphans.end(RUN)
        assert not psutil.pid_exists(ours.pid)
    assert [process.poll() for process in others] == [None] * 4
