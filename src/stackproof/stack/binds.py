"""What a mounted path of the host is meant to be, by its name and by what is there."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from stackproof.stack import written_files
from stackproof.stack.mounts import Mount
from stackproof.stack.service import Service

# Endings of files that programs read when they start and do not write.
_READ = frozenset(
    {".conf", ".cfg", ".cnf", ".ini", ".toml", ".yml", ".yaml", ".properties", ".pem", ".crt", ".cer", ".key",
     ".htpasswd", ".rules", ".tmpl", ".template", ".sh", ".sql", ".lua", ".vcl"}
)  # fmt: skip
# Other endings that are those of files and of no folder.
_FILES = _READ | {
    ".json", ".xml", ".env", ".txt", ".log", ".db", ".sqlite", ".sqlite3", ".sock", ".js", ".ts", ".py",
    ".php", ".rb", ".html", ".css", ".md", ".gz", ".zip", ".jar", ".war",
}  # fmt: skip
# Names of files without an ending.
_NAMED = frozenset({"Caddyfile", "Corefile", "Dockerfile", "Makefile", "hosts", "localtime", "timezone"})
# Folders whose programs read them and write elsewhere, and what of the host says where it is.
_FOLDERS = (
    "/docker-entrypoint-initdb.d", "/etc/nginx", "/etc/haproxy", "/usr/local/etc/haproxy", "/etc/apache2",
    "/usr/local/apache2/conf", "/etc/ssl", "/run/secrets", "/etc/localtime", "/etc/timezone",
)  # fmt: skip


def is_only_read(mount: Mount, service: Service) -> bool:
    """Whether a service only has to read what it mounts, by names and commands alone."""
    target = PurePosixPath(mount.target)
    ends = (target, PurePosixPath(mount.source or ""))
    is_read = any(target.is_relative_to(folder) for folder in _FOLDERS) or all(
        end.suffix in _READ for end in ends
    )
    return is_read and not written_files.writes(service, mount.target)


def means_file(mount: Mount, source: str) -> bool:
    """Whether both ends of a mount have the name of a file."""
    return all(_is_of_file(PurePosixPath(path)) for path in (source, mount.target))


def mistaken(mount: Mount, source: str, written: Callable[[], str | None]) -> str:
    """Say why what is there is not of the kind that the mount means; empty where it is, or is not there.

    `written` returns the short form, in which a slash behind the target says that a folder is meant.
    Raises OSError for what cannot be looked at.
    """
    path = Path(source)
    if path.is_symlink() and not path.exists():
        return "is a link to nothing, in place of which no engine makes a folder"
    if path.is_dir() and means_file(mount, source):
        return f"is a folder, though {mount.target} is that of a file: an engine makes one where no file is"
    if path.is_file() and re.search(r":[^:$]*[^:/$]/(?::[\w,]+)?$", written() or ""):
        return f"is a file, though {mount.target}/ is a folder"
    return ""


def _is_of_file(path: PurePosixPath) -> bool:
    return path.suffix in _FILES or path.name in _NAMED
