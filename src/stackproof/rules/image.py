"""What a rule is told of an image."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from stackproof.errors import Unknown
from stackproof.facts import parsing

PASSWD = "/etc/passwd"  # noqa: S105 - the file of that name


class Image:
    """The image of one service, looked into when a rule asks; nothing of it is started."""

    def __init__(self, config: Mapping[str, Any], read: Callable[[str], bytes | None]) -> None:
        """`config` is that of its inspect data; `read` returns a file's bytes, None where there is none."""
        self._config = config
        self._read = read

    @property
    def user(self) -> str:
        """`USER` as the image has it; empty where it sets none, which is root."""
        return str(self._config.get("User") or "")

    @cached_property
    def users(self) -> dict[str, int]:
        """Numbers by name from its passwd file.

        Raises Unknown where it has none.
        """
        found = self._read(PASSWD)
        if found is None:
            msg = f"the image has no {PASSWD}"
            raise Unknown(msg)
        return parsing.users(found.decode(errors="replace"))
