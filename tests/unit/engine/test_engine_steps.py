"""What was asked is kept: by whom, in which order, within bounds."""

import threading

import pytest

from stackproof.engine import steps
from stackproof.errors import CommandError
from stackproof.sandbox.trials import Trials


def ask(command: str, output: str = "", code: int | None = 0, where: str = "web-1") -> None:
    """Ask something."""
    with steps.step(command, where) as asked:
        asked.gave(output, code)


def refuse(command: str) -> None:
    """Ask something that fails."""
    with steps.step(command, "web"):
        msg = "gave no answer"
        raise CommandError(msg)


def told(journal: steps.Journal) -> list[tuple[str, str, int | None, str]]:
    """Return what was asked where, and what came back."""
    return [(step.command, step.where, step.code, step.output) for step in journal.steps]


def test_command_and_answer() -> None:
    """Words are quoted as a shell needs them; an answer in bytes is text; what fails says why."""
    with steps.journal() as kept:
        with steps.step(["docker", "exec", "web-1", "sh", "-c", "id -u"], "web-1") as asked:
            asked.gave(b"0\n\xff", 0)
        with pytest.raises(CommandError):
            refuse("GET /")

    assert told(kept) == [
        ("docker exec web-1 sh -c 'id -u'", "web-1", 0, "0\n\ufffd"),
        ("GET /", "web", None, "gave no answer"),
    ]
    assert all(step.seconds >= 0 and step.began >= kept.began for step in kept.steps)


def test_nobody_keeps_what_nobody_judges() -> None:
    """Outside of a journal a step is forgotten, and one of another journal is not taken."""
    ask("before")
    with steps.journal() as first:
        ask("during")
    ask("after")

    assert [step.command for step in first.steps] == ["during"]


def test_inner_steps_are_part_of_the_outer() -> None:
    """How a question was asked is not a question of its own."""
    with steps.journal() as kept, steps.step("read from Redis", "db-1") as asked:
        ask("docker exec db-1 redis-cli get")
        asked.gave("41")

    assert [step.command for step in kept.steps] == ["read from Redis"]


def test_repeated_step_is_counted() -> None:
    """As long as the answer is the same; another answer is another step."""
    with steps.journal() as kept:
        for output in ("refused", "refused", "refused", "taken", "refused"):
            ask("connect", output)

    assert [(step.output, step.times) for step in kept.steps] == [
        ("refused", 3),
        ("taken", 1),
        ("refused", 1),
    ]


def test_first_and_last_steps_are_kept() -> None:
    """What lay between is counted."""
    with steps.journal() as kept:
        for number in range(50):
            ask(f"ask {number}")

    numbers = [int(step.command.split()[1]) for step in kept.steps]
    half = steps.MOST // 2
    assert numbers == [*range(half), *range(50 - half, 50)]
    assert kept.left_out == 50 - steps.MOST


@pytest.mark.parametrize(("length", "cut"), [(steps.KEPT, False), (steps.KEPT + 1, True)])
def test_long_output_keeps_both_ends(length: int, *, cut: bool) -> None:
    """Of a command, too."""
    text = "a" + "x" * (length - 2) + "z"
    with steps.journal() as kept:
        ask(text, text)

    (step,) = kept.steps
    assert (step.output[0], step.output[-1], "..." in step.output) == ("a", "z", cut)
    assert len(step.output) <= steps.KEPT + 3
    assert step.command == step.output


def test_text_that_utf_8_refuses() -> None:
    """It could not cross from a worker to the controller."""
    with steps.journal() as kept:
        ask("cat /tmp/\udcff", "half\udcff")

    assert told(kept) == [("cat /tmp/?", "web-1", 0, "half?")]


def test_id_is_shown_as_name() -> None:
    """Nobody knows a container by its id."""
    steps.name("4f" * 32, "web-1")
    with steps.journal() as kept:
        ask(f"docker exec {'4f' * 32} id", where="4f" * 32)

    assert told(kept)[0][:2] == ("docker exec web-1 id", "web-1")


def test_names_are_bounded() -> None:
    """The oldest go: a process may see any number of containers."""
    for number in range(steps._NAMES + 1):  # noqa: SLF001 - the bound
        steps.name(f"id{number}", "x")

    assert len(steps._named) <= steps._NAMES  # noqa: SLF001 - the bound


def test_threads_of_a_test_count_and_the_watch_does_not() -> None:
    """Questions that are asked side by side belong to the test; looks in the background to nobody."""

    def look() -> None:
        steps.silence()
        ask("look")

    with steps.journal() as kept:
        for target in (look, lambda: ask("side by side")):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
        steps.note("looks", "", "12", began=1.0, seconds=2.0)

    assert [step.command for step in kept.steps] == ["side by side", "looks"]


def test_step_is_shared_and_not_repeated() -> None:
    """Whoever rests on it refers to the same."""
    with steps.journal() as first:
        ask("facts")
    with steps.journal() as second:
        steps.refer(first.steps)
        steps.refer(first.steps)

    assert [step.id for step in second.steps] == [first.steps[0].id]
    assert first.steps[0].times == 1


def test_steps_of_one_thread_are_taken() -> None:
    """What others ask meanwhile stays the test's; what was taken is nobody's until somebody refers to it."""
    with steps.journal() as kept, steps.taken() as facts:
        ask("facts")
        thread = threading.Thread(target=lambda: ask("beside"))
        thread.start()
        thread.join()
    assert [step.command for step in facts] == ["facts"]
    assert [step.command for step in kept.steps] == ["beside"]

    with steps.journal() as later:
        steps.refer(facts)
        ask("after")
    assert [step.command for step in later.steps] == ["facts", "after"]


def test_trial_has_a_journal_of_its_own() -> None:
    """Its steps are the trial's, and each test that asks for its result rests on it."""
    trials = Trials({}, lambda: "")
    with steps.journal() as first:
        trials.result("kill", lambda: ask("docker kill web-1"))
        ask("read")
    with steps.journal() as second:
        trials.result("kill", lambda: None)

    assert [step.command for step in first.steps] == ["read"]
    (trial,) = first.shared
    assert second.shared == [trial]
    assert (trial.name, [step.command for step in trial.steps]) == ("kill", ["docker kill web-1"])
    assert second.steps == ()


def test_trial_that_fails_says_so() -> None:
    """To all who rest on it."""
    trials = Trials({}, lambda: "the engine went away")
    for _time in range(2):
        with steps.journal() as kept, pytest.raises(CommandError, match="went away"):
            trials.result("kill", lambda: ask("docker kill web-1"))
        (trial,) = kept.shared
        assert trial.error == "the engine went away"
