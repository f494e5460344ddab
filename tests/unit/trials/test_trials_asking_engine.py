"""What the engine is asked for, so that a health check says something, and what its answers are taken for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from stackproof.engine import engine
from stackproof.engine.command import SLOW, Completed
from stackproof.errors import CommandError, EngineGoneError, Unknown
from stackproof.trials import asking
from stackproof.trials.asking import NOWHERE, Answer, Check, refused, words_of

WORDS = Check(
    name="web-1", container="web1", test=("CMD", "a", "b c"), words=("a", "b c"), timeout=3.0, slack=0.5
)
SCRIPT = replace(WORDS, test=("CMD-SHELL", "curl x"), words=("/bin/bash", "-ec", "curl x"))
DONE = Completed(code=1, stdout=" it\n said ", stderr="no\n", seconds=0.25)
NO_SHELL = Completed(
    code=127,
    stdout="",
    stderr='OCI runtime exec failed: exec: "sh": executable file not found in $PATH',
    seconds=0.1,
)


@dataclass
class Engine:
    """An engine that answers in turn, the last again and again; an error takes its seconds."""

    answers: list[Completed | Exception]
    late: list[float] = field(default_factory=lambda: [0.1])
    """Seconds that it takes for a program that is not there, in turn."""
    now: float = 1000.0
    asked: list[tuple[list[str], str | None, float]] = field(default_factory=list)

    def execute(
        self, container: str, argv: Sequence[str], *, deadline: float, check: bool, stdin: str | None = None
    ) -> Completed:
        """Run a program."""
        assert (container, check) == ("web1", False)
        if list(argv) == [NOWHERE]:
            assert (deadline, stdin) == (SLOW, None)
            seconds = self.late.pop(0) if len(self.late) > 1 else self.late[0]
            return Completed(code=127, stdout="", stderr="", seconds=seconds)
        self.asked.append(([*argv], stdin, deadline))
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            self.now += deadline
            raise found
        return found

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def engine_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Engine]:
    """Return a function that makes the engine."""

    def make(*answers: Completed | Exception, **more: Any) -> Engine:  # noqa: ANN401 - what is so there
        found = Engine([*answers], **more)
        monkeypatch.setattr(engine, "execute", found.execute)
        monkeypatch.setattr(asking, "time", found)
        return found

    return make


EngineOf = Callable[..., Engine]


@pytest.mark.parametrize(
    ("check", "shell", "script"),
    [
        (WORDS, "sh", "exec a 'b c' </dev/null\n"),
        (SCRIPT, "/bin/bash", "exec /bin/bash -ec 'curl x' </dev/null\n"),
    ],
)
def test_a_shell_reads_it(engine_of: EngineOf, check: Check, shell: str, script: str) -> None:
    """The image's own, or any; within the author's time, ours, and what asking takes."""
    asked = engine_of(DONE)

    assert check.ask() == Answer(code=1, seconds=0.25, said="it said no")
    assert asked.asked == [([shell, "-s"], script, 5.5)]


def test_image_without_a_shell(engine_of: EngineOf) -> None:
    """Its words are run as they are; a check that is a script cannot be asked."""
    asked = engine_of(NO_SHELL, DONE)

    assert WORDS.ask().code == 1
    assert asked.asked[1] == (["a", "b c"], None, 5.5)
    asked = engine_of(NO_SHELL, DONE)
    with pytest.raises(
        Unknown, match=r"^web-1: its health check could not be asked: OCI runtime exec failed: "
    ):
        SCRIPT.ask()
    assert len(asked.asked) == 1


def test_long_answer(engine_of: EngineOf) -> None:
    """Its beginning is kept."""
    engine_of(replace(DONE, stdout="x" * 200))

    assert WORDS.ask().said == "x" * 120


def test_no_answer_in_time(engine_of: EngineOf) -> None:
    """Of a check that hangs while the engine is quick."""
    asked = engine_of(CommandError("no answer"), late=[0.9])

    assert WORDS.ask() == Answer(code=None, seconds=5.5)
    assert len(asked.asked) == 1
    assert str(Answer(code=None, seconds=5.53)) == "no answer in time after 5.5 s"


def test_busy_machine(engine_of: EngineOf) -> None:
    """Where others come late, too, it is asked again: three times."""
    asked = engine_of(CommandError("no answer"), CommandError("no answer"), DONE, late=[1.1])
    assert WORDS.ask().code == 1
    assert len(asked.asked) == 3

    asked = engine_of(CommandError("no answer"), late=[1.1])
    with pytest.raises(
        Unknown, match=r"^web-1: the machine is too busy: what its health check says does not come"
    ):
        WORDS.ask()
    assert len(asked.asked) == 3

    asked = engine_of(CommandError("no answer"), late=[4.0, 0.1])
    assert WORDS.ask().code is None
    assert len(asked.asked) == 2


def test_engine_that_is_gone(engine_of: EngineOf) -> None:
    """It says nothing of a check."""
    engine_of(EngineGoneError("the engine is gone"))

    with pytest.raises(EngineGoneError):
        WORDS.ask()


def test_refusal_is_of_what_failed() -> None:
    """A check that says such words and is well has run."""
    said = "Error response from daemon: no such thing"

    assert refused(replace(DONE, stderr=f"\n{said}\n")) == said
    assert refused(replace(DONE, code=0, stderr=said)) == ""
    assert refused(replace(DONE, stdout=said, stderr="")) == said
    assert refused(DONE) == ""


def test_equal_answers_in_a_row() -> None:
    """They are one; a code without words is enough."""
    one, two = Answer(code=0, seconds=1.0), Answer(code=2, seconds=1.0, said="no")

    assert words_of([Answer(code=None, seconds=n) for n in (1.0, 2.0)]) == ("no answer in time (2 times)",)
    assert words_of([one, one, one, two, one, two, two]) == (
        "exit 0 (3 times)", "exit 2: no", "exit 0", "exit 2: no (2 times)",
    )  # fmt: skip
    assert words_of([]) == ()
