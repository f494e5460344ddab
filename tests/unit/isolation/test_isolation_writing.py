"""What a sandbox's file holds is what YAML reads in it."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from stackproof.isolation.writing import written

TEXTS = ["", "plain", "$$", "ü ☃", "😀🚀", "\x7f", "a\nb\r\t", "\u2028\u0085\ufeff", r"\ud83d\ude00",
         r"\\ud83d\ude00", "\\😀", "\U0010ffff", '"', "\x01"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_texts(text: str) -> None:
    """Compose reads the file as YAML, in any locale."""
    file: dict[str, Any] = {"services": {text: {"environment": {"A": text}}}}
    found = written(file)

    assert found.isascii()
    assert YAML(typ="safe", pure=True).load(found) == file
