"""Plain files, for a service whose datastore we do not know but whose volume we can write."""

from stackproof.datastores.datastore import Datastore

_FILE = ".stackproof-probe"


def files_in(folder: str) -> Datastore:
    """Return a datastore that keeps its value in a file of a mounted folder."""
    path = f"{folder.rstrip('/')}/{_FILE}"
    return Datastore(
        kind=f"a file in {folder}",
        write_command=lambda value: ["sh", "-c", 'printf %s "$1" > "$2" && sync', "write", value, path],
        read_command=["sh", "-c", 'cat "$1"', "read", path],
        in_shell=True,  # so that images without a shell can be asked
    )
