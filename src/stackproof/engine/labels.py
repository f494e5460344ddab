"""The labels by which we know, and remove, what is ours. Never anything by name."""

RUN = "stackproof.run"
STACK = "stackproof.stack"
LANE = "stackproof.lane"
# Who may sweep: a digest of host, user and run folder, so that nobody sweeps another's live run.
OWNER = "stackproof.owner"
OURS = (RUN, STACK, LANE, OWNER)
# Which copy: events of one that was replaced a moment ago are not those of its successor.
COPY = "stackproof.copy"
# Which sidecar: nothing is removed by name.
SIDECAR = "stackproof.sidecar"
STAND_IN = "stackproof.stand-in"
ANONYMOUS_VOLUME = "com.docker.volume.anonymous"
COMPOSE_SERVICE = "com.docker.compose.service"
COMPOSE_NUMBER = "com.docker.compose.container-number"
COMPOSE_ONE_OFF = "com.docker.compose.oneoff"


def filters(labels: dict[str, str]) -> list[str]:
    """Words that make a docker listing show only what carries all these labels."""
    return [word for key, value in labels.items() for word in ("--filter", f"label={key}={value}")]
