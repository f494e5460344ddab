"""A stack that somebody else runs: it is looked at, and has no way to be changed."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from ipaddress import ip_address
from typing import Any, NoReturn

from stackproof.controls.control import not_applicable
from stackproof.engine import engine, hosts, projects
from stackproof.engine.events import Event, EventStream
from stackproof.errors import StackError, Unknown
from stackproof.facts.sidecar import Sidecar
from stackproof.runs.run import Run
from stackproof.sandbox.container import Container
from stackproof.sandbox.images import Images, identity_of, stand_ins
from stackproof.sandbox.progress import Progress
from stackproof.sandbox.view import View
from stackproof.sandbox.watch import UNHURRIED
from stackproof.stack.stack import Stack


class AttachedContainer(Container):
    """A container of somebody else."""

    def published(self, target: int, protocol: str = "tcp") -> tuple[str, int] | None:
        """Return an address that a client can use for a published port; the real one may be a wildcard."""
        bindings = (self.data["NetworkSettings"]["Ports"] or {}).get(f"{target}/{protocol}") or []
        found = sorted(
            (":" in bound["HostIp"], bound["HostIp"], int(bound["HostPort"])) for bound in bindings
        )
        return (usable(found[0][1]), found[0][2]) if found else None

    def _looked_over(self) -> None:
        """Leave no shell of root in somebody else's container."""
        if "_root_shell" in self.__dict__:
            self.__dict__.pop("_root_shell").close()

    @cached_property
    def _sidecar(self) -> Sidecar:
        """Refuse what a sandbox has beside a container without a shell: it would be a new container."""
        msg = f"{self.name} has no shell, and beside an attached container none is started"
        raise Unknown(msg)


def usable(address: str) -> str:
    """Return where a client connects to reach an address that a port is bound to.

    >>> usable("192.0.2.7")
    '192.0.2.7'
    """
    if address and not ip_address(address).is_unspecified:
        return address
    loopback = "::1" if ":" in address else "127.0.0.1"
    known = hosts.host_addresses()
    return loopback if loopback in known or not known else known[0]


class Unseen(EventStream):
    """The events of a stack that was up before we came: those of its start are not among them."""

    def seen(self, service: str | None = None, action: str | None = None, since: float = 0.0) -> list[Event]:
        """Say that this cannot be judged here."""
        del service, action, since
        not_applicable("an attached stack's start was not seen")


class AttachedStack(View):
    """A project that runs."""

    def __init__(  # noqa: PLR0913 - what a view is made of
        self,
        stack: Stack,
        lane: str,
        *,
        project: str,
        run: Run,
        progress: Progress,
        trials: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(stack, lane, run=run, progress=progress, trials=trials)
        self.project = project

    def __getattr__(self, name: str) -> NoReturn:
        """Say why it lacks what a sandbox has; raises AttributeError."""
        msg = f"{self.__class__.__name__} has no attribute {name!r}"
        if not name.startswith("_"):
            msg = f"an attached stack is only looked at: it has no `{name}`"
        raise AttributeError(msg, name=name, obj=self)

    def start(self) -> None:
        """Take a first look; nothing is started.

        Raises StackError when the project has gone.
        """
        try:
            self._look_first()
        except BaseException:
            self.close()
            raise

    def _look_first(self) -> None:
        self.events = Unseen({projects.PROJECT: self.project}).start()
        with self.phase("attach"):
            found = self.look()
            if not found:
                msg = f"{self.stack}: project {self.project!r} has no containers any more"
                raise StackError(msg)
            self.images = _images(found, self.stack)
        self.tell_one_shots(found)
        self.run.folder.images(self.stack.slug).write(json.dumps(asdict(self.images)))
        self.begin_watch(every=UNHURRIED)

    def close(self) -> None:
        """End our shells; everything else is somebody else's."""
        self.end_watch()
        self._forget_containers()
        if hasattr(self, "events"):
            self.events.close()
            del self.events

    def look(self) -> list[Container]:
        """Inspect the project's containers now; those of services that its files do not name are left out."""
        known = self.stack.services
        found = [AttachedContainer(data) for data in projects.containers(self.project)]
        mine = [container for container in found if container.service in known]
        return sorted(mine, key=lambda container: (container.service, container.number))

    def containers(self, service: str | None = None) -> list[Container]:
        """Containers as they were at the first look.

        Raises StackError for a service that shall run and has none: silence would pass for good.
        """
        found = super().containers(service)
        if service is not None and not found and self.stack.services[service].replicas:
            msg = f"{self.stack}: there is no container of {service} in project {self.project!r}"
            raise StackError(msg)
        return found

    def _starts(self) -> int:
        """No start is seen here, and so the first look counts to the end."""
        return 0

    def container(self, service: str, number: int = 1) -> Container:
        """Return one container, counted from 1 whatever numbers Compose gave: its own may have gaps.

        Raises StackError when it is not there.
        """
        found = self.containers(service)
        with suppress(IndexError):
            return found[number - 1]
        msg = f"{self.stack}: {service} has {len(found)} containers in project {self.project!r}, not {number}"
        raise StackError(msg)


def _images(containers: Sequence[Container], stack: Stack) -> Images:
    """Describe the images that the containers themselves were made from; tags may have moved on.

    Of a service without a container it is the one that its files name.
    """
    named = {name: service.image for name, service in stack.services.items() if service.image}
    by_service = named | {container.service: str(container.data["Image"]) for container in containers}
    found = {reference: engine.image(reference) for reference in sorted(set(by_service.values()))}
    config: dict[str, dict[str, Any]] = {
        name: data.get("Config") or {} for name, image in by_service.items() if (data := found[image])
    }
    return Images(
        by_service=by_service,
        config=config,
        stand_ins=stand_ins(config),
        seconds=0.0,
        identity={name: identity_of(data) for name, image in by_service.items() if (data := found[image])},
    )
