"""Every output of every sample, byte for byte, so that a change of a report is seen in review.

After a change that is meant: STACKPROOF_UPDATE_GOLDEN=1 pytest tests/unit/report, then read the diff.
"""

import os
import pkgutil
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import stackproof.report
from stackproof.outcomes.model import Results
from stackproof.report import html, junit, results_json, sarif, summary, terminal

GOLDEN = Path(__file__).parent / "golden"
WIDTH = 100


def _html(results: Results) -> str:
    """The page without its style and script, whose every change would hide the others."""
    page = re.sub(r"(<(style|script)>).*?(</\2>)", r"\1...\3", html.render(results), flags=re.DOTALL)
    return re.sub(r"sha256-[\w+/=]+", "sha256-...", page)


FORMATS: dict[str, tuple[str, Callable[[Results], str]]] = {
    "html": ("html", _html),
    "junit": ("xml", junit.render),
    "results_json": ("json", results_json.render),
    "sarif": ("sarif", sarif.render),
    "summary": ("md", summary.render),
    "terminal": ("txt", lambda results: terminal.render(results, WIDTH, Path("reports/index.html"))),
}


@pytest.mark.parametrize("name", FORMATS)
def test_output_is_golden(name: str, sample: tuple[str, Results]) -> None:
    """Each format gives for each sample what its golden file says."""
    suffix, render = FORMATS[name]
    path = GOLDEN / f"{sample[0]}.{suffix}"
    text = render(sample[1])

    if os.environ.get("STACKPROOF_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_output_ignores_the_order_of_outcomes(name: str, sample: tuple[str, Results]) -> None:
    """Workers finish in any order; the report is the same."""
    _, render = FORMATS[name]
    results = sample[1]
    outcomes = list(results.outcomes)
    random.Random(7).shuffle(outcomes)  # noqa: S311 - not a secret, and the same each time

    assert render(results.model_copy(update={"outcomes": tuple(outcomes)})) == render(results)


def test_every_output_has_golden_files() -> None:
    """A module that renders and is missing from FORMATS would go untested."""
    folder = Path(stackproof.report.__path__[0])
    modules = {module.name for module in pkgutil.iter_modules([str(folder)]) if not module.ispkg}
    sources = {name: (folder / f"{name}.py").read_text("utf-8") for name in modules}

    assert {name for name, source in sources.items() if "\ndef render(" in source} == set(FORMATS)
