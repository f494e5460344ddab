"""Places in files, with the models that the Compose of this machine makes of them."""

from pathlib import Path

import pytest
from tests import marked

from stackproof.engine.project import compose_version
from stackproof.errors import CommandError

CASES = sorted(marked.FOLDER.iterdir())
NEW = (2, 40)
"""The first version of which the keys in `newer` are known to be read."""


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_entries_of_all_kinds(folder: Path) -> None:
    """The recorded models are those of other days; here is the real one."""
    if folder.name == "newer" and tuple(map(int, compose_version().split(".")[:2])) < NEW:
        with pytest.raises(CommandError):  # it knows none of these keys; a newer one's model is recorded
            marked.resolved(folder)
        return

    assert marked.mistakes(folder, marked.resolved(folder)) == ([], set())
