"""Which services are asked for whether requests reach all their replicas."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.http.test_scale import test_requests_reach_all_replicas as judge
from tests.unit.conftest import MakeContainer, MakeStack
from tests.unit.probes.test_probes_doors import facts, listener

from stackproof.controls.control import NotApplicable
from stackproof.errors import Unknown
from stackproof.facts.model import Socket
from stackproof.outcomes.evidence import Evidence
from stackproof.plugin.fixtures import ServiceUnderTest

OPEN = "0.0.0.0"  # noqa: S104 - as the kernel writes it
SCALED = "scale: {worker: 2}"
ASKED = f"{SCALED}\nhttp: [{{service: front, path: /, status: 200}}]"


@pytest.mark.parametrize("contract", [SCALED, ASKED])
@pytest.mark.parametrize(
    ("sockets", "listens"),
    [
        ([], False),
        ([listener("127.0.0.1", 8000)], False),
        ([listener(OPEN, 8000, protocol="udp")], False),
        ([listener(OPEN, 8000)], True),
        ([listener("::", 8000)], True),
    ],
)
def test_worker_that_nobody_can_ask(  # noqa: PLR0913 - the cases
    make_stack: MakeStack,
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    contract: str,
    sockets: list[Socket],
    listens: bool,
) -> None:
    """It takes its work from a queue: no request reaches it, and no replica of it lacks one."""
    stack = make_stack({"worker": {}, "front": {}}, contract)
    container = make_container("worker")
    container.facts = facts(*sockets)
    sandbox = SimpleNamespace(containers=lambda _name: [container], is_one_shot=lambda _name: False)
    request = cast("Any", SimpleNamespace(getfixturevalue=lambda _name: sandbox))

    def trial(*_words: object) -> None:
        msg = "it is asked"
        raise Unknown(msg)

    monkeypatch.setitem(judge.__globals__, "spread_trial", trial)

    why = "it is asked|nobody can ask its replicas" if listens else "^worker listens on no TCP port"
    with pytest.raises(Unknown if listens else NotApplicable, match=why):
        judge(ServiceUnderTest(stack.services["worker"], stack, request), Evidence({}))
