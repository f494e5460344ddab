"""stackproof proves, on a running copy, that a Docker Compose stack keeps its promises."""

from importlib.metadata import version

__version__ = version("stackproof")
