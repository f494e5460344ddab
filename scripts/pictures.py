"""Make the README's pictures of a finished run: docs/report.png (needs chromium) and docs/terminal.svg.

Of a run that found something, such as one of a stack of `stacks/` without its contract:

    .venv/bin/pytest --stack=stacks/flask-postgres-redis --no-contract tests/infra tests/http
    .venv/bin/python scripts/pictures.py reports/results.json
"""

import argparse
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from stackproof.outcomes.model import Results
from stackproof.report import files, terminal

DOCS = Path(__file__).parents[1] / "docs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COLUMNS = 110
WITHIN = 120.0  # seconds for a browser to start and draw, on a busy machine
# Fonts from others' servers: whoever looks at the picture shall ask nobody for them.
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def of_terminal(results: Results, report: Path) -> str:
    """Return what the terminal shows at the end of a run, in colours, as SVG."""
    shown = terminal.render(results, COLUMNS, report, colour=True)
    console = Console(record=True, file=StringIO(), width=COLUMNS, color_system="standard")
    console.print(Text.from_ansi(shown.strip("\n")))
    return _FONTS.sub("", console.export_svg(title="stackproof check"))


def of_page(results: Results, picture: Path, width: int, height: int) -> None:
    """Draw the top of the page, as a browser shows it.

    Raises FileNotFoundError where there is no browser, CalledProcessError where it draws nothing.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        msg = f"no browser: {', '.join(BROWSERS)}"
        raise FileNotFoundError(msg)
    with TemporaryDirectory() as folder:
        (page,) = files.write(results, Path(folder), ("index.html",))
        words = ["--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        # Its own sandbox cannot be had by root; the page is ours and runs without a network.
        words += ["--no-sandbox", "--force-device-scale-factor=1", f"--window-size={width},{height}"]
        subprocess.run(
            [browser, *words, f"--screenshot={picture}", page.as_uri()],
            check=True, capture_output=True, timeout=WITHIN,
        )  # fmt: skip


def main() -> int:
    """Write both pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, metavar="RESULTS.JSON")
    parser.add_argument("--folder", type=Path, default=DOCS)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1000)
    given = parser.parse_args()
    results = files.read(given.results)
    (given.folder / "terminal.svg").write_text(of_terminal(results, Path("reports/index.html")))
    of_page(results, (given.folder / "report.png").absolute(), given.width, given.height)
    return 0


if __name__ == "__main__":
    sys.exit(main())
