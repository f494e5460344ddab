"""Where the files of a SARIF run come from: the repositories around its stacks."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from stackproof.outcomes.model import RevisionInfo
from stackproof.report.text import clean
from stackproof.report.view import StackView

ROOT = "%SRCROOT%"
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
# `host:path` of git; around an IPv6 address, or a host with its port, there are brackets.
_SCP = re.compile(r"((?:[^/:@\[\]]+@)?\[[^\[\]/]+\]|[^/:]+):(.+)")
_PORT = re.compile(r"\[([^:]+:\d+)\]")
_DRIVE, _SHARE = re.compile(r"[a-zA-Z]:[\\/]"), re.compile(r"\\\\(?=[^\\/])")


def root(stacks: Iterable[StackView]) -> str:
    """Say where relative paths start: scanners look for them from the top of the repository.

    And why no version control is named, where none is.
    """
    found = [stack.info.revision for stack in stacks]
    known = [one for one in found if one]
    called = "where the command was called"
    if not known:
        return f"{called}; no version control is named, since git knows no repository around it"
    told = "the top of the repository"
    if len(known) < len(found):
        told += f"; of what lies in none, {called}"
    if not any(one.origin for one in known):
        told += "; no version control is named, since it has neither a remote `origin` nor a single other one"
    return told


def version_control(stacks: Iterable[StackView]) -> dict[str, Any]:
    """Name the commits. The standard wants where a repository comes from: nothing is said without that."""
    listed: list[dict[str, Any]] = []
    for stack in stacks:
        for one in _around(stack.info.revision):
            if one not in listed:
                listed.append(one)
    return {"versionControlProvenance": listed} if listed else {}


def _around(revision: RevisionInfo | None) -> Iterator[dict[str, Any]]:
    """Yield the repository of a stack, and those of which it is a submodule, as far as they are scanned."""
    whole = revision.scanned if revision else None
    while revision and whole:
        if revision.origin:
            below = posixpath.relpath(revision.root, whole.root) if revision.root and whole.root else "."
            yield {
                "repositoryUri": uri(revision),
                **({"revisionId": revision.commit} if revision.commit else {}),
                "mappedTo": {**({} if below == "." else {"uri": f"{quote(below)}/"}), "uriBaseId": ROOT},
            }
        revision = None if revision is whole else revision.superproject


def uri(revision: RevisionInfo) -> str:
    """Return where a repository comes from as an absolute URI.

    >>> uri(RevisionInfo(commit="", dirty=False, origin="git@git.example:a/b.git"))
    'ssh://git@git.example/a/b.git'
    >>> uri(RevisionInfo(commit="", dirty=False, origin="../b.git", root="/src/a"))
    'file:///src/b.git'
    """
    origin = clean(revision.origin)
    slashed = origin.replace("\\", "/")
    if _SCHEME.match(origin):
        return quote(origin, safe=":/@%?&=#~+,;[]")
    if _DRIVE.match(origin):
        return f"file:///{quote(slashed, safe='/:')}"
    if _SHARE.match(origin):
        return f"file:{quote(slashed)}"
    if scp := _SCP.fullmatch(origin):
        host = _PORT.sub(r"\1", scp[1])
        return f"ssh://{quote(host, safe='@[]:')}/{quote(scp[2].lstrip('/'))}"
    return f"file://{quote(posixpath.normpath(posixpath.join(revision.root or '/', origin)))}"
