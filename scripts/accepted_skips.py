"""Fail when a control was not applicable for a reason that nobody accepted.

A reason that is too wide hides a control that never runs, so CI knows each kind.
"""

import json
import re
import sys
from pathlib import Path

ACCEPTED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\S+ has no health check",
        r"\S+ runs once and ends",
        r"\S+ keeps no data that we know of: .*",
        r"\S+ depends on nothing that has a container",
        r"\S+ mounts no volume",
        r"\S+ runs no datastore that we know",
        r".+ of \S+ listens where nobody else can reach it",
        r"the health check of \S+ is shell language that names no program first",
        r"\S+ publishes no port",
        r"\S+ sets no variable and says no command in the compose file",
        r"\S+ sets no variable that holds a password, and no command of it has one",
        r"the image of \S+ is built here",
        r"the image of \S+ is not built here",
        r"the contract of \S+ says of no source of images that it is trusted",
        r"\S+ mounts nothing of the host",
        r"\S+ mounts nothing",
        r"\S+ overrides no ulimit",
        r"\S+ has no (port|volume) in the short form",
        r"\S+ takes nothing from a variable",
        r"\S+ names no env file",
        r"\S+ sets no variable that holds a credential",
        r"the logs of \S+ are no files of the engine's: its driver is \S+",
        r"\S+ is not restarted on failure alone",
        r"\S+ depends on nothing",
        r"\S+ mounts no named volume",
        r"\S+ has no tmpfs whose options are written",
        r"\S+ is not built here",
        r"the context of \S+ is fetched from elsewhere",
        r"the image of \S+ does not tell how it was made",
        r"\S+ has no container, and beside an attached stack none is made",
        r"the health check of \S+ is that of the compose file",
        r"the health check of \S+ is turned off in the compose file",
        r"the image of \S+ exposes no port",
        r"the image of \S+ has no accounts",
        r"the health check of \S+ is shell language that runs no program",
        r".+ may come from outside the image of \S+",
        r"nothing sets the working directory of \S+",
        r"the image of \S+ has no volume and no working directory",
        r"\S+ has no container: its author starts none \(replicas: 0\)",
        r"\S+ shares the network of \S+, where its ports are judged",
        r"\S+ is on the host's network, where only a sandbox shows what listens",
        r"\S+ listens on no port",
        r"\S+ is not public: that its ports are published is judged by itself",
        r"the ports of \S+ are known by their numbers or its image",
        r"\S+ listens on no TCP port but its public ones",
        r"nobody asks for several containers of \S+",
        r"the contract names no endpoint in front of \S+",
        r"no endpoint of the contract leads to \S+",
        r"\S+ is asked through its own host ports, of which each replica has one",
        r"\S+ listens on no TCP port that others can reach",
        r"\S+ cannot be scaled at all: .*",
        r"the contract of \S+ names no (endpoint|outage)",
    )
)


def main(path: str) -> int:
    """Read results.json and name every outcome that CI must not let pass."""
    results = json.loads(Path(path).read_text())
    strange = [
        "{stack}/{service} {control}: {outcome}: {message}".format_map(outcome)
        for outcome in results["outcomes"]
        if outcome["outcome"] == "unknown"
        or (
            outcome["outcome"] == "not applicable"
            and not any(pattern.fullmatch(outcome["message"]) for pattern in ACCEPTED)
        )
    ]
    sys.stderr.writelines(f"{line}\n" for line in strange)
    return 1 if strange or not results["outcomes"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
