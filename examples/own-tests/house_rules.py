"""What our team requires of every stack: a rule, which the compose file alone decides."""

from collections.abc import Iterator

from stackproof import LOW, Finding, Service, rule


@rule("names-its-team", "The service names its team", severity=LOW, key="labels")
def names_its_team(service: Service) -> Iterator[Finding]:
    """Nobody knows whom to ask at night.

    Fix: add `labels: {team: ...}` to the service.

    Applies to: all services.
    """
    if "team" not in service.labels:
        yield Finding(f"{service} names no team", at=("labels",))
