"""What a fault did to each service."""

from collections.abc import Mapping
from typing import NoReturn, TypeVar

from stackproof.errors import Unknown

Result = TypeVar("Result")


class ByService(dict[str, Result]):
    """Results by service. Asking for one that has none raises why nothing was seen of it, an Unknown."""

    def __init__(self, results: Mapping[str, Result], unseen: Mapping[str, Unknown] | None = None) -> None:
        super().__init__(results)
        self._unseen = dict(unseen or {})

    def __missing__(self, service: str) -> NoReturn:
        """Say why there is no result."""
        if service in self._unseen:
            raise self._unseen[service]
        msg = f"no container of {service} was running when the fault began, so nothing was seen"
        raise Unknown(msg)
