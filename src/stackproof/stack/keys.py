"""Paths of keys, by which every part of a compose file is named."""

KeyPath = tuple[str | int, ...]
"""Keys and indices from the top of a file, such as ("services", "db", "ports", 0)."""
