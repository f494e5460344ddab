"""Where a repository shows a line of a file, and the command that asks one control again."""

import os
import re
import shlex
from pathlib import PurePosixPath
from urllib.parse import quote

from stackproof.outcomes.model import StackInfo
from stackproof.report.text import one_line

# By the name of the host: how its pages name a commit, a file and a line.
_PATHS = {
    "github": "blob/{commit}/{path}#L{line}",
    "gitlab": "-/blob/{commit}/{path}#L{line}",
    "gitea": "src/commit/{commit}/{path}#L{line}",
    "codeberg": "src/commit/{commit}/{path}#L{line}",
    "forgejo": "src/commit/{commit}/{path}#L{line}",
    "bitbucket": "src/{commit}/{path}#lines-{line}",
}
_ORIGIN = re.compile(
    r"(?:https://|ssh://(?:[\w.-]+@)?|[\w.-]+@)([\w.-]+)(?::\d+)?[:/]([\w./~-]+?)(?:\.git)?/?"
)
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


def source_link(info: StackInfo, file: str | None, line: int | None) -> str:
    """Return the address of a line of a file of a stack, at the commit that was proven.

    Empty without a commit or a host that is known, and for what lies outside of the repository. `file` is
    relative to the stack's folder.
    """
    revision = info.revision
    if revision is None or file is None or line is None or not info.sources:
        return ""
    origin, commit = _ORIGIN.fullmatch(revision.origin), _COMMIT.fullmatch(revision.commit)
    path = _in_repository(info, file, revision.root)
    if origin is None or commit is None or not path:
        return ""
    host, project = origin.groups()
    shape = next((shape for name, shape in _PATHS.items() if name in host), None)
    if shape is None:
        return ""
    return (
        f"https://{host}/{project.strip('/')}/{shape.format(commit=commit[0], path=quote(path), line=line)}"
    )


def _in_repository(info: StackInfo, file: str, root: str) -> str:
    """Return the path of a file in its repository, by those that the report names in full."""
    sources = (PurePosixPath(source.path) for source in info.sources)
    named = [
        path for path in sources if PurePosixPath(file).parts == path.parts[-len(PurePosixPath(file).parts) :]
    ]
    if len(named) != 1:
        return ""
    path = named[0]
    if path.is_absolute():
        return str(path.relative_to(root)) if root and path.is_relative_to(root) else ""
    return "" if ".." in path.parts else str(path)


def repeat_command(info: StackInfo) -> str:
    """Return the command that asks one control of a stack again, whose id it ends with; empty without files.

    >>> repeat_command(StackInfo(name="shop", files=("a b.yml", "c.yml"), services=()))
    "stackproof check 'a b.yml:c.yml' --select "
    """
    files = one_line(os.pathsep.join(info.files))
    return f"stackproof check {shlex.quote(files)} --select " if info.files else ""
