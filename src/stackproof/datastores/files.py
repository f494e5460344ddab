"""Plain files, for a service whose datastore we do not know but whose volume we can write."""

import shlex

from stackproof.datastores.datastore import Datastore

_FILE = ".stackproof-probe"


def files_in(folder: str) -> Datastore:
    """Return a datastore that keeps its value in a file of a mounted folder."""
    path = shlex.quote(f"{folder.rstrip('/')}/{_FILE}")
    return Datastore(
        kind=f"a file in {folder}",
        write_command=lambda value: f"printf %s {shlex.quote(value)} > {path} && sync",
        read_command=f"cat {path}",
    )
