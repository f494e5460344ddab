"""Every control can say both: pass on a sound stack, and fail on a realistic mistake."""

import json
import os
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from benchmarks.stacks import counting_docker
from filelock import FileLock, Timeout
from tests import mutant_files
from tests.live import expectations, mutants, running
from tests.live.mutants import Results, prove, prove_mutants, unseen
from tests.live.running import Lab
from tests.mutant_files import SOUND, Mutant

# Processes of `docker` for the sound stack's four services in all lanes: the rest goes over the engine's API.
MOST_DOCKERS = 60
GROUPS = mutant_files.groups(mutant_files.all_mutants())


@pytest.fixture(scope="session")
def sound(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Results]:
    """Return the results of the sound stack, proven once for all workers.

    By the worker that comes first; the others do something else until they need them.
    """
    kept = shared / "sound-stack.json"

    def results(patience: float = 2 * mutants.DEADLINE) -> Results:
        with FileLock(shared / "sound-stack.lock", timeout=patience):
            if not kept.exists():
                kept.write_text(json.dumps(_prove_sound(tmp_path_factory.mktemp("sound"))))
        found: Results = json.loads(kept.read_text())
        return found

    with suppress(Timeout):
        results(patience=0)
    return results


def _prove_sound(folder: Path) -> Results:
    # Other workers will wait for this one, so it may use their share of the machine.
    with pytest.MonkeyPatch.context() as patch, contextmanager(running.lab)(folder, patch) as lab:
        counted = counting_docker(folder)
        ended = prove(lab, str(SOUND), workers=2, env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"})
        assert ended.code in (0, 1), ended.output
        assert 0 < counted.stat().st_size <= MOST_DOCKERS
        assert lab.left() == {}
        return ended.results


def test_sound_stack_is_proven(sound: Callable[[], Results]) -> None:
    """Every live control passes for some service of it, and for the others says why it does not apply."""
    outcomes = sound()["outcomes"]
    # There is a stand-in for this tag of nginx, which moves, and for no other.
    moving = {("image-tag-pinned", "proxy")}
    rows = [row for row in outcomes if (row["control"], row["service"]) not in moving]
    bad = [row for row in rows if row["outcome"] not in ("pass", "not applicable")]
    silent = [row for row in outcomes if row["outcome"] == "not applicable" and not row["message"]]
    passed = {row["control"] for row in outcomes if row["outcome"] == "pass"}

    assert not bad
    assert not silent
    assert expectations.live() <= passed


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: "+".join(map(str, group)))
def test_mutants_turn_their_controls_red(group: list[Mutant], lab: Lab, sound: Callable[[], Results]) -> None:
    """Each control fails for the service with its mistake, in the words for it, and for no other service."""
    options = [*(f"--control-select={mutant.control}" for mutant in group), *group[0].options]
    ended = prove_mutants(lab, group, *options)
    assert ended.code == 1, ended.output
    before = prove_mutants(lab, [], *options).results if group[0].options else sound()

    whys = {str(mutant): unseen(mutant, group, before, ended.results) for mutant in group}

    assert {name: why for name, why in whys.items() if why} == {}, ended.output
    assert lab.left() == {}
