"""What is said of a sandbox that did not come up, and of one that came up in part."""

from collections.abc import Container as Collection

from stackproof.errors import EngineGoneError, NotReadyError, StackError, StackproofError
from stackproof.isolation.outside_policy import Decision
from stackproof.sandbox import shortage
from stackproof.stack.stack import Stack


def in_our_words(stack: Stack, error: StackproofError, trouble: str, outside: Decision) -> StackproofError:
    """Return the error to raise, without secrets; `trouble` says how the engine was lost, if it was."""
    lack = shortage.explain(str(error))
    failed = error.whys if isinstance(error, NotReadyError) and not (trouble or lack) else ()
    hints = filter(None, map(outside.hint, failed))
    said = stack.redactor.text("\n".join((f"{stack}: {trouble or lack or error}", *hints)))
    if trouble:
        return EngineGoneError(said)
    if isinstance(error, NotReadyError) and not lack:
        return NotReadyError(dict.fromkeys(error.whys, said))
    return StackError(said)


def shortfalls(
    stack: Stack, error: NotReadyError, started: Collection[str], outside: Decision
) -> dict[str, str]:
    """Say why services are not ready: those that failed, and those that wait for them; by name.

    `started` are the services of which a container was started.
    """
    found: dict[str, str] = {}
    for failed, why in error.whys.items():
        told = "\n".join(filter(None, (why, outside.hint(failed))))
        found[failed] = stack.redactor.text(f"{stack}: {told}")
        for name in stack.model.waiting_for(failed, started=failed in started):
            words = f"{stack}: {name} was not started: it waits for {failed}, which is not ready"
            found.setdefault(name, words)
    return found
