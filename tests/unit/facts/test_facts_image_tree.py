"""What stands out in the files of an image."""

import pytest

from stackproof.engine.files import Listed
from stackproof.facts.image_tree import stands_out, tree


@pytest.mark.parametrize(
    ("path", "clutter"),
    [
        ("/app/.git/HEAD", "/app/.git"),
        ("/app/.git/objects/aa/bb", "/app/.git"),
        ("/app/lib/.git", "/app/lib/.git"),
        ("/root/.cache/pip/x", "/root/.cache"),
        ("/app/.vscode/settings.json", "/app/.vscode"),
        ("/app/.DS_Store", "/app/.DS_Store"),
        ("/app/compose.yaml", "/app/compose.yaml"),
        ("/tmp/build/log/x", "/tmp/build"),  # noqa: S108
        ("/tmp/x", "/tmp"),  # noqa: S108
        ("/var/tmp/x/y", "/var/tmp"),  # noqa: S108
        ("/app/node_modules/a/.git/HEAD", ""),
        ("/usr/share/vim/.vimrc", ""),
        ("/usr/lib/python3/dist-packages/a/.gitignore", ""),
        ("/proc/self/.git/x", ""),
        ("/app/git/HEAD", ""),
        ("/app/main.py", ""),
    ],
)
def test_clutter(path: str, clutter: str) -> None:
    """The topmost of it, once; what is of a package is nobody's."""
    one = Listed(path=path, mode=0o644, regular=True)

    assert stands_out(one) is bool(clutter)
    assert tree(3, [one, one]).clutter == ((clutter,) if clutter else ())


def test_setid() -> None:
    """Files alone: a folder hands on its group, and a link has the mode of nothing."""
    entries = [
        Listed(path="/b", mode=0o4755, regular=True),
        Listed(path="/a", mode=0o2755, regular=True),
        Listed(path="/var/mail", mode=0o2775, regular=False),
        Listed(path="/c", mode=0o1777, regular=True),
    ]

    assert [stands_out(one) for one in entries] == [True, True, False, False]
    assert tree(9, entries).setid == ("/a", "/b")
    assert tree(9, entries).entries == 9
