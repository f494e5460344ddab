"""How the shell starts `stackproof`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_locale_without_utf8(tmp_path: Path) -> None:
    """A folder with letters of its own is named in the message as it is written."""
    folder = tmp_path / "stäck"
    folder.mkdir()
    script = folder / "run.py"
    script.write_text("from stackproof.cli.program import program\nprogram()\n")

    ended = subprocess.run(
        [sys.executable, str(script), "init"],
        cwd=folder,
        env=os.environ | PLAIN,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert f"no compose file in {folder}" in ended.stderr.decode()


@pytest.mark.parametrize("options", [["-X", "utf8=0"], ["-E", "-X", "utf8=0"], ["-I", "-X", "utf8=0"]])
def test_at_most_one_restart(tmp_path: Path, options: list[str]) -> None:
    """Where Python does not listen to PYTHONUTF8, the command runs all the same."""
    script = tmp_path / "run.py"
    script.write_text(
        "from pathlib import Path\n"
        "from stackproof.cli.program import program\n"
        "with (Path(__file__).parent / 'starts').open('a') as starts:\n"
        "    starts.write('start\\n')\n"
        "program()\n"
    )

    ended = subprocess.run(
        [sys.executable, *options, str(script), "--version"],
        cwd=tmp_path,
        env=os.environ | PLAIN,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("stackproof")
    assert len((tmp_path / "starts").read_text().splitlines()) <= 2


PRESSED = {
    "object": "late = type('Late', (), {'__del__': lambda self, pressed=pressed: pressed()})()",
    "atexit": "atexit.register(pressed)",
    "weakref": "weakref.finalize(os.environ, pressed)",
    "thread": "threading.Thread(target=lambda: (threading.main_thread().join(), pressed())).start()",
}


@pytest.mark.parametrize("late", PRESSED.values(), ids=PRESSED)
def test_ctrl_c_while_python_ends(tmp_path: Path, late: str) -> None:
    """The exit code of the command stays, and so do its words."""
    ended = program(
        tmp_path,
        "import atexit, functools, os, signal, threading, weakref\n"
        "from stackproof.cli import program\n"
        "pressed = functools.partial(os.kill, os.getpid(), signal.SIGINT)\n"
        "command = program.main\n"
        "def main():\n"
        "    global late\n"
        f"    {late}\n"
        "    command()\n"
        "program.main = main\n"
        "program.program()\n",
    )

    assert ended.returncode == 2, ended.stderr
    assert "no such option" in ended.stderr.lower()
    assert "Traceback" not in ended.stderr


def test_ctrl_c_while_a_command_is_ending(tmp_path: Path) -> None:
    """Outside of what ends commands in one message, it is one message all the same."""
    ended = program(
        tmp_path,
        "from stackproof.cli import program\n"
        "def main():\n    raise KeyboardInterrupt\n"
        "program.main = main\n"
        "program.program()\n",
    )

    assert (ended.returncode, ended.stderr) == (130, "error: interrupted\n")


def program(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run a program with an option that is none."""
    script = folder / "run.py"
    script.write_text(text)
    return subprocess.run(
        [sys.executable, str(script), "--no-such-option"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
