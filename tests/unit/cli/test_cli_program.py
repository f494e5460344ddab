"""How the shell starts `stackproof`."""

import os
import subprocess
import sys
from pathlib import Path


def test_locale_without_utf8(tmp_path: Path) -> None:
    """A folder with letters of its own is named in the message as it is written."""
    folder = tmp_path / "stäck"
    folder.mkdir()
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    script = folder / "run.py"
    script.write_text("from stackproof.cli.program import program\nprogram()\n")

    ended = subprocess.run(
        [sys.executable, str(script), "init"],
        cwd=folder,
        env=os.environ | plain,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert f"no compose file in {folder}" in ended.stderr.decode()
