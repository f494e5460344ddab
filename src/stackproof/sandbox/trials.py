"""One disturbance, several controls: it is performed once, and all are told the same."""

from collections.abc import Callable
from typing import Any, TypeVar

from stackproof.engine import steps
from stackproof.errors import EngineGoneError, StackproofError

Result = TypeVar("Result")
_JOURNALS = "journals of trials"


class Trials:
    """The disturbances of one sandbox."""

    def __init__(self, results: dict[str, Any], trouble: Callable[[], str]) -> None:
        """`trouble` says how the engine was lost, if it was: nobody can vouch for what was seen meanwhile."""
        # What a sandbox of this lane went through stays true when the sandbox is replaced; an error does not.
        self._results = results
        self._journals: dict[str, steps.Journal] = results.setdefault(_JOURNALS, {})
        self._errors: dict[str, StackproofError] = {}
        self._trouble = trouble

    def result(self, name: str, perform: Callable[[], Result]) -> Result:
        """Return what was seen, at the first call or now.

        Raises the same error at each call.
        """
        if name not in self._errors and name not in self._results:
            with steps.journal(name) as self._journals[name]:
                self._perform(name, perform)
        steps.rest_on(self._journals.get(name))
        if name in self._errors:
            raise self._errors[name]
        result: Result = self._results[name]
        return result

    def _perform(self, name: str, perform: Callable[[], Result]) -> None:
        try:
            found = perform()
            if trouble := self._trouble():
                raise EngineGoneError(trouble)
            self._results[name] = found
        except StackproofError as error:
            self._errors[name] = error.because(f"trial {name}")
            self._journals[name].error = str(error)
