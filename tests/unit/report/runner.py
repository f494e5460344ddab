"""What GitHub's runner obeys of what a step prints: its two parsers and the word that stops them.

After actions/runner, src/Runner.Common/ActionCommand.cs (TryParseV2, TryParse) and ActionCommandManager.cs.
"""

COMMANDS = frozenset(
    {
        "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
        "remove-matcher", "save-state", "set-env", "set-output", "warning", "internal-set-repo-path",
        "stop-commands",
    }
)  # fmt: skip


def obeyed(output: str) -> list[str]:
    """Return the lines that it takes for commands, without those that switch it off and on."""
    found, stopped = [], ""
    for line in output.replace("\r", "\n").split("\n"):
        command = _second(line) or _first(line)
        if stopped:
            if line.strip() == f"::{stopped}::":
                stopped = ""
        elif command == "stop-commands" and line.strip().startswith("::stop-commands::"):
            stopped = line.strip().removeprefix("::stop-commands::")
        elif command in COMMANDS:
            found.append(line)
    return found


def _second(line: str) -> str:
    """`::name key=value::text`, after any blanks."""
    trimmed = line.lstrip()
    end = trimmed.find("::", 2)
    if not trimmed.startswith("::") or end < 0:
        return ""
    name = trimmed[2:end].split(" ", 1)[0].lower()
    return name if name in COMMANDS else ""


def _first(line: str) -> str:
    """`##[name key=value]text`, anywhere."""
    begin = line.find("##[")
    end = line.find("]", begin)
    if begin < 0 or end < 0:
        return ""
    name = line[begin + 3 : end].split(" ", 1)[0].lower()
    return name if name in COMMANDS else ""
