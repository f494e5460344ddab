"""Whether requests are spread over all replicas of a service.

No marker in the answers is needed, and no look at connections: they may be kept open, belong to a proxy's own
health checks, or be in TIME_WAIT at an address that another container had. The kernel counts the segments
with data that each replica sends. How many more they are while requests are made than without them tells.
"""

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stackproof.errors import StackproofError, Unknown
from stackproof.probes.http import HttpClient
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.stack.contract import HttpExpectation

# nginx keeps a resolved name for 10 s in the common `resolver ... valid=10s`; twice that and some.
WITHIN = 30.0
# On a loaded machine fewer requests are made in that time than are needed to tell.
LONG = 3 * WITHIN
QUIET = 1.0  # seconds without requests between two bursts, to know what replicas do anyway
BURST = 20  # requests for each replica between two looks
LONGEST = 5.0  # seconds that a burst may take
ROUNDS = 4  # bursts for each endpoint, of which none reaches a service to which no endpoint leads
# How many segments more than usual are no chance: some, and three standard deviations of what is usual.
LEAST, DEVIATIONS = 4, 3.0
COUNTER = "TCPOrigDataSent"  # segments with data, without what was sent again (Linux 3.10 and later)
# Shell builtins are enough.
_READ = 'while IFS= read -r line; do echo "$line"; done < /proc/net/netstat'


@dataclass
class Activity:
    """What one replica sent, in segments, and what it would have sent in the same time without requests."""

    busy: float = 0.0
    usual: float = 0.0

    @property
    def more(self) -> float:
        """How much more it sent."""
        return self.busy - self.usual

    @property
    def chance(self) -> float:
        """So much more may be chance."""
        return LEAST + DEVIATIONS * math.sqrt(2 * self.usual)

    @property
    def reached(self) -> bool:
        """Whether requests reached it."""
        return self.more > self.chance


@dataclass(frozen=True, kw_only=True)
class SpreadTrial:
    """Which replicas requests reached."""

    leads: bool
    """Whether requests reached the service at all before it was scaled."""
    activity: Mapping[str, Activity] = field(default_factory=dict)
    requests: int = 0
    share: float = 0.0
    """Requests for each replica, if only one of the endpoints leads there."""
    failed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Endpoints that were wrong before the service was scaled."""
    seconds: float = 0.0

    @property
    def reached(self) -> list[str]:
        """Names of the replicas that requests reached."""
        return sorted(name for name, one in self.activity.items() if one.reached)

    def require_clear(self) -> None:
        """See that a replica that was not reached would have been noticed with half of a fair share.

        Raises Unknown when too few requests were made for what replicas do anyway.
        """
        for name, one in unclear(self.activity, self.share):
            msg = (
                f"{self.requests} requests are too few to tell whether any of them reached {name}: "
                f"it sends {one.usual:.0f} segments in that time without any"
            )
            raise Unknown(msg)


def unclear(activity: Mapping[str, Activity], share: float) -> list[tuple[str, Activity]]:
    """Return the replicas of which nobody can tell whether half of a fair share of requests reached them.

    Where none was reached, a `share` of the requests that were made is what would have been seen.
    """
    fair = sum(one.more for one in activity.values()) / max(1, len(activity))
    some = any(one.reached for one in activity.values())
    return [
        (name, one)
        for name, one in sorted(activity.items())
        if not one.reached and (one.chance > fair / 2 if some else one.chance >= share)
    ]


def fronts(endpoints: Sequence[HttpExpectation], service: str) -> list[HttpExpectation]:
    """Return the endpoints on other services, through which users may reach this one."""
    return [expected for expected in endpoints if expected.service != service]


def spread_trial(
    sandbox: Sandbox, service: str, replicas: int, endpoints: Sequence[HttpExpectation], http: HttpClient
) -> SpreadTrial:
    """Scale a service, ask the endpoints in turn as users would, and see which replicas are at work.

    Raises Unknown where none of the endpoints is well before, or stays so while they are asked often, and
    where the kernel does not count.
    """
    answers = [(expected, http.wait_for(expected, WITHIN / 2)[0].differs(expected)) for expected in endpoints]
    well = [expected for expected, difference in answers if not difference]
    left_out = tuple(f"{e.service} {e.path}: {difference}" for e, difference in answers if difference)
    if not well:
        msg = f"no endpoint in front of {service} was well before it was scaled: {'; '.join(left_out)}"
        raise Unknown(msg)
    enough = ROUNDS * BURST * len(well)
    first = _rounds(sandbox, service, well, http, 1, enough=enough)
    if first.failed:
        msg = f"so many requests are too many for it before it is scaled: {first.failed[0]}"
        raise Unknown(msg)
    if not first.reached:
        if first.requests < enough or unclear(first.activity, first.share):
            msg = f"{first.requests} requests in {first.seconds:.0f} s are too few to tell what they reach"
            raise Unknown(msg)
        return SpreadTrial(leads=False, left_out=left_out)
    sandbox.up({service: replicas})
    try:
        found = _rounds(sandbox, service, well, http, replicas)
    finally:
        _back(sandbox)
    return SpreadTrial(
        leads=True,
        activity=found.activity,
        requests=found.requests,
        share=found.share,
        failed=tuple(found.failed[:3]),
        left_out=left_out,
        seconds=round(found.seconds, 1),
    )


def _back(sandbox: Sandbox) -> None:
    try:
        sandbox.up()
    except StackproofError:
        sandbox.spoiled = True


@dataclass
class _Seen:
    activity: dict[str, Activity]
    requests: int = 0
    share: float = 0.0
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def reached(self) -> int:
        return sum(one.reached for one in self.activity.values())


def _rounds(  # noqa: PLR0913 - what a round is made of
    sandbox: Sandbox,
    service: str,
    endpoints: Sequence[HttpExpectation],
    http: HttpClient,
    wanted: int,
    *,
    enough: float = math.inf,
) -> _Seen:
    """Be quiet and ask by turns, until so many replicas were reached, or after enough requests or WITHIN."""
    replicas = sandbox.containers(service)
    seen = _Seen({replica.name: Activity() for replica in replicas})
    began = time.monotonic()
    before = _counters(replicas)
    while True:
        time.sleep(QUIET)
        quiet = _counters(replicas)
        _burst(endpoints, http, BURST * len(replicas), seen)
        after = _counters(replicas)
        for name, activity in seen.activity.items():
            (t0, sent0), (t1, sent1), (t2, sent2) = before[name], quiet[name], after[name]
            activity.usual += (sent1 - sent0) * (t2 - t1) / (t1 - t0)
            activity.busy += sent2 - sent1
        before, seen.seconds = after, time.monotonic() - began
        seen.share = seen.requests / len(endpoints) / max(1, len(replicas))
        over = seen.seconds > (LONG if unclear(seen.activity, seen.share) else WITHIN)
        if seen.reached >= wanted or seen.requests >= enough or over:
            return seen


def _burst(endpoints: Sequence[HttpExpectation], http: HttpClient, requests: int, seen: _Seen) -> None:
    until = time.monotonic() + LONGEST
    for number in range(requests):
        expected = endpoints[number % len(endpoints)]
        difference = http.get(expected.service, expected.path).differs(expected)
        seen.requests += 1
        seen.failed += [f"{expected.service} {expected.path}: {difference}"] if difference else []
        if time.monotonic() > until:
            break


def _counters(replicas: Sequence[Container]) -> dict[str, tuple[float, int]]:
    """Return for each replica when it was looked at, and how many segments with data it had sent by then."""
    found = {}
    for replica in replicas:
        text = str(replica.host.run(_READ).stdout)
        found[replica.name] = time.monotonic(), sent(text, replica.name)
    return found


def sent(netstat: str, name: str) -> int:
    """Read /proc/net/netstat: a line with names, then one with numbers.

    Raises Unknown where the kernel does not count segments with data.
    """
    rows = re.findall(r"^TcpExt: (.*)$", netstat, re.MULTILINE)
    counted = dict(zip(rows[0].split(), rows[1].split(), strict=False)) if len(rows) > 1 else {}
    if COUNTER not in counted:
        msg = f"the kernel does not count what {name} sends, so nobody can tell which replicas were reached"
        raise Unknown(msg)
    return int(counted[COUNTER])
