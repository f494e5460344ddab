"""Programs that we run: inside a container, and in throw-away containers of ours beside it."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from docker.api import APIClient
from docker.errors import APIError

from stackproof.engine import api, steps
from stackproof.engine.command import SLOW, Completed, failure
from stackproof.engine.streams import Stream
from stackproof.errors import CommandError, RefusedError

# A program that the runtime could not start (sh(1)); the engine says so, or leaves it to its client.
_NOT_STARTED = 126
_CODE_WITHIN = 10.0  # seconds for the engine to take note of the end of what it ran
_EVERY = 0.01


def execute(  # noqa: PLR0913 - what a program is run with
    container: str,
    argv: Sequence[str],
    *,
    user: str | None,
    stdin: str | None,
    deadline: float,
    check: bool,
) -> Completed:
    """Run a program inside a container; see `engine.execute`."""
    words = ["docker", "exec", container, *argv]
    with steps.step(words, container) as asked:
        done = _execute(container, argv, words, user=user, stdin=stdin, deadline=deadline)
        asked.gave(done.stdout + done.stderr, done.code)
    if check and done.code != 0:
        raise failure(words, f"failed with exit code {done.code}", done.stderr or done.stdout)
    return done


def _execute(  # noqa: PLR0913 - what a program is run with
    container: str,
    argv: Sequence[str],
    words: Sequence[str],
    *,
    user: str | None,
    stdin: str | None,
    deadline: float,
) -> Completed:
    began = time.monotonic()
    try:
        return run_in(container, argv, words, user=user, stdin=stdin, deadline=deadline)
    except RefusedError as error:
        return Completed(
            code=_NOT_STARTED if "exec failed" in str(error) else 1,
            stdout="",
            stderr=f"Error response from daemon: {error}",
            seconds=time.monotonic() - began,
        )


def run_in(  # noqa: PLR0913 - what a program is run with
    container: str,
    argv: Sequence[str],
    words: Sequence[str],
    *,
    user: str | None,
    stdin: str | None = None,
    deadline: float,
) -> Completed:
    """Run a program inside a container; `words` are what it is called in messages, `deadline` is in seconds.

    Raises RefusedError when the engine does not start it, CommandError when it takes longer.
    """
    began = time.monotonic()
    made = _create(container, argv, user=user, interactive=stdin is not None)
    out, err = _run(made, words, stdin, deadline)
    code = _code(made)
    return Completed(
        code=code,
        stdout=out.decode(errors="replace"),
        stderr=err.decode(errors="replace"),
        seconds=time.monotonic() - began,
    )


def _create(container: str, argv: Sequence[str], *, user: str | None, interactive: bool) -> str:
    def ask(client: APIClient) -> dict[str, Any] | RefusedError:
        try:
            return client.exec_create(container, list(argv), stdin=interactive, user=user or "")
        except APIError as error:
            return RefusedError(str(error.explanation or error))

    made = api.ask(f"exec {container}", ask)
    if isinstance(made, RefusedError):
        raise made
    return str(made["Id"])


def _run(made: str, words: Sequence[str], stdin: str | None, deadline: float) -> tuple[bytes, bytes]:
    until = time.monotonic() + deadline
    with api.hijack(f"/exec/{made}/start", {"Detach": False, "Tty": False}) as stream:
        if stdin is not None:
            with suppress(BrokenPipeError):  # it ended, or its time did, without reading all of that
                stream.send(stdin.encode(), until)
                stream.end_input()
        try:
            return stream.rest(until)
        except TimeoutError as error:
            raise _too_late(words, deadline, error) from None


def _too_late(words: Sequence[str], deadline: float, error: TimeoutError) -> CommandError:
    said = error.args[0].decode(errors="replace") if error.args else ""
    return failure(words, f"gave no answer within {deadline:g} s", said)


def _code(made: str) -> int:
    """Return the exit code; a moment after the end of the output the engine has it."""
    until = time.monotonic() + _CODE_WITHIN
    while (state := api.ask("exec inspect", lambda client: client.exec_inspect(made)))["Running"]:
        if time.monotonic() > until:
            msg = f"the engine does not say how {made} ended, whose output has ended"
            raise CommandError(msg)
        time.sleep(_EVERY)
    return int(state["ExitCode"] or 0)


def shell_in(container: str, user: str | None = None) -> Stream:
    """Start `sh` in a container and return its streams; closing them ends it."""
    made = _create(container, ["sh"], user=user, interactive=True)
    return api.hijack(f"/exec/{made}/start", {"Detach": False, "Tty": False})


def create(
    image: str,
    argv: Sequence[str],
    own: Mapping[str, str],
    *,
    user: str = "",
    interactive: bool = False,
    **host: Any,  # noqa: ANN401 - the library's
) -> str:
    """Make a container of ours and return its id. `host` are fields of the library's host configuration."""

    def question(client: APIClient) -> dict[str, Any]:
        options = client.create_host_config(
            **{"network_mode": "none", "log_config": {"Type": "none"}, **host}
        )
        made: dict[str, Any] = client.create_container(
            image, list(argv), user=user, labels=dict(own), stdin_open=interactive, host_config=options
        )
        return made

    return str(api.ask("container create", question, SLOW)["Id"])


def start(container: str) -> None:
    """Start a container of ours. Raises CommandError when the engine does not."""
    api.ask("container start", lambda client: client.start(container), SLOW)


class Helper:
    """A throw-away container of ours, with streams that are open before it says a word."""

    def __init__(
        self,
        image: str,
        argv: Sequence[str],
        *,
        own: Mapping[str, str],
        lasting: bool = False,
        **host: Any,  # noqa: ANN401 - the library's
    ) -> None:
        """Start it as root; see `create`. A lasting one has an input, and removes itself when it has ended.

        Raises CommandError when the engine does not start it.
        """
        self._words = ["docker", "run", image, *argv]
        self.id = create(image, argv, own, user="0:0", interactive=lasting, auto_remove=lasting, **host)
        try:
            wanted = f"stream=1&stdin={int(lasting)}&stdout=1&stderr=1"
            self.stream = api.hijack(f"/containers/{self.id}/attach?{wanted}")
            start(self.id)
        except BaseException:
            self.remove()
            raise

    def output(self, deadline: float) -> str:
        """Return what it says on its standard output when it has ended well, and remove it.

        Raises CommandError when it fails, or takes longer than the deadline (seconds).
        """
        with steps.step(self._words) as asked:
            try:
                out, err = self.stream.rest(time.monotonic() + deadline)
                code = int(api.ask("container wait", lambda client: client.wait(self.id))["StatusCode"])
            except TimeoutError as error:
                raise _too_late(self._words, deadline, error) from None
            finally:
                self.remove()
            asked.gave(out + err, code)
        if code:
            said = (err or out).decode(errors="replace")
            raise failure(self._words, f"failed with exit code {code}", said)
        return out.decode(errors="replace")

    def ended(self, within: float) -> bool:
        """Give it some time (seconds) to end, and drop what it says meanwhile; say whether it did."""
        try:
            self.stream.rest(time.monotonic() + within)
        except TimeoutError:
            return False
        return True

    def remove(self) -> None:
        """Hang up, and see that it is gone."""
        if hasattr(self, "stream"):
            self.stream.close()
        api.remove("container", self.id)
