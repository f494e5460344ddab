"""Numbers in the texts of others, as the programs that read them do."""

import re

_WHOLE = re.compile(r"[0-9]{1,18}")


def whole(text: str) -> int | None:
    """Return the whole number that a text is; None for what is none.

    Nor is it one in the digits of other scripts, or in more than 18, which is more than any engine takes.

    >>> whole("0080"), whole("-1"), whole("\u0661")
    (80, None, None)
    """
    return int(text) if _WHOLE.fullmatch(text) else None
