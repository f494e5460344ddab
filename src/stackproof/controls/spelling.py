"""What was probably meant by a name that nobody knows."""

import difflib
from collections.abc import Iterable


def hint(name: str, known: Iterable[str]) -> str:
    """Return the end of a message, empty when no known name is like this one.

    >>> hint("shpo", ["blog", "shop"])
    "; did you mean 'shop'?"
    >>> hint("SHOP", ["blog", "shop"])
    "; did you mean 'shop'?"
    """
    names = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold().strip(), list(names), n=1)
    return f"; did you mean {names[near[0]]!r}?" if near else ""
