"""What keeps a service from having several replicas."""

from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.errors import CommandError, NotReadyError, StackError, Unknown
from stackproof.stack.stack import Stack
from stackproof.trials.scaling import blockers, port_refusal, replicas_refused

Raw = dict[str, Any]
ALLOCATED = "Bind for 127.0.0.1:{} failed: port is already allocated"
ALL_ALLOCATED = "driver failed: Bind for 127.0.0.1:0 failed: all ports are allocated"


def port(published: str, target: int = 80) -> Raw:
    """Return a published port as Compose resolves it."""
    return {"target": target, "published": published, "protocol": "tcp"}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"container_name": "web"}, "container_name web can belong to one of 3 containers only"),
        ({"ports": [port("8080")]}, "host port 8080:80/tcp is also asked for by another container of web"),
        ({"ports": [port("8080-8081")]}, "host port 8080-8081:80/tcp is also asked for by another container"),
        ({"ports": [port("8088-8090")]}, "other: host port 8090:80/tcp is also asked for by web"),
        ({"networks": {"lan": {"ipv4_address": "10.1.0.5"}}}, "address 10.1.0.5 can belong to one of 3"),
        ({"networks": {"lan": {"ipv6_address": "fd00::5"}}}, "address fd00::5 can belong to one of 3"),
        (
            {"networks": {"lan": None}, "mac_address": "02:42:ac:11:00:99"},
            "mac_address 02:42:ac:11:00:99 can",
        ),
        ({"networks": {"lan": {"mac_address": "02:42:ac:11:00:99"}}}, "mac_address 02:42:ac:11:00:99 can"),
    ],
)
def test_what_one_container_alone_can_have(make_stack: MakeStack, raw: Raw, words: str) -> None:
    """Whether the contract wants three, or the compose file itself."""
    other = {"ports": [port("8090")]}
    for more in ({}, {"scale": 3}, {"deploy": {"replicas": 3}}):
        stack = make_stack({"web": raw | more, "other": other})
        (found,) = blockers(stack, "web", 3)
        assert found.startswith(words)


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"ports": [port("")]},
        {"ports": [port("8080-8082")]},
        {"ports": [port("8080-8089"), port("9000-9002", 81)]},
        {"networks": {"lan": None}, "hostname": "web"},
    ],
)
def test_room_for_three(make_stack: MakeStack, raw: Raw) -> None:
    """A number for each, or none at all."""
    assert blockers(make_stack({"web": raw, "other": {"ports": [port("8090")]}}), "web", 3) == []


def test_what_hinders_one_already(make_stack: MakeStack) -> None:
    """Is no matter of replicas: `up-without-conflict` says so."""
    stack = make_stack({"web": {"ports": [port("8090")]}, "other": {"ports": [port("8090")]}})

    assert blockers(stack, "other", 1) == []
    assert blockers(stack, "web", 2) == []


def test_two_where_nobody_says_more(make_stack: MakeStack) -> None:
    """A range of two is enough for them."""
    assert blockers(make_stack({"web": {"ports": [port("8080-8081")]}}), "web") == []


WEB = frozenset({"web"})


class Pool:
    """Sandboxes that come up, or not, in turn; an error of the first word is one of the first container."""

    stack: Stack | None = None

    def __init__(self, *ends: Exception | str | None) -> None:
        self.fixed: list[dict[str, str]] = []
        self.only: list[frozenset[str] | None] = []
        self.closed = 0
        self.scales: dict[str, int] = {}
        self._ends = iter(ends)
        self._end: Exception | str | None = None

    def new(
        self, stack: Stack | None, lane: str, fixed: dict[str, str], only: frozenset[str] | None = None
    ) -> "Pool":
        """Return a sandbox: itself."""
        assert (lane, stack is self.stack) == ("conflict", True)
        self.only.append(only)
        self.fixed.append(fixed)
        self.scales = {}
        self._end = next(self._ends)
        return self

    def start(self) -> None:
        """Come up with one container."""
        if isinstance(self._end, str):
            raise StackError(self._end)

    def up(self, scales: dict[str, int]) -> None:
        """Scale."""
        self.scales = scales
        if isinstance(self._end, Exception):
            raise self._end

    def close(self) -> None:
        """Go."""
        self.closed += 1


def refusal(pool: Pool, stack: Stack, *, expected: bool) -> str:
    """Scale the web service of a stack to three."""
    asked: Any = pool
    pool.stack = stack
    try:
        return port_refusal(asked, stack, "web", 3, expected=expected)
    finally:
        assert pool.only[0] == WEB


def test_refusal_of_the_engine(make_stack: MakeStack) -> None:
    """In its own words, of the first try where the file says the same."""
    stack = make_stack({"web": {"ports": [port("8080")]}})
    pool = Pool(CommandError(f"up failed\n  {ALLOCATED.format(1)}\nmore"))

    assert refusal(pool, stack, expected=True) == ALLOCATED.format(1)
    assert pool.closed == 1
    assert [*pool.fixed[0]] == ["web/80"]
    assert pool.fixed[0]["web/80"].isdigit()


def test_range_stays_as_long_as_it_is(make_stack: MakeStack) -> None:
    """Three numbers in a row, and the shorter of two ranges for one port."""
    ports = [port("8080-8082"), port("9000-9001", 81), port("9100-9109", 81), port("", 82)]
    stack = make_stack({"web": {"ports": ports}})
    pool = Pool(None)

    assert refusal(pool, stack, expected=False) == ""
    lengths = {}
    for name, numbers in pool.fixed[0].items():
        first, _, last = numbers.partition("-")
        lengths[name] = int(last) - int(first) + 1
    assert lengths == {"web/80": 3, "web/81": 2}


def test_refusal_that_nothing_foretold(make_stack: MakeStack) -> None:
    """One may be another program's doing; the third is the engine's answer."""
    stack = make_stack({"web": {"ports": [port("8080-8082")]}})
    error = CommandError(ALL_ALLOCATED)

    assert refusal(Pool(error, error, None), stack, expected=False) == ""
    assert refusal(Pool(error, error, error), stack, expected=False) == ALL_ALLOCATED


def test_number_that_is_taken_before_the_first_container(make_stack: MakeStack) -> None:
    """Says nothing of replicas."""
    stack = make_stack({"web": {"ports": [port("8080")]}})
    taken = ALLOCATED.format(1)

    assert refusal(Pool(taken, CommandError(ALLOCATED.format(2))), stack, expected=True) == ALLOCATED.format(
        2
    )
    with pytest.raises(Unknown, match="could not have one of 3 host ports that were free: Bind for"):
        refusal(Pool(taken, taken, taken), stack, expected=True)


def test_replicas_of_the_compose_file_itself(make_stack: MakeStack) -> None:
    """The first `up` starts them all."""
    stack = make_stack({"web": {"ports": [port("8080")], "scale": 2}})

    assert refusal(Pool(ALLOCATED.format(1)), stack, expected=True) == ALLOCATED.format(1)


def test_service_that_needs_what_nobody_says(make_stack: MakeStack) -> None:
    """All of the stack comes up then; where it does not become ready in company either, that is said."""
    stack = make_stack({"web": {"ports": [port("8080-8082")]}, "api": {}})
    alone, company = NotReadyError({"web": "alone"}), NotReadyError({"web": "in company"})
    pool = Pool(alone, CommandError(ALLOCATED.format(1)))

    assert refusal(pool, stack, expected=True) == ALLOCATED.format(1)
    assert (pool.only, pool.closed) == ([WEB, None], 2)
    with pytest.raises(NotReadyError, match="in company"):
        refusal(Pool(alone, company), stack, expected=True)


def test_refusal_that_keeps_a_service_from_becoming_ready(make_stack: MakeStack) -> None:
    """Is the engine's answer, for which nothing else need come up."""
    pool = Pool(NotReadyError({"web": f"exited\n  {ALLOCATED.format(1)}"}))

    stack = make_stack({"web": {"ports": [port("8080")]}, "api": {}})
    assert refusal(pool, stack, expected=True) == ALLOCATED.format(1)
    assert pool.only == [WEB]


def test_other_trouble(make_stack: MakeStack) -> None:
    """Is no refusal of a port."""
    stack = make_stack({"web": {"ports": [port("8080")]}})

    with pytest.raises(CommandError, match="no space left"):
        refusal(Pool(CommandError("no space left on device")), stack, expected=True)


def test_replicas_that_do_not_become_ready() -> None:
    """Of the service that was scaled it is a finding, of another one it is not."""
    words = "service web (web-2) is not ready after 0 s: exited with code 3\n  last log lines:\n    locked"
    mine: Any = Pool(None, NotReadyError({"web": words}), NotReadyError({"db": "service db"}))

    mine.new(None, "conflict", {})
    assert replicas_refused(mine, "web", 2) == ""
    assert mine.scales == {"web": 2}
    mine.new(None, "conflict", {})
    assert replicas_refused(mine, "web", 2) == words.splitlines()[0]
    mine.new(None, "conflict", {})
    with pytest.raises(NotReadyError, match="service db"):
        replicas_refused(mine, "web", 2)
