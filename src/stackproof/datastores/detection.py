"""Which datastore a container runs."""

from stackproof.datastores import mysql, postgres, redis
from stackproof.datastores.datastore import Datastore
from stackproof.errors import Unknown
from stackproof.facts import programs
from stackproof.sandbox.container import Container

# Kinds of which we have no client, and beside whose data a file of ours would survive and prove nothing.
NOT_ASKED = frozenset({"MongoDB", "ClickHouse", "CockroachDB", "etcd", "InfluxDB", "Valkey"})


def detect(container: Container) -> Datastore | None:
    """Return the datastore that runs in the container, known by its process and not by an image's name.

    Raises Unknown for one that we cannot ask.
    """
    kinds = set(programs.datastores(container.facts.processes))
    if strangers := kinds & NOT_ASKED:
        named = ", ".join(sorted(strangers))
        msg = f"{container} runs {named}, which we have no client for: give `persistence:` in the contract"
        raise Unknown(msg)
    known = (postgres.DATASTORE, mysql.DATASTORE, redis.of(container.command))
    found = [datastore for datastore in known if datastore.kind in kinds]
    if len(found) > 1:
        several = " and ".join(datastore.kind for datastore in found)
        msg = f"{container} runs {several}: give `persistence:` in the contract for the one that counts"
        raise Unknown(msg)
    return found[0] if found else None
