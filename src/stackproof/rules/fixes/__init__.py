"""Fixes of findings that have one right answer: pure functions from a place in a text to its edits.

A rule has one where no value is needed that only the author knows. `docs/fixes.md` says of the others of
compose-lint and dclint why there is none.
"""

from typing import Final

from stackproof.rules.fixes import running, style
from stackproof.rules.fixes.fixer import Effect, Fixer, Target
from stackproof.rules.fixes.text import Edit, NotFixable, Text, applied
from stackproof.rules.fixes.tree import Tree

__all__ = ["FIXERS", "Edit", "Effect", "Fixer", "NotFixable", "Target", "Text", "Tree", "applied"]

_OPTION: Final = Fixer(
    edits=running.without_option,
    effect=running.option_gone,
    changes="the engine's own profile is in force again",
    one_by_one=True,
)
FIXERS: Final[dict[str, Fixer]] = {
    "no-new-privileges": Fixer(
        edits=running.set_no_new_privileges,
        effect=running.switched_on,
        changes="programs with the setuid bit (sudo, ping of old) no longer gain anything by it",
    ),
    "seccomp-enabled": _OPTION,
    "apparmor-not-disabled": _OPTION,
    "selinux-not-disabled": _OPTION,
    "system-paths-masked": _OPTION,
    "logging-enabled": Fixer(
        edits=running.without_driver,
        effect=running.driver_gone,
        changes="logs are kept by the engine's own driver",
    ),
    "tmpfs-keeps-noexec": Fixer(
        edits=running.without_words,
        effect=running.words_gone,
        changes="nothing can be executed in the tmpfs, and setuid and devices do not count there",
    ),
    "ports-quoted": Fixer(edits=style.in_quotes),
    "volumes-unquoted": Fixer(edits=style.out_of_quotes),
    "service-ports-sorted": Fixer(edits=style.ports),
    "depends-on-sorted": Fixer(edits=style.dependencies),
    "service-keys-order": Fixer(edits=style.service_keys),
    "services-sorted": Fixer(edits=style.services),
    "top-level-order": Fixer(edits=style.top_level),
    # The last one: without it the comment about the key below would stand at the top, as one about the file.
    "no-version-field": Fixer(edits=style.version),
}
"""By rule, in the order in which they are made."""
