"""Generated real-life stacks: read, isolated, and read again, with every difference explained."""

from pathlib import Path

import pytest
from benchmarks.written_stacks import WrittenStack, generate
from tests import comparison
from tests.live.authors import Author, lost, read_back

SAMPLE = 60


def author_of(stack: WrittenStack, folder: Path) -> Author:
    """Return a stack in the words of the hand-written ones; the host is opened, so that all of it is seen."""
    texts = stack.texts()
    written = {
        "file": texts.pop("compose.yml"),
        "beside": texts,
        "files": list(stack.files),
        "profiles": list(stack.profiles),
        "permits": {"host_access": True, "networks": ["traefik_proxy"]},
    }
    return Author(written=written, folder=folder)


@pytest.fixture(params=generate(SAMPLE), ids=lambda stack: stack.name)
def stack(request: pytest.FixtureRequest) -> WrittenStack:
    """Each stack in turn."""
    found: WrittenStack = request.param
    return found


def test_stack(stack: WrittenStack, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compose reads it, nothing in it is unknown, and what is written for the sandbox comes back as it is."""
    model, plan, isolated = author_of(stack, tmp_path).isolated()

    assert set(model.services) == set(stack.services)
    assert [one.dotted for one in isolated.applied if "not known" in one.case.says] == []
    assert comparison.compare(model, plan, isolated).unexplained == []
    if isolated.refusals:  # of a swarm's secret, without which there is no file to read
        assert {one.at[0] for one in isolated.refusals} == {"secrets"}
        return
    back = read_back(isolated.file, tmp_path_factory.mktemp("ours") / "compose.json")
    assert lost(isolated.file, back) == []


def test_sample_is_the_same_every_time() -> None:
    """A failure can be looked at again, and another seed gives others."""
    first, again, other = ([stack.texts() for stack in generate(20, seed)] for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_sample_has_what_people_do() -> None:
    """Stacks of every kind, most habits, and several services."""
    stacks = list(generate(200))

    assert len({stack.kind for stack in stacks}) == 9
    assert len({habit for stack in stacks for habit in stack.habits}) > 60
    assert sum(len(stack.services) for stack in stacks) > 400
