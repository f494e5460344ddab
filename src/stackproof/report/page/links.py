"""Where a repository shows a line of a file, where a control is documented, and what asks it again."""

import os
import posixpath
import re
import shlex
from urllib.parse import quote

from stackproof.controls import documentation
from stackproof.outcomes.model import RevisionInfo, StackInfo
from stackproof.report.entry import in_repository
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


def address(text: str) -> str:
    """Return an address that may be linked to, from a file that anybody may have written; empty for none."""
    return text if documentation.is_address(text) else ""


def source_link(info: StackInfo, file: str | None, line: int | None) -> str:
    """Return the address of a line of a file of a stack, at the commit that was proven.

    Empty without a commit or a host that is known, for what lies outside of the repository, and for what is
    neither a compose file nor the contract: it may not be in the commit. `file` is relative to the stack's
    folder.
    """
    revision = info.revision
    if revision is None or file is None or line is None:
        return ""
    origin, commit = _ORIGIN.fullmatch(revision.origin), _COMMIT.fullmatch(revision.commit)
    path = _committed(info, revision, file)
    if origin is None or commit is None or not path:
        return ""
    host, project = origin.groups()
    shape = next((shape for name, shape in _PATHS.items() if name in host), None)
    if shape is None:
        return ""
    return (
        f"https://{host}/{project.strip('/')}/{shape.format(commit=commit[0], path=quote(path), line=line)}"
    )


def _committed(info: StackInfo, revision: RevisionInfo, file: str) -> str:
    """Return the path of a source of the stack in its repository; empty for any other file."""
    path = info.path_of(file)
    if path not in {posixpath.normpath(source.path) for source in info.sources}:
        return ""
    found = in_repository(revision, path)
    return "" if found.startswith(("/", "../")) else found


def repeat_command(info: StackInfo) -> str:
    """Return the command that asks one control of a stack again, whose id it ends with; empty without files.

    >>> repeat_command(StackInfo(name="shop", files=("a b.yml", "c.yml"), services=()))
    "stackproof check 'a b.yml:c.yml' --select "
    """
    files = one_line(os.pathsep.join(info.files))
    return f"stackproof check {shlex.quote(files)} --select " if info.files else ""
