"""Redis, through redis-cli."""

import re
import shlex
from collections.abc import Sequence
from itertools import pairwise

from stackproof.datastores.datastore import Datastore

PROCESSES = frozenset({"redis-server"})
KEY = "stackproof:probe"
OPTION = "--requirepass"
# The password may stand in the environment, in a file, or only in the server's command line. A script for
# the persistent shell: in arguments it would be seen in the host's process list.
_CLI = (
    'password="${REDIS_PASSWORD:-}"; '
    '[ -z "${REDIS_PASSWORD_FILE:-}" ] || password="$(cat "$REDIS_PASSWORD_FILE")"; '
    'given=%s; password="${given:-$password}"; '
    '[ -z "$password" ] || export REDISCLI_AUTH="$password"; exec redis-cli -e %s'
)
# One word of a shell script behind the option, quotes and substitutions included.
_IN_SCRIPT = re.compile(OPTION + r"""\s+((?:"(?:[^"\\]|\\.)*"|'[^']*'|\$\([^)]*\)|[^\s;&|"'])+)""")


def password_in(command: Sequence[str]) -> str:
    """Return the password that a server's command line gives it, as one word of a shell; `''` for none.

    What the container's own shell made of a word in a script, the same shell makes of it again.

    >>> password_in(["redis-server", "--requirepass", "two words"])
    "'two words'"
    >>> password_in(["sh", "-c", "redis-server --requirepass $PASSWORD"])
    '$PASSWORD'
    """
    for word, following in pairwise(command):
        if word == OPTION:
            return shlex.quote(following)
    found = next((match for word in command if (match := _IN_SCRIPT.search(word))), None)
    return found[1] if found else "''"


def of(command: Sequence[str] = ()) -> Datastore:
    """Return the datastore of a server that was started by a command."""
    password = password_in(command)

    def cli(*words: str) -> str:
        return _CLI % (password, shlex.join(words))

    return Datastore(
        kind="Redis",
        write_command=lambda value: cli("SET", KEY, value),
        ping_command=cli("PING"),
        read_command=cli("GET", KEY),
    )
