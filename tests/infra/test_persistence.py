"""Whether data survives."""

from stackproof.controls import CRITICAL, HIGH, MADE, PERSISTENCE, control, not_applicable
from stackproof.errors import StackproofError
from stackproof.outcomes.evidence import Evidence
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.sandbox.container import Container
from stackproof.trials.persistence import persistence_trial


@control(
    "volume-data-survives-down-up",
    "Data survives down and up",
    severity=CRITICAL,
    lane=PERSISTENCE,
    key="volumes",
)
def test_volume_data_survives_down_up(service: ServiceUnderTest, evidence: Evidence) -> None:
    """Data outside a named volume is lost by the first `docker compose down`.

    Fix: mount a named volume at exactly the path where the service keeps its data.

    Applies to: datastores, services that mount a volume, and those under `persistence:` in the contract.
    """
    trial = service.sandbox.trial("persistence", lambda: persistence_trial(service.sandbox))
    if service.name not in trial:
        not_applicable(
            f"{service} keeps no data that we know of: no datastore, no volume, nothing in the contract"
        )
    found = trial[service.name]
    if isinstance(found, StackproofError):
        raise found
    evidence(
        written_through=found.kind,
        after_down_and_up="there" if found.survived else found.after_down_up,
        after_down_v=found.after_volumes_went,
    )

    assert found.survived, f"{service}: a value written through {found.kind} was gone after `down` and `up`"
    assert found.gone, (
        f"{service}: the value was still there after `down -v`, so it does not lie in the volume"
    )


@control(
    "no-anonymous-data-volume",
    "Every volume has a name",
    severity=HIGH,
    key="volumes",
    judges=MADE,
)
def test_no_anonymous_data_volume(container: Container, evidence: Evidence) -> None:
    """An anonymous volume is not mounted again after `down` and `up`: its data is there and nobody finds it.

    Fix: mount a named volume at the path that the image declares as VOLUME.

    Applies to: containers that keep running and mount a volume.
    """
    volumes = {
        str(m["Destination"]): str(m["Name"])[:12] for m in container.mounts if m.get("Type") == "volume"
    }
    anonymous = {
        str(mount["Destination"])
        for mount in container.mounts
        if mount.get("Type") == "volume" and mount.get("Name") in container.anonymous_volumes
    }
    evidence(volumes=volumes, anonymous={path: _contents(container, path) for path in sorted(anonymous)})
    if not volumes:
        not_applicable(f"{container} mounts no volume")

    assert not anonymous, f"{container} keeps {', '.join(sorted(anonymous))} in a volume without a name"


def _contents(container: Container, path: str) -> list[str] | str:
    if not container.runs:
        return f"not looked into: the container is {container.status}"
    return list(container.host.run("ls -A %s", path).stdout.split()[:10])
