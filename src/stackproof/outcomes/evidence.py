"""Measured facts behind an outcome."""

from typing import Any


class Evidence:
    """Measured facts behind an outcome, shown in every report, whatever the outcome."""

    def __init__(self, store: dict[str, Any] | None) -> None:
        """Note facts in `store`; without one nobody reads them."""
        self._store = store

    def __call__(self, **facts: Any) -> None:  # noqa: ANN401 - JSON-like
        """Note facts by name; underscores become spaces."""
        if self._store is not None:
            self._store.update({name.replace("_", " "): value for name, value in facts.items()})
