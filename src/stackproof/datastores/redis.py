"""Redis, through redis-cli."""

import shlex
from collections.abc import Sequence

from stackproof.datastores.datastore import Datastore
from stackproof.facts import requirepass

KEY = "stackproof:probe"
_CLI = '%s[ -z "$password" ] || export REDISCLI_AUTH="$password"; exec redis-cli -e %s'


def of(command: Sequence[str] = ()) -> Datastore:
    """Return the datastore of a server that was started by a command."""
    password = requirepass.script(command)

    def cli(*words: str) -> str:
        return _CLI % (password, shlex.join(words))

    return Datastore(
        kind="Redis",
        write_command=lambda value: cli("SET", KEY, value),
        ping_command=cli("PING"),
        read_command=cli("GET", KEY),
    )
