"""The contract's client: what it said before the write tells what its answers mean after it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.engine.command import Completed
from stackproof.errors import Unknown
from stackproof.stack.contract import PersistenceProbe
from stackproof.trials import persistence_declared
from stackproof.trials.persistence_declared import Declared
from stackproof.trials.persistence_ways import Way

Said = tuple[int, str]
ENTRY = PersistenceProbe(service="web", write=["put"], read=["get"], expect="42")
Client = Callable[..., Way]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a function that makes a client which gives answers one after the other, the last for ever."""

    def make(*answers: Said, write: Said = (0, "")) -> Way:
        left = list(answers)

        def execute(name: str, words: Sequence[str], **more: Any) -> Completed:  # noqa: ANN401 - as the engine's
            assert (name, more) == ("web1", {"check": False})
            assert words in (["put"], ["get"])
            code, text = write if words == ["put"] else (left.pop(0) if len(left) > 1 else left[0])
            stdout, stderr = (text, "") if code == 0 else ("", text)
            return Completed(code=code, stdout=stdout, stderr=stderr, seconds=0.0)

        monkeypatch.setattr(engine, "execute", execute)
        monkeypatch.setattr(persistence_declared, "ANSWERS_WITHIN", 0.0)
        monkeypatch.setattr(persistence_declared, "AGAIN_AFTER", 0.0)
        return Way(store=Declared(ENTRY))

    return make


def test_a_value_that_is_written(client: Client, make_container: MakeContainer) -> None:
    """Not there, written, there; later there or not."""
    way = client((0, "none"), (0, "none"), (0, "it is 42"), (0, "it is 42"), (0, "none"))

    assert way.write_first(make_container(), "")
    assert way.has(make_container(), "")
    assert not way.has(make_container(), "")


@pytest.mark.parametrize("answers", [[(0, "yes 42")], [(0, "none"), (0, "42")]])
def test_a_value_that_nobody_wrote(
    client: Client, make_container: MakeContainer, answers: list[Said]
) -> None:
    """It is there before the write, or reading makes it."""
    with pytest.raises(Unknown, match="gives the value before it was written"):
        client(*answers).write_first(make_container(), "")


def test_a_failure_with_the_value_in_its_words(client: Client, make_container: MakeContainer) -> None:
    """A client that failed has given nothing, whatever it prints."""
    way = client((1, "no 42"), (1, "no 42"), (0, "42"), (1, "no 42"))

    assert way.write_first(make_container(), "")
    assert not way.has(make_container(), "")


def test_it_fails_as_before_the_write(client: Client, make_container: MakeContainer) -> None:
    """So does one that finds nothing; numbers such as times may differ."""
    way = client((1, "12:01 [7] no file"), (1, "12:01 [8] no file"), (0, "42"), (1, "12:07 [9] no file"))

    assert way.write_first(make_container(), "")
    assert not way.has(make_container(), "")


def test_it_failed_in_two_ways(client: Client, make_container: MakeContainer) -> None:
    """The second counts, as the client may have been at its start; of many lines the last."""
    way = client((1, "refused"), (1, "see:\nno file"), (0, "42"), (1, "look:\nno file"))

    assert way.write_first(make_container(), "")
    assert not way.has(make_container(), "")


def test_it_failed_once(client: Client, make_container: MakeContainer) -> None:
    """That says nothing as well; ids in its words may be others."""
    way = client((0, "none"), (1, "[7fa0] no file"), (0, "42"), (1, "[8bd1] no file"))

    assert way.write_first(make_container(), "")
    assert not way.has(make_container(), "")


def test_it_answers_late(
    client: Client, make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked again for a while."""
    way = client((0, ""), (0, ""), (0, "42"), (1, "refused"), (1, "refused"), (0, "42"))
    monkeypatch.setattr(persistence_declared, "ANSWERS_WITHIN", 60.0)

    assert way.write_first(make_container(), "")
    assert way.has(make_container(), "")


@pytest.mark.parametrize("after", [(2, "no file"), (1, "out of memory"), (1, "")])
def test_it_fails_in_another_way(client: Client, make_container: MakeContainer, after: Said) -> None:
    """That is no answer: neither that the value is there nor that it is gone."""
    way = client((1, "no file"), (1, "no file"), (0, "42"), after)

    assert way.write_first(make_container(), "")
    with pytest.raises(Unknown, match="gave no answer within"):
        way.has(make_container(), "")


@pytest.mark.parametrize(
    "words",
    ["connection refused", "the database system is starting up", "HTTP Error 503: Service Unavailable"],
)
def test_nobody_answered_before_the_write(client: Client, make_container: MakeContainer, words: str) -> None:
    """The same words later do not say that the value is gone."""
    way = client((1, words), (1, words), (0, "42"), (1, words))

    assert way.write_first(make_container(), "")
    with pytest.raises(Unknown, match="gave no answer within"):
        way.has(make_container(), "")


def test_a_write_that_fails(client: Client, make_container: MakeContainer) -> None:
    """Nothing is proven then."""
    with pytest.raises(Unknown, match="the contract's client of web-1 took no value: exit code 3: full"):
        client((0, ""), write=(3, "full")).write_first(make_container(), "")


def test_a_write_that_did_nothing(client: Client, make_container: MakeContainer) -> None:
    """It said that it took the value."""
    with pytest.raises(Unknown, match="took a value and does not give it back"):
        client((0, "")).write_first(make_container(), "")


def test_a_client_that_is_not_there(client: Client, make_container: MakeContainer) -> None:
    """What nobody can run is no answer, however often."""
    with pytest.raises(Unknown, match="its image cannot run 'get'"):
        client((127, "not found")).write_first(make_container(), "")
