"""Build the documentation as a site, with a page for each control; a warning is an error.

Pages of controls are made here and not kept in the repository: they follow from what is, and two people who
add a rule would change the same list. `docs/controls.md` says the same to readers of the repository.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import control_pages
import controls_page

from stackproof.controls import catalogue

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = ROOT / "build" / "pages"
# Pages that stand elsewhere, by their address in the site.
OTHERS = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
# What pages show or link besides pages.
SHOWN = ("docs/report.png", "docs/terminal.svg", "examples/own-tests/test_mine.py")
_ONE = re.compile(r"\]\((?:\.\./)?(?:docs/)?controls\.md#([a-z0-9-]+)\)")
_LINK = re.compile(r"\]\((?![a-z]+:)([^)#]*)(#[^)]*)?\)")


def stage(folder: Path) -> None:
    """Write all that the site is made of into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for address, text in pages().items():
        path = folder / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in SHOWN:
        target = folder / name.removeprefix("docs/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)


def pages() -> dict[str, str]:
    """Return every page by its address."""
    found = {address: (ROOT / name).read_text() for address, name in OTHERS.items()}
    found |= {path.name: path.read_text() for path in sorted(DOCS.glob("*.md")) if path != controls_page.PAGE}
    found = {address: in_site(text) for address, text in found.items()}
    return {**found, **dict(_controls())}


def _controls() -> Iterator[tuple[str, str]]:
    yield "controls/index.md", control_pages.index()
    for entry in catalogue.entries().values():
        yield f"controls/{entry.control.id}.md", control_pages.single(entry)


def in_site(text: str) -> str:
    """Return a page of the repository with its links as the site has them.

    >>> in_site("[a](docs/ci.md) [b](../CONTRIBUTING.md) [c](controls.md#no-privileged)")
    '[a](ci.md) [b](contributing.md) [c](controls/no-privileged.md)'
    """
    return _LINK.sub(_moved, _ONE.sub(r"](controls/\1.md)", text))


def _moved(link: re.Match[str]) -> str:
    path = link.group(1).removeprefix("../").removeprefix("docs/")
    elsewhere = {name: address for address, name in OTHERS.items()} | {"controls.md": "controls/index.md"}
    return f"]({elsewhere.get(path, path)}{link.group(2) or ''})"


def main() -> int:
    """Write the pages, and make the site of them unless `--pages` is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, metavar="DIR", help="only write the pages there")
    only = parser.parse_args().pages
    stage(only or PAGES)
    if only:
        return 0
    zensical = Path(sys.executable).with_name("zensical")
    return subprocess.run([zensical, "build", "--clean", "--strict"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
