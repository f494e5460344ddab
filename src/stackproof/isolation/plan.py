"""What a sandbox is made of, besides the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stackproof.isolation.subnets import Move
from stackproof.stack.model import Health


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Names, labels, images, binds and subnets of one sandbox."""

    project: str
    labels: Mapping[str, str]
    images: Mapping[str, str]
    """Image by service."""
    image_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Labels that images bring, by service."""
    image_variables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of variables that images set, by service."""
    image_health: Mapping[str, Health] = field(default_factory=dict)
    """Health checks that images bring, by service."""
    image_volumes: Mapping[str, str] = field(default_factory=dict)
    """Image to mount by the image that the author mounts."""
    binds: Mapping[str, str] = field(default_factory=dict)
    """Folder or file of ours by bind source, for every source that must not be mounted itself."""
    moves: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    """Subnets that take the place of the author's, by network."""
    log_driver: str = ""
    """The engine's own log driver, for services that name none; empty for one that keeps logs there."""
    start_interval: bool = False
    """Whether the engine knows health start intervals (API 1.44)."""
    calm: bool = False
    """Whether health checks keep their author's interval, because what a service answers is measured."""
    fixed_ports: Mapping[str, str] = field(default_factory=dict)
    """Loopback port or range by `service/target`, to show the conflict of a fixed port."""
