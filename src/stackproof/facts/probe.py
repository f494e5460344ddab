"""Take the facts of a container: one exec, nothing needed in the image but a shell."""

from importlib import resources

from stackproof.engine import engine
from stackproof.errors import CommandError, Unknown
from stackproof.facts.model import Facts
from stackproof.facts.parsing import parse

_SCRIPT = resources.files(__package__).joinpath("probe.sh").read_text(encoding="utf-8")


def probe(container: str, name: str) -> Facts:
    """Return the facts of a running container.

    Raises Unknown when it has no shell, is not running, or dies meanwhile.
    """
    try:
        # As root: /proc of other users' processes may be hidden from the image's user.
        text = engine.execute(container, ["sh", "-c", _SCRIPT], user="0:0").stdout
    except CommandError as error:
        msg = f"the facts of {name} cannot be read: {error}"
        raise Unknown(msg) from None
    return parse(text)
