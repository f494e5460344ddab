"""The password that a Redis server is given, wherever images and authors put it."""

import re
import shlex
from collections.abc import Sequence
from itertools import pairwise

OPTION = "--requirepass"
# One word of a shell script behind the option, quotes and substitutions included.
_IN_SCRIPT = re.compile(OPTION + r"""\s+((?:"(?:[^"\\]|\\.)*"|'[^']*'|\$\([^)]*\)|[^\s;&|"'])+)""")
# The password may stand in the environment, in a file, or only in the server's command line.
_SCRIPT = (
    'password="${REDIS_PASSWORD:-}"; '
    '[ -z "${REDIS_PASSWORD_FILE:-}" ] || password="$(cat "$REDIS_PASSWORD_FILE")"; '
    'given=%s; password="${given:-$password}"; '
)


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


def script(command: Sequence[str]) -> str:
    """Return the beginning of a shell script that knows `$password`, for a shell in the container.

    It goes to a persistent shell: in arguments a password would be seen in the host's process list.
    """
    return _SCRIPT % password_in(command)
