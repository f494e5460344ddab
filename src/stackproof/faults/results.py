"""What a fault did to each service."""

from typing import NoReturn, TypeVar

from stackproof.errors import Unknown

Result = TypeVar("Result")


class ByService(dict[str, Result]):
    """Results by service. Asking for one that did not run, to which nothing was done, is Unknown."""

    def __missing__(self, service: str) -> NoReturn:
        """Say why there is no result."""
        msg = f"no container of {service} was running when the fault began, so nothing was seen"
        raise Unknown(msg)
