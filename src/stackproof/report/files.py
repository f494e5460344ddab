"""The files of a report folder: what writes each, and how a finished run is read again."""

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from stackproof.errors import UsageError
from stackproof.outcomes.model import Results
from stackproof.report import html, junit, results_json, sarif, summary
from stackproof.report.text import save

RESULTS = "results.json"
_WANTED = "name a results.json that `stackproof check` or `lint --report-dir` wrote"
INTERRUPTED = "interrupted"
FILES: dict[str, Callable[[Results], str]] = {
    "index.html": html.render,
    RESULTS: results_json.render,
    "junit.xml": junit.render,
    "results.sarif": sarif.render,
    "summary.md": summary.render,
}
"""What makes the text of each file."""
FORMATS = {
    "html": "index.html",
    "json": RESULTS,
    "junit": "junit.xml",
    "sarif": "results.sarif",
    "summary": "summary.md",
}


def write(results: Results, folder: Path, names: tuple[str, ...] = tuple(FILES)) -> list[Path]:
    """Write files of a report, all by default; return their paths.

    Each is made of what `results.json` holds, so that it can be made again from that byte for byte.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = results_json.render(results)
    held = Results.model_validate_json(told)
    for name in names:
        save(folder / name, told if name == RESULTS else FILES[name](held))
    return [folder / name for name in names]


def place(results: Results, folder: Path) -> Path:
    """Return where the files of a run go: one that was broken off never takes the place of a whole one."""
    return folder / INTERRUPTED if results.run.scope.interrupted and _holds_whole(folder) else folder


def _holds_whole(folder: Path) -> bool:
    """Whether there is a report that is worth keeping; one that we cannot read may be."""
    try:
        return not read(folder / RESULTS).run.scope.interrupted
    except UsageError:
        return (folder / RESULTS).exists()


def read(path: Path) -> Results:
    """Return a finished run.

    Raises UsageError for what is none, or one of another schema.
    """
    try:
        return results_json.read(path)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}\n  fix: {_near(path)}"
        raise UsageError(msg) from None
    except (ValidationError, UnicodeDecodeError) as error:
        why = _first(error) if isinstance(error, ValidationError) else str(error)
        msg = f"{path}: no results of stackproof that this version reads: {why}\n  fix: {_WANTED} (schema 1)"
        raise UsageError(msg) from None


def _near(path: Path) -> str:
    """Say what to name in place of what cannot be read."""
    inside = path / RESULTS
    return f"name the file in it: {inside}" if inside.is_file() else _WANTED


def unwritable(path: Path, error: OSError, what: str = "reports", option: str = "--report-dir") -> UsageError:
    """Return that something cannot be written; `option` is that which names another place."""
    why = error.strerror or error
    return UsageError(f"{what} cannot be written to {path}: {why}\n  fix: name another place with {option}")


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else str(first["msg"])
