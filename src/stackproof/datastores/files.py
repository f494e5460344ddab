"""Plain files, for a service whose datastore we do not know but whose volume we can write."""

import re
import shlex

from stackproof.datastores.commands import Commands

_FILE = ".stackproof-probe"


def files_in(folder: str) -> Commands:
    """Return a datastore that keeps its value in a file of a mounted folder."""
    path = shlex.quote(f"{folder.rstrip('/')}/{_FILE}")
    return Commands(
        kind=f"a file in {folder}",
        write_command=lambda value: f"printf %s {shlex.quote(value)} > {path} && sync",
        read_command=f"if [ -e {path} ]; then cat {path}; fi",
        absent=re.compile("(?!)"),  # a file that is not there is an empty answer
        asked=f"{folder.rstrip('/')}/{_FILE}",
    )
