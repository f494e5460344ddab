"""How often rules fire on files as people write them: `rates.toml`, which `benchmarks/rates.py` writes."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_suffix(".toml")


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def rules() -> dict[str, tuple[int, int]]:
    """Return of each rule in how many files it fires, and how many it judges."""
    return {name: (fires, judged) for name, (fires, judged) in _read()["rules"].items()}


def told(control_id: str) -> str:
    """Return how often a control fires, in one sentence without a full stop; empty where nobody counted."""
    if control_id not in rules():
        return ""
    fires, judged = rules()[control_id]
    counted = f"{_read()['files']} generated real-life files ({_read()['date']})"
    if not judged:
        return f"it could judge none of {counted}, for it needs the image itself"
    return f"in {fires} of the {judged} that it judges ({fires / judged:.0%}), of {counted}"
