"""Tests that a team writes itself, with our fixtures and without controls."""

import shutil
from pathlib import Path

import pytest
from tests.live.running import ROOT, Lab

EXAMPLE = ROOT / "examples" / "own-tests"
CASES = (
    11  # in the example: four of the stack, two for each of two containers and one for each of two services
)


@pytest.fixture
def example(lab: Lab) -> Path:
    """The example of the documentation, somewhere else."""
    return Path(shutil.copytree(EXAMPLE, lab.folder / "own-tests"))


def test_documentation_shows_the_example() -> None:
    """The page names the folder that is tested here."""
    assert "examples/own-tests" in (ROOT / "docs" / "own-tests.md").read_text()


@pytest.mark.parametrize("workers", [0, 2])
def test_example(lab: Lab, example: Path, workers: int) -> None:
    """The documented example passes as plain pytest, writes no report of controls and leaves nothing."""
    words = ["-q", "-p", "no:cacheprovider", "-n", str(workers), "--stack", "compose.yml", "."]
    ended = lab.start("pytest", *words, cwd=example).wait()

    assert ended.code == 0, ended.output
    assert f"{CASES} passed" in ended.output
    assert not ended.reports.exists()
    assert lab.left() == {}


def test_failure_shows_what_was_noted(lab: Lab, example: Path) -> None:
    """A test that fails fails the run in pytest's own words, with its evidence and without secrets."""
    (example / "compose.yml").write_text(
        "services:\n  web:\n    image: busybox:1.36\n    command: [sleep, '1000']\n"
        "    environment: {API_TOKEN: rosebud-1941}\n"
    )
    (example / "test_mine.py").write_text(
        "def test_environment(host, evidence):\n"
        "    evidence(environment=host.check_output('env'))\n"
        "    raise AssertionError('as expected')\n\n"
        "def test_gone(sandbox):\n"
        "    sandbox.container('wbe')\n"
    )
    ended = lab.start("pytest", "-n", "0", "--stack", ".", "test_mine.py", cwd=example).wait()

    assert ended.code == 1, ended.output
    assert "2 failed" in ended.output
    assert "as expected" in ended.output
    assert "API_TOKEN=[redacted]" in ended.output
    assert "there is no container wbe-1" in ended.output
    assert lab.left() == {}


def test_beside_controls(lab: Lab, example: Path) -> None:
    """Own tests and controls run together: one sandbox for both, reports of the controls only."""
    words = [
        "-p",
        "no:cacheprovider",
        "-n",
        "0",
        "--stack",
        str(example),
        "-k",
        "restart_policy_set or test_mine",
    ]
    ended = lab.start("pytest", *words, "tests/infra", str(example), cwd=ROOT).wait()

    assert ended.code == 0, ended.output
    assert f"{CASES + 2} passed" in ended.output
    assert {control for control, _service, _container in ended.outcomes()} == {"restart-policy-set"}
    assert list(ended.results["stacks"][0]["sandbox"]) == ["observe"]


def test_against_a_running_project(lab: Lab, example: Path) -> None:
    """With --attach the same tests look at the project that runs, and none can change it."""
    compose = (example / "compose.yml").read_text().replace('"8080:80"', '"80"')
    (example / "compose.yml").write_text(compose)
    name = f"own-{lab.id}"
    lab.live(example, name)
    (example / "test_change.py").write_text(
        "import pytest\n\n"
        "def test_stop(sandbox):\n"
        "    with pytest.raises(AttributeError, match='only looked at: it has no `stop`'):\n"
        "        sandbox.stop()\n"
    )
    ended = lab.start("pytest", "-q", "-n", "0", "--attach", name, ".", cwd=example).wait()

    assert ended.code == 0, ended.output
    assert f"{CASES + 1} passed" in ended.output
    assert lab.left() == {}
