"""Steps of sandboxes, from workers to the terminal."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stackproof.sandbox.progress import Follower, Phase, Progress


def test_read_nothing(tmp_path: Path) -> None:
    """Before the first step there is no file."""
    assert Progress(tmp_path / "events.jsonl").read() == []


def test_say_and_read(tmp_path: Path) -> None:
    """Steps come back in their order, with what was not said left empty."""
    progress = Progress(tmp_path / "events.jsonl")
    progress.say("shop", "observe", "up ...")
    progress.say("shop", "observe", "ready", 1.5, "db")

    first, second = progress.read()

    assert (first["step"], first["seconds"], first["service"]) == ("up ...", None, "")
    assert (second["stack"], second["lane"], second["seconds"]) == ("shop", "observe", 1.5)
    assert first["at"] <= second["at"]


def test_names_with_line_breaks(tmp_path: Path) -> None:
    """One step is one line, whatever a stack is called."""
    progress = Progress(tmp_path / "events.jsonl")
    progress.say("sh\nop\u2028", "observe", "up")

    assert [phase["stack"] for phase in progress.read()] == ["sh\nop\u2028"]


def test_file_is_private(tmp_path: Path) -> None:
    """Like everything of a run."""
    Progress(tmp_path / "events.jsonl").say("shop", "observe", "up")

    assert stat.S_IMODE((tmp_path / "events.jsonl").stat().st_mode) == 0o600


def test_writers_do_not_tear_lines(tmp_path: Path) -> None:
    """Workers share the file."""
    progress = Progress(tmp_path / "events.jsonl")
    with ThreadPoolExecutor(8) as pool:
        for number in range(200):
            pool.submit(progress.say, "shop", "observe", str(number))

    assert {phase["step"] for phase in progress.read()} == {str(number) for number in range(200)}


def test_follower_shows_each_step_once(tmp_path: Path) -> None:
    """While it follows and at the end."""
    progress = Progress(tmp_path / "events.jsonl")
    shown: list[str] = []
    seen = threading.Event()

    def show(phase: Phase) -> None:
        shown.append(phase["step"])
        seen.set()

    follower = Follower(progress, show).start()
    progress.say("shop", "observe", "images")
    assert seen.wait(10)
    progress.say("shop", "observe", "up")
    follower.stop()

    assert shown == ["images", "up"]
