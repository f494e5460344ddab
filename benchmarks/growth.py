"""How the cost of a proof grows with the services of a stack.

`python benchmarks/growth.py [--services 2 4 8 16] [--no-health-checks]` proves generated stacks of that many
services, one after the other: a chain of web servers, every second of which waits for the one before it. It
prints seconds, seconds of a processor on the whole machine, and both for each service. Nothing else should
run meanwhile.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import click
from stacks import Run, measure, proof

IMAGE = "nginx:alpine"
SERVICE = """
  web-{number}:
    image: {image}
    restart: unless-stopped
"""
CHECK = """\
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/"], interval: 10s, timeout: 5s}
"""
NEEDS = """\
    depends_on:
      web-{before}: {{condition: {condition}}}
"""


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, nargs="+", default=[2, 4, 8, 16])
    parser.add_argument("--no-health-checks", action="store_true")
    wanted = parser.parse_args()
    click.echo(f"{'services':>8} {'seconds':>8} {'each':>6} {'all cpu':>8} {'each':>6} {'docker':>7}")
    for services in wanted.services:
        run = prove(compose_file(services, checked=not wanted.no_health_checks))
        click.echo(
            f"{services:8} {run.seconds:8.1f} {run.seconds / services:6.1f} "
            f"{run.everything:8.1f} {run.everything / services:6.1f} {run.docker:7}"
        )
    return 0


def compose_file(services: int, *, checked: bool) -> str:
    """Return a stack of so many services.

    >>> compose_file(2, checked=True).count("web-0")
    2
    """
    text = "services:"
    for number in range(services):
        text += SERVICE.format(number=number, image=IMAGE) + (CHECK if checked else "")
        if number % 2:
            condition = "service_healthy" if checked else "service_started"
            text += NEEDS.format(before=number - 1, condition=condition)
    return text


def prove(compose: str) -> Run:
    """Prove a stack in a folder of its own; that its servers start as root is no failure here."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "compose.yml").write_text(compose)
        return measure([*proof([folder]), "--fail-on", "critical"], {})


if __name__ == "__main__":
    sys.exit(main())
