"""Ask a container's datastores from everywhere."""

import time
from collections.abc import Iterable, Iterator, Sequence

from stackproof.engine import steps
from stackproof.errors import CommandError, Unknown
from stackproof.facts import programs
from stackproof.probes.logins.answers import Answers, Asked
from stackproof.probes.logins.declared import declared
from stackproof.probes.logins.kinds import LOGINS
from stackproof.probes.logins.model import Account, Login, Reply, Verdict, unclear
from stackproof.probes.logins.places import Nowhere, Place, network_of, places
from stackproof.probes.logins.stream import SilentError
from stackproof.probes.logins.tls import over_tls
from stackproof.sandbox.container import Container
from stackproof.sandbox.view import View

LISTENS_WITHIN = 10.0  # seconds for a server that was just started
EVERY = 0.5


def ask(container: Container, sandbox: View) -> Answers:
    """Ask each datastore that runs in a container, from each place that reaches it.

    Raises Unknown when it cannot be asked at all.
    """
    kinds = programs.datastores(container.facts.processes)
    gaps = [f"{kind} is a datastore that we cannot ask" for kind in kinds if kind not in LOGINS]
    ports = {kind: _ports(container, LOGINS[kind]) for kind in kinds if kind in LOGINS}
    asked: list[Asked] = []
    if any(ports.values()):
        owner = network_of(container, sandbox.containers())
        with places(owner, sandbox.stack.services[owner.service].ports) as found:
            gaps += [f"{place.name}: {place.why}" for place in found if isinstance(place, Nowhere)]
            here = [place for place in found if isinstance(place, Place)]
            for kind, own in ports.items():
                said = list(_ask_kind(kind, _accounts(container, kind), here, own))
                asked += said
                if own and here and not said:
                    gaps.append(f"{kind} answers in its protocol on none of the ports {_numbers(own)}")
    return Answers(kinds=tuple(kinds), asked=tuple(asked), gaps=tuple(gaps))


def _ports(container: Container, logins: Sequence[Login]) -> frozenset[int]:
    """Return the TCP ports that others can reach and that may be the datastore's: the usual ones, or all.

    A server that was just started is waited for; one that listens on loopback alone has none. Raises Unknown
    for one that listens nowhere, of which nobody says that it is ready.
    """
    until = time.monotonic() + LISTENS_WITHIN
    facts = container.facts
    while True:
        tcp = [socket for socket in facts.sockets if socket.protocol == "tcp" and socket.listening]
        reachable = frozenset(socket.port for socket in tcp if not socket.internal)
        if _usual(logins) & {socket.port for socket in tcp}:
            return reachable & _usual(logins)
        if time.monotonic() > until:
            break
        time.sleep(EVERY)
        facts = container.probe()
    if not reachable and container.health != "healthy":
        msg = f"a datastore of {container} listens on no port, and no health check says that it is ready"
        raise Unknown(msg)
    return reachable


def _usual(logins: Sequence[Login]) -> frozenset[int]:
    return frozenset(port for login in logins for port in login.ports)


def _accounts(container: Container, kind: str) -> tuple[Account, ...]:
    try:
        return declared(container, kind)
    except CommandError as error:
        msg = f"the credential that {container} declares cannot be read: {error}"
        raise Unknown(msg) from None


def _numbers(ports: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ports)))


def _ask_kind(
    kind: str, own: Sequence[Account], here: Sequence[Place], ports: frozenset[int]
) -> Iterator[Asked]:
    logins = LOGINS[kind]
    for place in here:
        for port in sorted(ports if place.ports is None else ports & place.ports):
            usual = [login for login in logins if port in login.ports]
            yield from _ask_port(kind, usual or logins, place, port, own, sure=bool(usual))


def _ask_port(  # noqa: PLR0913 - one question
    kind: str, logins: Sequence[Login], place: Place, port: int, own: Sequence[Account], *, sure: bool
) -> Iterator[Asked]:
    """Ask in the protocol that is answered; a usual port that answers in none is told, another is not."""
    replies = []
    for login in (*logins, *map(over_tls, logins)):
        reply = _reply(login, place, port, None)
        replies.append((login, reply))
        if reply.verdict in (Verdict.LET_IN, Verdict.REFUSED):
            break
    login, first = replies[-1]
    if first.verdict not in (Verdict.LET_IN, Verdict.REFUSED):
        login, first = replies[0]
        if not sure:
            return

    def asked(account: Account | None, reply: Reply) -> Asked:
        beyond = place.beyond_loopback
        return Asked(
            kind=kind, port=port, place=place.name, beyond_loopback=beyond, account=account, reply=reply
        )

    yield asked(None, first)
    if first.verdict is Verdict.REFUSED:
        for account in attempts(login, own):
            yield asked(account, _reply(login, place, port, account))


def attempts(login: Login, own: Sequence[Account]) -> list[Account]:
    """Return the accounts that are tried, few for each name: the well-known ones, then the declared ones."""
    names = dict.fromkeys(account.name for account in own) if login.trusts_names else {}
    guessed = [*login.well_known, *(Account(name=name, password="") for name in names)]
    return list({(account.name, account.password): account for account in guessed}.values()) + list(own)


def _reply(login: Login, place: Place, port: int, account: Account | None) -> Reply:
    with steps.step(f"log in at port {port} as {account or 'nobody'}", place.name) as asked:
        reply = _replied(login, place, port, account)
        asked.gave(str(reply))
    return reply


def _replied(login: Login, place: Place, port: int, account: Account | None) -> Reply:
    try:
        with place.connect(port) as stream:
            return login.reply(stream, account)
    except SilentError as error:
        return unclear(str(error))
