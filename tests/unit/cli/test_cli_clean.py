"""`stackproof clean` and what `doctor` says of leftovers."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stackproof.cli.clean import clean
from stackproof.cli.doctor import left_behind
from stackproof.engine import engine
from stackproof.runs import leftovers, reaper
from stackproof.runs.leftovers import Leftover
from stackproof.runs.origin import Life, Origin
from stackproof.runs.removal import Things

HOUR = 3600.0


def left(run: str, life: Life, *, mine: bool = False, old: float = 3 * HOUR, host: str = "ci-7") -> Leftover:
    """Leftovers of a run of root, so many seconds old."""
    began = time.time() - old
    origin = replace(Origin.here(Path("/root/lock"), began), user="root", host=host)
    things = Things(run=run, labels={}, projects=re.compile("x"), began=began)
    return Leftover(things=things, mine=mine, origin=origin, life=life)


class Scene:
    """What there is, and what was removed."""

    def __init__(self) -> None:
        self.found: list[Leftover] = []
        self.swept: list[str] = []
        self.removed: list[str] = []


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """An engine on which runs left something."""
    found = Scene()
    monkeypatch.setattr(engine, "connect", lambda: None)
    monkeypatch.setattr(reaper, "sweep_dead", lambda: found.swept)
    monkeypatch.setattr(reaper, "remove", lambda one: found.removed.append(one.run))
    monkeypatch.setattr(leftovers, "of_everybody", lambda: found.found)
    monkeypatch.setattr(
        Leftover, "counts", lambda _self: {"container": 4, "network": 2, "volume": 1, "image": 0}
    )
    return found


def cleaned(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(clean, words)


def test_mine_only(scene: Scene) -> None:
    """Without the option nobody looks at what others left."""
    scene.found = [left("1a2b3c4d", Life.DEAD)]
    assert cleaned().output == "nothing to remove\n"
    scene.swept = ["0badcafe"]
    assert cleaned().output == "removed what run 0badcafe left\n"
    assert scene.removed == []


def test_all_owners(scene: Scene) -> None:
    """What is over goes; what lives, or may live, stays and is named."""
    scene.found = [left("1a2b3c4d", Life.DEAD), left("00000001", Life.ALIVE), left("00000002", Life.UNKNOWN)]
    doubt = "nobody here can tell whether it is alive; --older-than AGE removes it when it is older than AGE"
    what = "of root on host ci-7, 3 h old: 4 containers, 2 networks, 1 volume"

    assert cleaned("--all-owners").output.splitlines() == [
        f"removed run 1a2b3c4d {what}",
        f"kept run 00000001 {what}: it is alive",
        f"kept run 00000002 {what}: {doubt}",
    ]
    assert scene.removed == ["1a2b3c4d"]


@pytest.mark.parametrize(
    ("age", "removed"), [("1d", []), ("4h", []), ("2h", ["2"]), ("90m", ["2"]), ("0d", ["2"])]
)
def test_older_than(scene: Scene, age: str, removed: list[str]) -> None:
    """The age decides of what nobody can tell, never of what lives."""
    scene.found = [left("1", Life.ALIVE), left("2", Life.UNKNOWN)]
    cleaned("--all-owners", "--older-than", age)

    assert scene.removed == removed


def test_older_than_of_unknown_age(scene: Scene) -> None:
    """It is kept."""
    one = left("2", Life.UNKNOWN)
    scene.found = [replace(one, origin=None, things=replace(one.things, began=None))]

    assert cleaned("--all-owners", "--older-than", "0d").output.startswith(
        "kept run 2 of an unknown owner: 4"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--older-than", "1d"), "fix: give --all-owners, too"),
        (
            ("--all-owners", "--older-than", "soon"),
            "--older-than soon: expected an age such as 90m, 12h or 7d",
        ),
        (("--all-owners", "--older-than", "-1d"), "expected an age"),
    ],
)
def test_usage(scene: Scene, words: tuple[str, ...], expected: str) -> None:
    """Nothing is removed when it is not clear what is meant."""
    scene.swept = ["0badcafe"]
    result = cleaned(*words)

    assert result.exit_code == 2
    assert expected in result.output
    assert "removed" not in result.output


def test_foreign_words(scene: Scene) -> None:
    """A label can hold anything: it neither colours the terminal nor begins a line of its own."""
    scene.found = [left("2", Life.UNKNOWN, host="\x1b[31mci\nremoved all\r")]
    (line,) = cleaned("--all-owners").output.splitlines()

    assert line.startswith("kept run 2 of root on host ci removed all")
    assert "\x1b" not in line


def test_doctor(scene: Scene) -> None:
    """Each is named with the command that removes it; what may live is no trouble of this machine."""
    del scene
    found = [left("1", Life.DEAD, mine=True), left("2", Life.DEAD), left("3", Life.UNKNOWN)]
    mine, others, doubtful = left_behind(found)

    assert (mine.good, others.good, doubtful.good) == (False, False, True)
    assert "run 1 of root on host ci-7, 3 h old: 4 containers" in mine.says
    assert mine.consequence == "`stackproof clean` removes them"
    assert others.consequence == "`stackproof clean --all-owners` removes them"
    assert "`stackproof clean --all-owners --older-than AGE` removes them" in doubtful.says


def test_doctor_finds_nothing(scene: Scene) -> None:
    """Two lines that say so."""
    del scene
    assert [(one.good, one.says) for one in left_behind([])] == [(True, "none")] * 2
