"""What `stackproof lint` finds in public compose files in a folder: shares gated, by profile and rule.

The files are other people's and stay outside this repository; `written/public-sample.tsv` says which were
read and from where. `FOLDER` has each at `OWNER__NAME/its/path`. What an author has but does not publish
(variables in `.env`, env files, Dockerfiles that were not fetched) is laid beside them, so that the file is
judged and not the gap.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lint import GATED, PROGRAM
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stackproof.controls import profile

LIST = Path(__file__).parent / "written" / "public-sample.tsv"
DATASTORE = "no-sensitive-port-published"
NOWHERE = "unix:///nowhere/docker.sock"
# A variable, and what is between its name and the brace: `:-` and `-` give a default, `:?` asks for a value.
VARIABLE = re.compile(r"(?<!\$)\$\{?(\w+)(:?[-+][^}]*)?")
PUBLISHES = re.compile(r"publishes (.+?) \(")
VALUES = {"_IP": "192.0.2.1", "DIR": "/srv/data", "ROOT": "/srv/data", "VOLUME": "/srv/data"}


def files(folder: Path) -> list[Path]:
    """Return the compose files that the list names, as far as they are in the folder."""
    rows = (line.split("\t") for line in LIST.read_text(encoding="utf-8").splitlines() if line[0] != "#")
    paths = (folder / repository.replace("/", "__") / path for repository, path, _ in rows)
    return [path for path in paths if path.exists()]


def lay_beside(file: Path) -> None:
    """Write what only the author has: a `.env`, empty env files, Dockerfiles with stages."""
    text = file.read_text(encoding="utf-8")
    try:
        document = YAML(typ="safe").load(text)
    except YAMLError:
        return
    unset = {name for name, default in VARIABLE.findall(text) if not default}
    lines = (f"{name}={_value(name, number)}\n" for number, name in enumerate(sorted(unset)))
    _touch(file.parent / ".env", "".join(lines))
    stages: dict[Path, list[str]] = defaultdict(list)
    for body in (one for one in (document.get("services") or {}).values() if isinstance(one, dict)):
        given = body.get("env_file") or []
        for one in given if isinstance(given, list) else [given]:
            _touch(file.parent / (one["path"] if isinstance(one, dict) else one), "")
        if build := body.get("build"):
            parts = build if isinstance(build, dict) else {"context": build}
            context = file.parent / str(parts.get("context", "."))
            stages[context / str(parts.get("dockerfile", "Dockerfile"))].append(
                str(parts.get("target", "made"))
            )
    for dockerfile, names in stages.items():
        _touch(dockerfile, "".join(f"FROM scratch AS {name}\n" for name in dict.fromkeys(names)))


def _value(name: str, number: int) -> str:
    """Return what an author may have in a variable: no two ports alike, no credential that anybody knows."""
    if "PORT" in name.upper():
        return str(18080 + number)
    return next((value for part, value in VALUES.items() if part in name.upper()), "given")


def _touch(path: Path, text: str) -> None:
    if "$" not in str(path) and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def judged(paths: list[Path], name: str) -> tuple[int, list[dict[str, Any]]]:
    """Return how many files could be read and the outcomes of one run over all, with no engine asked."""
    with tempfile.TemporaryDirectory() as out:
        words = [PROGRAM, "lint", *map(str, paths), "--profile", name, "--report-dir", out]
        environment = {**os.environ, "DOCKER_HOST": NOWHERE}
        subprocess.run(words, capture_output=True, check=False, env=environment)
        results = json.loads((Path(out) / "results.json").read_text())
    return len(results["stacks"]), results["outcomes"]


def by_rule(gating: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return of each rule the stacks that it gates."""
    stacks: dict[str, set[str]] = defaultdict(set)
    for one in gating:
        stacks[one["control"]].add(one["stack"])
    return stacks


def published(found: list[dict[str, Any]]) -> Counter[str]:
    """Return how many files publish each sensitive program beyond loopback."""
    pairs = {(one["stack"], PUBLISHES.search(one["message"])) for one in found if one["control"] == DATASTORE}
    return Counter(what for _, what in {(stack, what[1]) for stack, what in pairs if what})


def said(name: str, outcomes: list[dict[str, Any]], count: int, *, every: bool) -> Iterator[str]:
    """Yield what a profile finds: findings per file, the share gated, and by which rules."""
    found = [one for one in outcomes if one["outcome"] in (*GATED, "advisory")]
    stacks = by_rule([one for one in found if one["outcome"] in GATED])
    gated = set[str]().union(*stacks.values())
    rest = set[str]().union(*(those for rule, those in stacks.items() if rule != DATASTORE))
    yield (
        f"{name:10} {len(found) / count:6.1f} findings per file, {len(gated)} of {count} gated"
        f" ({len(gated) / count:.0%}), {len(rest)} ({len(rest) / count:.0%}) without {DATASTORE}"
    )
    for rule, number in Counter({rule: len(those) for rule, those in stacks.items()}).most_common():
        alone = sum(sum(stack in those for those in stacks.values()) == 1 for stack in stacks[rule])
        yield f"    {number:4} {number / count:4.0%}, {alone:3} by it alone: {rule}"
    if every:
        for what, number in published(found).most_common():
            yield f"    {number:4} {number / count:5.1%} publish {what}"
        for one in (one for one in found if one["outcome"] in GATED):
            where = Path(one["stack"]).name if one["stack"] else "-"
            yield f"    {where}: {one['control']}: {one['service']}: {one['message']}"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--findings", action="store_true", help="also list what gates by the default profile")
    given = parser.parse_args()
    paths = files(given.folder)
    for path in paths:
        lay_beside(path)
    print(f"{len(paths)} files")  # noqa: T201
    for name in profile.names():
        every = given.findings and name == profile.DEFAULT
        read, outcomes = judged(paths, name)
        lines = said(name, outcomes, read, every=every)
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
