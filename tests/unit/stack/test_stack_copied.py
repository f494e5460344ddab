"""What a build copies by which somebody logs in."""

from pathlib import Path

import pytest

from stackproof.stack.builds import Build
from stackproof.stack.copied import MOST_FILES, credentials
from stackproof.stack.dockerfile import Dockerfile, Stage, instructions

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n"
ALL = [".env", ".env.production", ".npmrc", "id_rsa", "config/master.key", ".ssh/id_rsa"]
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nabc\n"


def build(context: Path | None, ignored: str | None = None) -> Build:
    """Return a build whose files are copied from a folder."""
    ignore_file = None
    if context and ignored is not None:
        (ignore_file := context / ".dockerignore").write_text(ignored)
    stage = Stage(base="a", name="", number=0, line=1, instructions=())
    return Build(
        dockerfile=Dockerfile(stages=(stage,)),
        file="Dockerfile",
        lines=(),
        stage=stage,
        contexts={},
        context=context,
        ignore_file=ignore_file,
    )


def found(text: str, of: Build | None) -> list[tuple[str, str]]:
    """Return path and content of what an instruction takes."""
    (one,) = instructions(text)
    return [(each.path, each.holds) for each in credentials(one, of)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY id_rsa /root/.ssh/id_rsa", ["id_rsa"]),
        ("COPY --chown=app:app --chmod=600 ./id_rsa /x/", ["id_rsa"]),
        ('ADD ["id_rsa", "/x/"]', ["id_rsa"]),
        ("COPY deploy /root/.ssh/id_ed25519", ["deploy"]),
        ("COPY certs/server.key certs/server.pem certs/public.pem /etc/ssl/", ["certs/server.key"]),
        ("COPY certs/*.key /etc/ssl/", ["certs/server.key"]),
        ("COPY cer*/* /etc/ssl/", ["certs/server.key"]),
        ("COPY .env /app/", [".env"]),
        ("COPY .env* /app/", [".env", ".env.production"]),
        ("COPY env.txt /app/.env", ["env.txt"]),
        ("COPY . /app", ALL),
        ("COPY / /app", ALL),
        (
            "COPY ../.. /app",
            ALL,
        ),
        ("COPY .ssh /root/.ssh", [".ssh/id_rsa"]),
        ("COPY .npmrc package.json ./", [".npmrc"]),
        ("COPY config config", ["config/master.key"]),
        ("COPY config/master.key config/", ["config/master.key"]),
        ("COPY docker.json /root/.docker/config.json", ["docker.json"]),
        ("ONBUILD COPY .env /app/", [".env"]),
        # None of these.
        ("COPY --from=tools id_rsa /root/.ssh/id_rsa", []),
        ("COPY .env.example /app/.env", []),
        ("COPY src /app/src", []),
        ("COPY deploy /x/deploy", []),
        ("COPY env.txt /app/env.txt", []),
        ("COPY $FILES /app", []),
        ("COPY link.key /app/", []),
        ("COPY large.key /app/", []),
        ("COPY <<EOF /root/.ssh/id_rsa\nabc\nEOF", []),
        ("ADD https://example.test/id_rsa /x", []),
        ("COPY [!a /x", []),
        ("COPY", []),
        ("RUN cp id_rsa /root/.ssh/", []),
    ],
)
def test_files(tmp_path: Path, text: str, expected: list[str]) -> None:
    """They are read, by their own place or by the one that they get."""
    files = {
        "id_rsa": KEY,
        "deploy": KEY,
        ".ssh/id_rsa": KEY,
        "certs/server.key": KEY,
        "certs/server.pem": CERTIFICATE,
        "certs/public.pem": "-----BEGIN PUBLIC KEY-----\n",
        ".env": "PORT=80\nDB_PASSWORD=k3Y-of-ours\n",
        ".env.production": "API_TOKEN=k3Y-of-ours\n",
        ".env.local": "PORT=80\n",
        ".env.example": "DB_PASSWORD=\n",
        "env.txt": "DB_PASSWORD=k3Y-of-ours\n",
        ".npmrc": "//r.test/:_authToken=k3Y-of-ours\n",
        "config/master.key": "0123456789abcdef0123456789abcdef",
        "docker.json": '{"auths": {"r.test": {"auth": "bWU6azNZ"}}}',
        "src/main.py": "",
        "large.key": KEY + "x" * 100_000,
    }
    for name, content in files.items():
        (file := tmp_path / name).parent.mkdir(exist_ok=True)
        file.write_text(content)
    (tmp_path / "link.key").symlink_to(tmp_path / "id_rsa")

    assert [path for path, _holds in found(text, build(tmp_path))] == expected


@pytest.mark.parametrize(
    ("ignored", "text", "expected"),
    [
        (".env", "COPY . /app", []),
        ("# all\n\n*\n!src\n", "COPY . /app", []),
        ("**/.env*\r\n", "COPY . /app", []),
        (".git\n*.pyc\n", "COPY . /app", [".env"]),
        (".env*\n!.env\n", "COPY . /app", [".env"]),
        ("/.env/", "COPY . /app", []),
        ("", "COPY --exclude=.env . /app", []),
        ("", "COPY --exclude=*.pyc . /app", [".env"]),
        # What is no pattern leaves nothing out, and keeps no other line from it.
        ("a[z-a]b\n", "COPY . /app", [".env"]),
        ("a[z-a]b\n.env\n", "COPY . /app", []),
        (".env\n![z-a]\n", "COPY . /app", []),
        ("**/[9-0]/*\n.env\n", "COPY . /app", []),
        ("[.]env\n", "COPY . /app", []),
        ("[\n[]\n[!]\n[^]\n", "COPY . /app", [".env"]),
        (".env\n", "COPY --exclude=[z-a] . /app", []),
        ("", "COPY --exclude=[z-a] . /app", [".env"]),
        ("", "COPY .env [z-a]* /app/", [".env"]),
    ],
)
def test_ignored(tmp_path: Path, ignored: str, text: str, expected: list[str]) -> None:
    """What the builder does not get is in no image."""
    (tmp_path / ".env").write_text("DB_PASSWORD=k3Y-of-ours\n")

    assert [path for path, _holds in found(text, build(tmp_path, ignored))] == expected


@pytest.mark.parametrize("of", [None, build(None), build(Path("/nowhere/at/all"))])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY id_rsa /root/.ssh/id_rsa", [("id_rsa", "a private key")]),
        ("COPY file:0123abc in /root/.ssh/id_ed25519", [("root/.ssh/id_ed25519", "a private key")]),
        ("ADD .netrc /root/", [(".netrc", "a credential")]),
        ("COPY id_rsa.pub /root/.ssh/", []),
        ("COPY .npmrc .env server.key ./", []),
        ("COPY . /app", []),
    ],
)
def test_by_name(of: Build | None, text: str, expected: list[tuple[str, str]]) -> None:
    """Where nobody can look, a name that says enough counts."""
    assert found(text, of) == expected


def test_many_files(tmp_path: Path) -> None:
    """A pattern that means thousands of them does not take for ever."""
    for number in range(MOST_FILES + 50):
        (tmp_path / f"{number}.key").write_text(KEY)

    assert len(found("COPY *.key /x/", build(tmp_path))) == MOST_FILES
