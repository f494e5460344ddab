"""One running container of a sandbox: its inspect data, facts, shell and testinfra host."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from testinfra.host import Host

from stackproof.engine import engine, labels, steps
from stackproof.errors import ContainerGoneError, NoShellError, Unknown
from stackproof.facts import parsing
from stackproof.facts.model import Facts
from stackproof.facts.modules import with_facts
from stackproof.facts.probe import BESIDE, OWN, SHARED, lacks_shell, probe, probe_beside, probe_over
from stackproof.facts.shell import Shell, testinfra_host
from stackproof.facts.sidecar import Sidecar, sidecar_host
from stackproof.runs import nameless
from stackproof.stack.health import in_force
from stackproof.stack.model import DEFAULT_INTERVAL, DEFAULT_PATH

NANOSECONDS = 1e9
LAST = 50  # log lines of which the last is wanted; the next start may have written some since
PASSWD = 1024 * 1024  # bytes of a passwd file that are read
# Whether a container's image has a shell, by id; snapshots come and go.
_has_shell: dict[str, bool] = {}


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

    def __init__(self, data: Mapping[str, Any], own: Mapping[str, str] | None = None) -> None:
        """`own` are the labels of a sidecar, when the container does not carry ours itself."""
        self.data = data
        marks = data["Config"]["Labels"] or {}
        self._own = own if own is not None else {key: marks[key] for key in labels.OURS if key in marks}
        self.service = marks.get(labels.COMPOSE_SERVICE, "")
        self._looked = False
        self._facts: Facts | None = None
        self._facts_steps: list[steps.Step] = []
        self.number = int(marks.get(labels.COMPOSE_NUMBER, "1"))
        steps.name(self.id, self.name)

    @property
    def own(self) -> Mapping[str, str]:
        """Labels of what we start beside it; none where nothing may be started."""
        return self._own

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
    def may_complete(self) -> bool:
        """Whether it may be a one-shot: nothing restarts it after success, asks it or watches it."""
        return (
            self.restart_policy in ("no", "on-failure")
            and not self.has_healthcheck
            and not self.data["HostConfig"].get("PortBindings")
        )

    @property
    def completed(self) -> bool:
        """Whether it ended well and was meant to."""
        return self.may_complete and self.ended_well

    @property
    def ended_well(self) -> bool:
        """Whether it ended by itself or was told to, and with success."""
        return self.status == "exited" and int(self.state["ExitCode"]) == 0

    @property
    def command(self) -> list[str]:
        """What its first process was started with, entrypoint and arguments."""
        return [str(word) for word in (self.data.get("Path", ""), *self.data.get("Args", ())) if word]

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
        return bool(in_force(self._healthcheck.get("Test")))

    @property
    def _healthcheck(self) -> Mapping[str, Any]:
        return self.data["Config"].get("Healthcheck") or {}

    @property
    def health_interval(self) -> float:
        """Seconds between two probes, as the engine has it."""
        return float(self._healthcheck.get("Interval") or 0) / NANOSECONDS or DEFAULT_INTERVAL

    @property
    def runtime(self) -> str:
        """The OCI runtime that started it, by the engine's name for it."""
        return str(self.data["HostConfig"].get("Runtime") or "")

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self.status == "running"

    @property
    def is_up(self) -> bool:
        """Whether it runs, or its policy is about to start it again."""
        return self.runs or self.status == "restarting"

    @property
    def well(self) -> bool:
        """Whether it runs, and is healthy where anybody can tell."""
        return self.runs and self.health in (None, "healthy")

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
    def lasted(self) -> float | None:
        """Seconds from its last start to its end; None unless it has ended."""
        if self.status not in ("exited", "dead"):
            return None
        return timestamp(self.state["FinishedAt"]) - self.started

    @property
    def mounts(self) -> list[Mapping[str, Any]]:
        """`Mounts` of the inspect data."""
        return list(self.data.get("Mounts") or [])

    @property
    def anonymous_volumes(self) -> list[str]:
        """Names of volumes that nobody named, also those that Compose handed on to it."""
        found = nameless.of_containers([self.data]) | nameless.inherited([self.data])
        return [str(mount["Name"]) for mount in self.mounts if mount.get("Name") in found]

    def addresses(self) -> list[str]:
        """IP addresses on its networks."""
        networks = self.data["NetworkSettings"]["Networks"] or {}
        found = (
            network.get(key) for network in networks.values() for key in ("IPAddress", "GlobalIPv6Address")
        )
        return sorted(address for address in found if address)

    def published(self, target: int, protocol: str = "tcp") -> tuple[str, int] | None:
        """Return the host address and port of a published port."""
        return next(iter(self.bindings(target, protocol)), None)

    def bindings(self, target: int, protocol: str = "tcp") -> list[tuple[str, int]]:
        """Return all host addresses and ports of a published port, those of both families."""
        bound = (self.data["NetworkSettings"]["Ports"] or {}).get(f"{target}/{protocol}") or []
        return [(str(one["HostIp"]), int(one["HostPort"])) for one in bound]

    @property
    def on_host_network(self) -> bool:
        """Whether its sockets are the host's."""
        return bool(self.data["HostConfig"].get("NetworkMode") == "host")

    @property
    def offline(self) -> bool:
        """Whether the engine publishes nothing of it, whatever was asked."""
        return False

    @property
    def facts(self) -> Facts:
        """Processes, sockets, mounts, users, limits: one probe, on which all rest who ask for them."""
        if self._facts is None:
            with steps.taken() as self._facts_steps:
                self._facts = self.probe()
        steps.refer(self._facts_steps)
        return self._facts

    @facts.setter
    def facts(self, known: Facts) -> None:
        self._facts = known

    def probe(self) -> Facts:
        """Take the facts anew: one exec, or a question to the sidecar where there is no shell."""
        if _has_shell.get(self.id, True):
            try:
                facts = probe(self.id, self.name, shared=self.shares_processes)
            except NoShellError:
                _has_shell[self.id] = False
            else:
                _has_shell[self.id] = True
                return facts
        if "_sidecar" in self.__dict__:
            try:
                return probe_beside(self._sidecar, self.name)
            except ContainerGoneError:  # it went with a former start of the container
                self._close_sidecar()
        return probe_beside(self._sidecar, self.name)

    def probe_briefly(self) -> Facts:
        """Take processes and sockets anew, for one of many looks: as root, over a shell that stays open.

        The first of them takes all facts. Raises Unknown for what cannot be looked at, or only at once.
        """
        if self.data["HostConfig"].get("PidMode") == "host":
            # An exec has a parent there: who looks meanwhile would be taken for a process of the service.
            msg = f"{self.name} is in the host's pid namespace, and is not looked at in the background"
            raise Unknown(msg)
        if self.id not in _has_shell:
            return self.probe()
        facts = self._probe_over_shell(brief=self._looked)
        self._looked = True  # all facts were taken once, so nothing is hidden
        return facts

    def look(self) -> Facts:
        """Take all facts anew, over a shell of root that stays open.

        Raises ContainerGoneError when the start that this snapshot is of has ended, Unknown where nobody can
        tell.
        """
        if self.data["HostConfig"].get("PidMode") != "host":
            fresh = not {"_root_shell", "_sidecar"} & self.__dict__.keys()
            try:
                return self._probe_over_shell()
            except ContainerGoneError:
                if not fresh:
                    raise
                return self.probe()  # which knows in the engine's words why there is no shell
        facts = self.probe()
        if "_shell" not in self.__dict__:
            return facts
        # An exec has a parent there, as processes of the service have.
        own = int(self._shell.run("echo $$")[1])
        others = tuple(one for one in facts.all_processes if own not in (one.pid, one.parent))
        return replace(facts, all_processes=others)

    def _probe_over_shell(self, *, brief: bool = False) -> Facts:
        where = BESIDE if not _has_shell.get(self.id, True) else SHARED if self.shares_processes else OWN
        shell = self._sidecar if where == BESIDE else self._root_shell
        try:
            return probe_over(shell, self.name, where, brief=brief)
        finally:
            self._looked_over()

    def _looked_over(self) -> None:
        """Keep the shell: the next look is soon."""

    def apart(self) -> "Container":
        """Return the same snapshot with facts and shells of its own, for another thread."""
        return type(self)(self.data, self._own)

    @property
    def shares_processes(self) -> bool:
        """Whether its pid namespace is the host's or another container's."""
        return bool(self.data["HostConfig"].get("PidMode"))

    @cached_property
    def _sidecar(self) -> Sidecar:
        if self.shares_processes:
            # Process 1 is not its own, so neither its root nor its end can be seen from outside.
            msg = f"{self.name} has no shell and shares the pid namespace of others: nothing can look into it"
            raise Unknown(msg)
        if not self._own:
            msg = f"{self.name} has no shell, and nothing would mark a sidecar beside it as ours"
            raise Unknown(msg)
        # The engine gives its own PATH to a container that sets none.
        variables = dict(word.partition("=")[::2] for word in self.data["Config"].get("Env") or ())
        return Sidecar(self.id, self.name, self._own, variables.get("PATH", DEFAULT_PATH))

    def run_beside(self, script: str) -> tuple[int, str, str]:
        """Run a script as root over tools of ours, whatever the image has; return code, stdout and stderr.

        In a sidecar that is closed at once where the image has a shell: its processes would be taken for the
        service's. Raises Unknown where nothing can be beside the container, and ContainerGoneError.
        """
        lasts = "_sidecar" in self.__dict__
        try:
            code, out, err = self._sidecar.run(script)
        finally:
            if not lasts:
                self._close_sidecar()
        return code, out.decode(errors="replace"), err.decode(errors="replace")

    def _close_sidecar(self) -> None:
        if "_sidecar" in self.__dict__:
            self.__dict__.pop("_sidecar").close()

    @cached_property
    def _root_shell(self) -> Shell:
        return Shell(self.id, self.name, user="0:0")

    @cached_property
    def _shell(self) -> Shell:
        return Shell(self.id, self.name)

    @cached_property
    def host(self) -> Host:
        """Testinfra's view, over one persistent shell, in a sidecar where the image has none.

        Processes, sockets, mounts and users come from `look`.
        """
        if self.id not in _has_shell:
            done = engine.execute(self.id, ["sh", "-c", ":"], check=False)
            if done.code == 0 or lacks_shell(done):  # anything else is no answer: it does not run
                _has_shell[self.id] = done.code == 0
        if _has_shell.get(self.id, True):
            return with_facts(testinfra_host(lambda: self._shell, self.name), self.look)
        return with_facts(sidecar_host(self._sidecar, self.name), self.look)

    def uid(self, user: str) -> int | None:
        """Return the number of a user, given by name or number; None for a name that the container lacks."""
        if user.isdigit():
            return int(user)
        if self.runs:
            return self.facts.users.get(user)
        passwd = engine.file(self.id, "/etc/passwd", head=PASSWD)
        return parsing.users(passwd.head.decode(errors="replace")).get(user) if passwd else None

    def logs(self, tail: int = 20) -> str:
        """Last log lines."""
        return engine.logs(self.id, tail)

    def last_words(self, died: float | None = None) -> str:
        """Return the last log line, or the last before an end (seconds since the epoch, engine clock)."""
        lines = [line for line in engine.logs(self.id, LAST, died).splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it wrote no log"

    def close(self) -> None:
        """End the shells that were opened."""
        self._close_sidecar()
        for name in ("_shell", "_root_shell"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class OfflineContainer(Container):
    """A container on networks without a way out, where the engine publishes nothing."""

    @property
    def offline(self) -> bool:
        """It does not."""
        return True

    def bindings(self, target: int, protocol: str = "tcp") -> list[tuple[str, int]]:
        """Return the container's own address, over which the host asks for what would be published."""
        bound = (self.data["HostConfig"].get("PortBindings") or {}).get(f"{target}/{protocol}")
        return [(own, target) for own in self.addresses()[:1]] if bound else []


def renewed(known: Sequence[Container], now: Sequence[Container]) -> list[Container]:
    """Return what is there now; a container that was not started anew keeps its facts and its shell."""
    same = {(container.id, container.state["StartedAt"]): container for container in known}
    found = [same.pop((container.id, container.state["StartedAt"]), container) for container in now]
    for gone in same.values():
        gone.close()
    return found
