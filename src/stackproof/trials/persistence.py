"""Does data survive `down` and `up`? Written and read through the real client."""

import re
import secrets
from dataclasses import dataclass

from stackproof.datastores.commands import Commands
from stackproof.datastores.datastore import Datastore, KeepsNothingError
from stackproof.datastores.detection import detect
from stackproof.datastores.files import files_in
from stackproof.errors import StackproofError
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.stack.contract import PersistenceProbe
from stackproof.stack.model import Model, Service

NO_ANSWER = "(no answer)"


@dataclass(frozen=True, kw_only=True)
class Survival:
    """What a service said of a value at three moments."""

    kind: str
    expected: str
    after_down_up: str
    after_down_volumes: str
    keeps_binds: bool

    @property
    def survived(self) -> bool:
        """Whether the value was there after down and up."""
        return self.expected in self.after_down_up

    @property
    def after_volumes_went(self) -> str:
        """What is known of the value after `down -v`, for people."""
        if self.keeps_binds:
            return "not judged: a bind keeps it"
        return "gone" if self.gone else "still there"

    @property
    def gone(self) -> bool:
        """Whether `down -v` took it, which shows that it lay in the volume. A bind rightly keeps it."""
        return self.keeps_binds or self.expected not in self.after_down_volumes


def store_of(service: Service, view: View, value: str) -> tuple[Datastore, str] | None:
    """Return how a service keeps a value and what reading it gives; None when it keeps nothing we know."""
    for entry in view.stack.contract.persistence:
        if entry.service == service.name:
            return _declared(entry), entry.expect
    if known := detect(view.container(service.name)):
        return known, value
    volumes = [
        mount for mount in service.mounts if mount.kind == "volume" and mount.source and not mount.read_only
    ]
    return (files_in(volumes[0].target), value) if volumes else None


def _declared(entry: PersistenceProbe) -> Datastore:
    return Commands(
        kind="the contract's client",
        write_command=lambda _value: entry.write,
        read_command=entry.read,
        absent=re.compile(""),  # how this client says it nobody knows
    )


def persistence_trial(sandbox: Sandbox) -> dict[str, Survival | StackproofError]:
    """Write, `down`, `up`, read; `down -v`, `up`, read again. Results by service that keeps data."""
    value = f"stackproof-{secrets.token_hex(8)}"
    stores: dict[str, tuple[Datastore, str]] = {}
    refused: dict[str, StackproofError] = {}
    for name, service in sandbox.stack.services.items():
        if not sandbox.containers(name) or sandbox.is_one_shot(name):
            continue
        try:
            if found := store_of(service, sandbox, value):
                found[0].write(sandbox.container(name), value)
                stores[name] = found
        except KeepsNothingError:
            continue
        except StackproofError as error:
            refused[name] = error
    if not stores:
        return dict(refused)
    # Those that keep nothing need not be waited for; those that do get their author's grace period.
    sandbox.stop([name for name in sandbox.stack.services if name not in stores], grace=0)
    sandbox.down()
    sandbox.up()
    survived = _read_all(sandbox, stores)
    sandbox.down(volumes=True, grace=0)
    sandbox.up()
    gone = _read_all(sandbox, stores)
    return refused | {
        name: Survival(
            kind=store.kind,
            expected=expected,
            after_down_up=survived[name],
            after_down_volumes=gone[name],
            keeps_binds=_writes_to_bind(sandbox.stack.services[name], sandbox.stack.model),
        )
        for name, (store, expected) in stores.items()
    }


def _writes_to_bind(service: Service, model: Model) -> bool:
    """Whether a folder of the host takes what the service writes, directly or behind a named volume."""
    folders = {name for name, volume in model.volumes.items() if volume.device}
    return any(
        not mount.read_only and (mount.kind == "bind" or (mount.kind == "volume" and mount.source in folders))
        for mount in service.mounts
    )


def _read_all(view: View, stores: dict[str, tuple[Datastore, str]]) -> dict[str, str]:
    return {name: store.read(view.container(name)) or NO_ANSWER for name, (store, _e) in stores.items()}
