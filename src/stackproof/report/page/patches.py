"""What to write into the compose file, for the controls that a few lines meet."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from stackproof.outcomes.model import OutcomeKind, ServiceInfo
from stackproof.report.entry import Entry
from stackproof.report.text import one_line

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
_KINDS = {OutcomeKind.FAIL, OutcomeKind.WAIVED, OutcomeKind.ADVISORY}
_PUBLISHED = re.compile(
    r"(?:(?P<address>[\d.]+|\[[\da-f:]*\]):|:)?(?P<ports>[\d-]+:\d[\d-]*)(?:/(?P<protocol>\w+))?"
)
_EVERYWHERE = {None, "0.0.0.0", "[::]"}  # noqa: S104 - what is told to be narrowed
_SLUG = re.compile(r"[^a-z0-9]+")


def patch(entry: Entry, service: ServiceInfo | None) -> str:
    """Return lines for the compose file that meet the control; empty where none are known.

    What only the author knows stands in angle brackets. The lines add to the service or take the place of the
    key of the same name.
    """
    name = entry.outcome.service
    write = PATCHES.get(entry.control.id)
    if write is None or not name or entry.outcome.outcome not in _KINDS:
        return ""
    lines = list(write(entry, service))
    if not lines:
        return ""
    body = "".join(f"    {line}\n" for line in lines if not line.startswith("volumes-of-the-stack "))
    beside = [line.removeprefix("volumes-of-the-stack ") for line in lines if line.startswith("volumes-of")]
    below = "volumes:\n" + "".join(f"  {line}:\n" for line in beside) if beside else ""
    return f"services:\n  {_key(name)}:\n{body}{below}"


def _key(text: str) -> str:
    """Return a name as YAML reads it back, whatever it is."""
    return text if _PLAIN.fullmatch(text) else json.dumps(one_line(text), ensure_ascii=False)


def _fixed(*lines: str) -> Callable[[Entry, ServiceInfo | None], Iterable[str]]:
    return lambda _entry, _service: lines


def _limit(line: str, below: str) -> Callable[[Entry, ServiceInfo | None], Iterable[str]]:
    """Write a limit beside the others of a service, where there are some: Compose refuses it elsewhere."""

    def write(entry: Entry, _service: ServiceInfo | None) -> Iterable[str]:
        keys = str(entry.outcome.evidence.get("belongs below") or "").split(".")
        if keys == [""]:
            return (line,)
        block = [f"{'  ' * depth}{key}:" for depth, key in enumerate(keys)]
        return (*block, f"{'  ' * len(keys)}{below}")

    return write


def _loopback(_entry: Entry, service: ServiceInfo | None) -> Iterable[str]:
    """Publish on this machine alone what is published on every address."""
    found = [match for port in (service.ports if service else ()) if (match := _PUBLISHED.fullmatch(port))]
    open_ones = [match for match in found if match["address"] in _EVERYWHERE]
    if not open_ones:
        return
    yield "ports:"
    for match in found:
        address = "127.0.0.1" if match in open_ones else match["address"]
        protocol = "" if match["protocol"] in (None, "tcp") else f"/{match['protocol']}"
        yield f'  - "{address}:{match["ports"]}{protocol}"'


def _named_volume(entry: Entry, _service: ServiceInfo | None) -> Iterable[str]:
    """Give each volume without a name one, by service and folder."""
    found: Any = entry.outcome.evidence.get("anonymous")
    targets = [target for target in found if isinstance(target, str)] if isinstance(found, dict) else []
    if not targets:
        return
    names = {
        target: _SLUG.sub("-", f"{entry.outcome.service}{target}".lower()).strip("-") for target in targets
    }
    yield "volumes:"
    for target, name in names.items():
        yield f"  - {json.dumps(one_line(f'{name}:{target}'), ensure_ascii=False)}"
    for name in names.values():
        yield f"volumes-of-the-stack {name}"


def _waits(_entry: Entry, service: ServiceInfo | None) -> Iterable[str]:
    """Wait until what it depends on is healthy; one-shots until they are done."""
    needs = service.depends_on if service else {}
    if not needs:
        return
    yield "depends_on:"
    for other, condition in needs.items():
        yield f"  {_key(other)}:"
        done = condition.startswith("completed")
        yield f"    condition: service_{'completed_successfully' if done else 'healthy'}"


_HEALTH = (
    "healthcheck:",
    '  test: ["CMD", "<a command that fails when the service does not work>"]',
    "  interval: 10s",
    "  timeout: 3s",
    "  retries: 3",
    "  start_period: 20s",
)
PATCHES: dict[str, Callable[[Entry, ServiceInfo | None], Iterable[str]]] = {
    # By control: what writes the lines below the service.
    "restart-policy-set": _fixed("restart: unless-stopped"),
    "crash-restart": _fixed("restart: unless-stopped"),
    "restart-retries-bounded": _fixed("restart: on-failure:5"),
    "image-user-nonroot": _fixed('user: "1000:1000"'),
    "effective-uid-nonroot": _fixed('user: "1000:1000"'),
    "no-explicit-root-user": _fixed('user: "1000:1000"'),
    "healthcheck-defined": _fixed(*_HEALTH),
    "healthcheck-not-vacuous": _fixed(*_HEALTH),
    "healthcheck-not-disabled": _fixed(*_HEALTH),
    "graceful-stop": _fixed("init: true", "stop_grace_period: 30s"),
    "healthcheck-leaves-no-zombies": _fixed("init: true"),
    "no-sensitive-port-published": _loopback,
    "no-sensitive-service-answers": _loopback,
    "internal-port-not-reachable": _loopback,
    "ports-bound-to-interface": _loopback,
    "no-anonymous-data-volume": _named_volume,
    "startup-order-follows-conditions": _waits,
    "depends-on-uses-conditions": _waits,
    "no-privileged": _fixed("privileged: false"),
    "no-new-privileges": _fixed("security_opt:", "  - no-new-privileges:true"),
    "cap-drop-all": _fixed("cap_drop:", "  - ALL"),
    "rootfs-read-only": _fixed("read_only: true", "tmpfs:", "  - /tmp"),
    "memory-limit": _limit("mem_limit: <256m>", "memory: <256m>"),
    "cpu-limit": _limit("cpus: <1.0>", 'cpus: "<1.0>"'),
    "pids-limit": _limit("pids_limit: 256", "pids: 256"),
    "log-rotation": _fixed("logging:", "  driver: local"),
}
