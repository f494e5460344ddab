"""One disturbance, several controls: it is performed once, and all are told the same."""

from collections.abc import Callable
from typing import Any, TypeVar

from stackproof.errors import EngineGoneError, StackproofError

Result = TypeVar("Result")


class Trials:
    """The disturbances of one sandbox."""

    def __init__(self, results: dict[str, Any], trouble: Callable[[], str]) -> None:
        """`trouble` says how the engine was lost, if it was: nobody can vouch for what was seen meanwhile."""
        # What a sandbox of this lane went through stays true when the sandbox is replaced; an error does not.
        self._results = results
        self._errors: dict[str, StackproofError] = {}
        self._trouble = trouble

    def result(self, name: str, perform: Callable[[], Result]) -> Result:
        """Return what was seen, at the first call or now.

        Raises the same error at each call.
        """
        if name in self._errors:
            raise self._errors[name]
        if name not in self._results:
            try:
                found = perform()
                if trouble := self._trouble():
                    raise EngineGoneError(trouble)
                self._results[name] = found
            except StackproofError as error:
                self._errors[name] = error.because(f"trial {name}")
                raise
        result: Result = self._results[name]
        return result
