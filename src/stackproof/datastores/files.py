"""Plain files, for a service that nobody can ask but whose volume we can write."""

import re
import shlex

from stackproof.datastores.commands import Commands
from stackproof.sandbox.container import Container

PROBE = ".stackproof-probe"
_NEVER = re.compile("(?!)")


def files_in(folder: str, service: str = "") -> Commands:
    """Return a datastore that keeps its value in a file of a mounted folder.

    The file is named after the service: others that mount the same volume have files of their own.
    """
    name = f"{PROBE}-{service}" if service else PROBE
    path = f"{folder.rstrip('/')}/{name}"
    quoted = shlex.quote(path)
    return Commands(
        kind=f"a file in {folder}",
        # It is a process that ends here and no machine, so what the kernel has is kept.
        write_command=lambda value: f"printf %s {shlex.quote(value)} > {quoted}",
        read_command=f"if [ -e {quoted} ]; then cat {quoted}; fi",
        absent=_NEVER,  # a file that is not there is an empty answer
        asked=path,
    )


def may_write(container: Container, folder: str) -> bool:
    """Whether the user that commands run as in a container may make files in a folder of it.

    Raises Unknown when nobody can look into the container.
    """
    quoted = shlex.quote(folder)
    return bool(container.host.run(f"[ -d {quoted} ] && [ -w {quoted} ] && [ -x {quoted} ]").rc == 0)
