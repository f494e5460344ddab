"""The examples of docs/contract.md: each key of the schema has one that is right and one that is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract_keys import examples, keys, said_of

from stackproof.stack import schema

ROOT = Path(__file__).parents[3]
EXAMPLES = examples()


def test_each_key_of_the_schema_is_explained_and_has_examples() -> None:
    """Whoever adds a key says what it means, and shows it (`tests/contract_keys.yml`)."""
    found = list(keys(json.loads(schema.text())))

    assert [key.path for key in found] == list(EXAMPLES)
    assert not [key.path for key in found if not key.schema.get("description")]


@pytest.mark.parametrize("path", EXAMPLES)
def test_right_example_is_accepted_and_wrong_one_refused_with_its_line(path: str) -> None:
    """What the page shows is what is said."""
    assert said_of(EXAMPLES[path]["good"]) == ""
    assert said_of(EXAMPLES[path]["bad"]).startswith("stackproof.yml:")
    assert path.partition(".")[0] in EXAMPLES[path]["good"]


def test_page_is_up_to_date() -> None:
    """`make docs` was run after the contract changed."""
    script = ROOT / "scripts" / "contract_page.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
