"""The labels by which we know, and remove, what is ours. Never anything by name."""

from collections.abc import Mapping

RUN = "stackproof.run"
STACK = "stackproof.stack"
LANE = "stackproof.lane"
# Who may sweep: a digest of host, user and run folder, so that nobody sweeps another's live run.
OWNER = "stackproof.owner"
# Who began the run and how to find out whether it still lives, for those who do not share its run folder.
USER = "stackproof.user"
HOST = "stackproof.host"
STARTED = "stackproof.started"
LOCK = "stackproof.lock"
PROCESS = "stackproof.process"
ORIGIN = (USER, HOST, STARTED, LOCK, PROCESS)
OURS = (RUN, STACK, LANE, OWNER, *ORIGIN)
# Which sandbox of a lane: events of one that was replaced a moment ago are not those of its successor.
SANDBOX = "stackproof.sandbox"
STAND_IN = "stackproof.stand-in"
ANONYMOUS_VOLUME = "com.docker.volume.anonymous"
COMPOSE_SERVICE = "com.docker.compose.service"
COMPOSE_NUMBER = "com.docker.compose.container-number"
COMPOSE_ONE_OFF = "com.docker.compose.oneoff"
# On a container that Compose made in place of another one, whose volumes it inherits.
COMPOSE_REPLACE = "com.docker.compose.replace"


def on(kind: str, found: Mapping[str, object]) -> dict[str, str]:
    """Return the labels in the inspect data of a container, network, volume or image."""
    holder = found.get("Config") if kind in ("container", "image") else found
    marks = holder.get("Labels") if isinstance(holder, Mapping) else None
    return dict(marks or {})
