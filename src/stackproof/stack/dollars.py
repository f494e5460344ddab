"""The dollar signs that Compose would take for variables."""


def unescape(text: str) -> str:
    """Undo the `$$` with which Compose writes a literal dollar sign."""
    return text.replace("$$", "$")


def escape(text: str) -> str:
    """Write a text so that Compose reads it as it is."""
    return text.replace("$", "$$")
