"""Try `lint --fix` on copies of all compose files below some folders, in each form that a text editor leaves.

Said is what does not hold: a dry run writes nothing; applied twice changes nothing more; Compose resolves
the file to the same model but for the fix; comments, anchors, line ends, mark and last line stay; a finding
that is left is named with a reason. What one run could not judge is told with what another one changed: on a
machine that is busy Compose may not end in time.
`--generate N` adds generated real-life files.
"""

import argparse
import difflib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from stackproof.engine import plugin
from stackproof.engine.project import ComposeSettings
from stackproof.errors import CommandError
from stackproof.rules.fixes import FIXERS

_PROGRAM = str(Path(sys.executable).with_name("stackproof"))
_NAME = "compose.yml"
_ALL = ComposeSettings(profiles=("*",))
_PATIENCE = 60.0  # seconds
_SELECTED = [word for name in FIXERS for word in ("--select", name)]
# What fixes with an effect change in the model.
_CHANGED = frozenset({"security_opt", "logging", "tmpfs"})
_NO_ENV_FILE = re.compile(r"env file (\S+) not found")
_SUM = re.compile(r"(?:would fix|fixed) \d+ findings? in \d+ files?$")
_LEFT = re.compile(r"not fixed: (.+?:\d+(?::\d+)?): .* \[([\w-]+)\]$")
_FOUND = re.compile(r"(.+?:\d+(?::\d+)?): \w+, .* \[([\w-]+)\]$")
_FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "crlf": lambda text: text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "mark": lambda text: b"\xef\xbb\xbf" + text,
    "unended": lambda text: text.rstrip(b"\r\n"),
    "tabs": lambda text: re.sub(rb"(?m)^(\w+:)[ ]*(\r?)$", rb"#\tabove\n\1\t#\tbehind\2", text),
}


def _copies(folders: list[Path], top: Path, form: str) -> Iterator[Path]:
    """Copy what has a compose file, each into a folder of its own, in a form; yield the compose files."""
    found = sorted(path for folder in folders for path in folder.rglob("*.y*ml") if _is_stack(path))
    for number, path in enumerate(found):
        target = top / f"{number:04}" / path.parent.name  # `..` leads to nobody else's
        shutil.copytree(path.parent, target, symlinks=True, ignore=shutil.ignore_patterns(".git", "*.y*ml"))
        for other in path.parent.glob("*.y*ml"):
            if other.is_file():
                name = (
                    _NAME if other == path else f"other-{other.name}" if other.name == _NAME else other.name
                )
                (target / name).write_bytes(_FORMS[form](other.read_bytes()))
        yield target / _NAME


def _is_stack(path: Path) -> bool:
    return path.is_file() and re.search(rb"(?m)^services:", path.read_bytes()) is not None


def _fix(top: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run `lint --fix` on all of them."""
    words = [_PROGRAM, "lint", "--fix", *more, *_SELECTED, str(top)]
    return subprocess.run(words, capture_output=True, check=False, encoding="utf-8")


def _sum(told: str) -> str:
    """Return the line that says how much was fixed."""
    return next((line for line in told.splitlines() if _SUM.match(line)), told.strip()[-200:])


def _refusals(told: str, path: Path) -> str:
    """Return what a run says of a stack that it could not judge, fix or write."""
    found = [line for line in told.splitlines() if line.startswith("error: ") and str(path.parent) in line]
    return "".join(f"    it said: {line}\n" for line in dict.fromkeys(found))


def _silent(run: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """Yield findings of rules with a fix that are left, and of which is not said why."""
    why = {hit.groups() for line in run.stderr.splitlines() if (hit := _LEFT.match(line))}
    found = [(hit.groups(), line) for line in run.stdout.splitlines() if (hit := _FOUND.match(line))]
    yield from (f"left without a reason: {line}" for place, line in found if place not in why)


def _model(path: Path) -> dict[str, Any] | None:
    """Return what Compose makes of a file; an env file that is missing is empty, for `lint` needs none."""
    try:
        return plugin.resolve((path,), _ALL, _PATIENCE).model
    except CommandError as error:
        if not (missing := _NO_ENV_FILE.search(str(error))):
            return None
    Path(missing[1]).touch()
    return _model(path)


def _without_changes(model: dict[str, Any]) -> dict[str, Any]:
    """Return a model without what fixes change, and with lists in one order that have none of their own."""
    for service in (model.get("services") or {}).values():
        for key in _CHANGED:
            service.pop(key, None)
        service["ports"] = sorted(map(json.dumps, service.get("ports") or ()))
        service["volumes"] = [one for one in service.get("volumes") or () if one.get("type") != "tmpfs"]
    return model


def _kept(was: bytes, now: bytes) -> Iterator[str]:
    """Yield what a text has lost that is no fix's to take."""
    for what, pattern in {
        "a comment": rb"(?m)(?:^|[ \t])(#[^\r\n]*)",
        "an anchor": rb"(?m)(?<=[ \[])&[\w-]+",
        "an alias": rb"(?m)(?<=[ \[])\*[\w-]+",
    }.items():
        if Counter(re.findall(pattern, was)) != Counter(re.findall(pattern, now)):
            yield f"{what} is not what it was"
    crlf, lf = (was.count(b"\r\n"), was.count(b"\n"))
    if (crlf in (0, lf)) and now.count(b"\r\n") != (now.count(b"\n") if crlf else 0):
        yield "line ends are mixed"
    if was.startswith(b"\xef\xbb\xbf") != now.startswith(b"\xef\xbb\xbf"):
        yield "the mark is gone or new"
    if was.endswith(b"\n") != now.endswith(b"\n"):
        yield "the last line ends another way"


def _difference(was: str, now: str) -> str:
    lines = difflib.unified_diff(was.splitlines(), now.splitlines(), "was", "now", lineterm="", n=1)
    return "\n".join(f"    {line}" for line in lines)


def _faults(paths: list[Path], top: Path) -> Iterator[str]:
    was = {path: path.read_bytes() for path in paths}
    with ThreadPoolExecutor() as pool:
        before = dict(zip(paths, pool.map(_model, paths), strict=True))
        sys.stdout.write(f"{_sum(_fix(top).stderr)}\n")
        yield from (f"{path}: a dry run wrote it" for path in paths if path.read_bytes() != was[path])
        first = _fix(top, "--write").stderr
        now = {path: path.read_bytes() for path in paths}
        again = _fix(top, "--write")
        for path in paths:
            if (then := path.read_bytes()) != now[path]:
                said = _refusals(first, path) + _difference(now[path].decode(), then.decode())
                yield f"{path}: the second run changed it\n{said}"
        if not _sum(again.stderr).startswith("fixed 0 findings in 0 files"):
            yield f"the second run: {_sum(again.stderr)}"
        yield from _silent(again)
        changed = [path for path in paths if now[path] != was[path]]
        after = dict(zip(changed, pool.map(_model, changed), strict=True))
    for path in changed:
        yield from (f"{path}: {fault}" for fault in _kept(was[path], now[path]))
        old, new = before[path], after[path]
        if old is None or new is None:
            yield f"{path}: it is refused {'without' if old is None else 'with'} its fixes"
        elif difference := _difference(
            *(json.dumps(_without_changes(one), indent=1, sort_keys=True) for one in (old, new))
        ):
            yield f"{path}: the model is another one\n{difference}"


def main() -> int:
    """Print what does not hold, and how much was tried; return 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--generate", type=int, default=0, metavar="N")
    parser.add_argument("--forms", nargs="*", default=list(_FORMS), choices=_FORMS)
    parser.add_argument("--keep", type=Path, help="a folder in which the copies are left")
    given = parser.parse_args()
    count = 0
    with tempfile.TemporaryDirectory() as scratch:
        if given.generate:
            generator = Path(__file__).parents[1] / "benchmarks" / "real_life.py"
            made = Path(scratch) / "made"
            words = [sys.executable, str(generator), "--count", str(given.generate), "--write", str(made)]
            subprocess.run(words, check=True, capture_output=True)
            given.folders.append(made)
        for form in given.forms:
            top = (given.keep or Path(scratch)) / form
            paths = list(_copies(given.folders, top, form))
            sys.stdout.write(f"{form}: {len(paths)} files: ")
            for fault in _faults(paths, top):
                count += 1
                sys.stdout.write(f"  {fault}\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
