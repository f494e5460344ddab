"""One running container of a sandbox: its inspect data, facts, shell and testinfra host."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from testinfra.host import Host

from stackproof.engine import engine, labels
from stackproof.facts.model import Facts
from stackproof.facts.probe import probe
from stackproof.facts.shell import Shell, testinfra_host


def timestamp(text: str) -> float:
    """Return an engine time stamp (nanoseconds, RFC 3339) as seconds since the epoch.

    >>> timestamp("1970-01-01T00:00:01.500000000Z")
    1.5
    """
    whole, _, rest = text.partition(".")
    fraction = rest.rstrip("Z").partition("+")[0] if rest else "0"
    zone = "+00:00" if text.endswith("Z") else text[-6:]
    whole = whole.removesuffix("Z")
    return datetime.fromisoformat(whole[:19] + zone).timestamp() + float(
        f"0.{fraction.partition('-')[0] or 0}"
    )


class Container:
    """A snapshot of a container; `facts` and `host` ask the running container once and keep the answer."""

    def __init__(self, data: Mapping[str, Any], sandbox_name: str) -> None:
        self.data = data
        marks = data["Config"]["Labels"] or {}
        self.service = marks.get(labels.COMPOSE_SERVICE, "")
        self.number = int(marks.get(labels.COMPOSE_NUMBER, "1"))
        self._sandbox_name = sandbox_name

    @property
    def id(self) -> str:
        """Full id."""
        return str(self.data["Id"])

    @property
    def name(self) -> str:
        """`service-1`, as people read it in `docker compose ps`."""
        return f"{self.service}-{self.number}"

    @property
    def state(self) -> Mapping[str, Any]:
        """`State` of the inspect data."""
        found: Mapping[str, Any] = self.data["State"]
        return found

    @property
    def status(self) -> str:
        """`running`, `exited`, `restarting`, ..."""
        return str(self.state["Status"])

    @property
    def health(self) -> str | None:
        """`healthy`, `unhealthy`, `starting`, or None without a health check."""
        found = self.state.get("Health")
        return str(found["Status"]) if found and found["Status"] != "none" else None

    @property
    def health_log(self) -> list[Mapping[str, Any]]:
        """The last probes, oldest first; the engine keeps five."""
        return list((self.state.get("Health") or {}).get("Log") or [])

    @property
    def failing_streak(self) -> int:
        """How many probes failed since the last that succeeded."""
        return int((self.state.get("Health") or {}).get("FailingStreak") or 0)

    @property
    def has_healthcheck(self) -> bool:
        """Whether a health check is in force, from the compose file or the image."""
        test = (self.data["Config"].get("Healthcheck") or {}).get("Test") or ["NONE"]
        return bool(test != ["NONE"])

    @property
    def restart_policy(self) -> str:
        """Policy as the engine has it."""
        return str(self.data["HostConfig"]["RestartPolicy"]["Name"] or "no")

    @property
    def restarts(self) -> int:
        """How often the policy restarted it."""
        return int(self.data["RestartCount"])

    @property
    def started(self) -> float:
        """Last start, seconds since the epoch."""
        return timestamp(self.state["StartedAt"])

    @property
    def mounts(self) -> list[Mapping[str, Any]]:
        """`Mounts` of the inspect data."""
        return list(self.data.get("Mounts") or [])

    @property
    def anonymous_volumes(self) -> list[str]:
        """Names of volumes that nobody named."""
        return [
            str(mount["Name"])
            for mount in self.mounts
            if mount.get("Type") == "volume" and _looks_anonymous(str(mount.get("Name")))
        ]

    def addresses(self) -> list[str]:
        """IP addresses on its networks."""
        networks = self.data["NetworkSettings"]["Networks"] or {}
        found = (
            network.get(key) for network in networks.values() for key in ("IPAddress", "GlobalIPv6Address")
        )
        return sorted(address for address in found if address)

    def published(self, target: int, protocol: str = "tcp") -> tuple[str, int] | None:
        """Return the host address and port of a published port."""
        bindings = (self.data["NetworkSettings"]["Ports"] or {}).get(f"{target}/{protocol}") or []
        return (bindings[0]["HostIp"], int(bindings[0]["HostPort"])) if bindings else None

    @cached_property
    def facts(self) -> Facts:
        """Processes, sockets, mounts, users, limits: one probe."""
        return self.probe()

    def probe(self) -> Facts:
        """Take the facts anew."""
        return probe(self.id, self.name)

    @cached_property
    def _shell(self) -> Shell:
        return Shell(self.id, self.name)

    @cached_property
    def host(self) -> Host:
        """Testinfra's view, over one persistent shell."""
        return testinfra_host(self._shell, self.name)

    def logs(self, tail: int = 20) -> str:
        """Last log lines."""
        return engine.logs(self.id, tail)

    def close(self) -> None:
        """End the shell, if one was opened."""
        if "_shell" in self.__dict__:
            self._shell.close()

    def __str__(self) -> str:
        """Return the name."""
        return self.name


def _looks_anonymous(name: str) -> bool:
    return len(name) == 64 and all(char in "0123456789abcdef" for char in name)  # noqa: PLR2004
