"""Redis, through redis-cli."""

import re
import shlex
from collections.abc import Sequence

from stackproof.datastores.commands import Commands
from stackproof.facts import requirepass

KEY = "stackproof:probe"
_CLI = '%s[ -z "$password" ] || export REDISCLI_AUTH="$password"; exec redis-cli -e %s'


def of(command: Sequence[str] = ()) -> Commands:
    """Return the datastore of a server that was started by a command."""
    password = requirepass.script(command)

    def cli(*words: str) -> str:
        return _CLI % (password, shlex.join(words))

    return Commands(
        kind="Redis",
        write_command=lambda value: cli("SET", KEY, value),
        absent=re.compile("(?!)"),  # nil is an empty answer
        ping_command=cli("PING"),
        read_command=cli("GET", KEY),
    )
