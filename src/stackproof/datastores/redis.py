"""Redis, through redis-cli."""

from stackproof.datastores.datastore import Datastore

PROCESSES = frozenset({"redis-server"})
KEY = "stackproof:probe"
# The password may stand in the environment or only in the command line, where redis-cli cannot see it.
_CLI = '[ -z "${REDIS_PASSWORD:-}" ] || export REDISCLI_AUTH="$REDIS_PASSWORD"; exec redis-cli -e "$@"'


def _cli(*words: str) -> list[str]:
    return ["sh", "-c", _CLI, "redis-cli", *words]


DATASTORE = Datastore(
    kind="Redis",
    write_command=lambda value: _cli("SET", KEY, value),
    ping_command=_cli("PING"),
    read_command=_cli("GET", KEY),
)
