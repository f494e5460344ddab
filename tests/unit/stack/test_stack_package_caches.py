"""What package managers leave behind."""

import pytest

from stackproof.stack.package_caches import MOST_WORDS, kept, turns_off_pip_cache
from stackproof.stack.shell_commands import commands

APT, CLEANED = "apt-get install a", "rm -rf /var/lib/apt/lists/*"


@pytest.mark.parametrize(
    ("script", "left"),
    [
        (APT, ["apt-get install"]),
        (f"{APT} && {CLEANED}", []),
        (f"{APT}; rm -rf /tmp/* /var/lib/apt/lists/* /var/tmp/*", []),
        (f"{APT} && rm -r /var/lib/apt/lists", []),
        (f"{APT} && rm -rf /var/lib/apt/", []),
        (f"{APT} && rm -rf /var/lib/apt/lists/*_*", []),
        (f"{APT} && rm -rf /var/lib/{{apt,dpkg,cache}}/", []),
        (f"{APT} && rm /var/lib/apt/lists/* -fr", []),
        (f"{APT} && cd /var/lib/apt && rm -rf lists", []),
        (f"{APT} && find /var/lib/apt/lists -type f -delete", []),
        (f"{APT} && find /var/lib/apt/lists -mindepth 1 -exec rm -rf {{}} +", []),
        (f"{APT} && apt-get dist-clean", []),
        (f"{APT} && apt distclean", []),
        (f"{APT} && sudo {CLEANED}", []),
        (f"sh -c '{APT} && {CLEANED}'", []),
        (f"clean() {{ {CLEANED}; }}; {APT} && clean", []),
        (f"{APT} && apt-get clean", ["apt-get install"]),
        (f"{APT} && rm -rf /var/lib/apt/lists/partial", ["apt-get install"]),
        (f"{APT} && rm -rf /var/lib/apt/lists.old /var/cache/apt", ["apt-get install"]),
        (f"{APT} && find / -name '*.pyc' -delete", ["apt-get install"]),
        (f"{APT} && find /var/lib/apt/lists -type f", ["apt-get install"]),
        (f"{APT} && echo {CLEANED}", ["apt-get install"]),
        (f"{CLEANED} && {APT}", ["apt-get install"]),
        (f"{APT} && {CLEANED} && apt-get update", ["apt-get update"]),
        ("xargs -a list apt-get install -y", ["apt-get install"]),
        ("apt-get update && apt-get upgrade -y", ["apt-get upgrade"]),
        ("apt-get update", []),
        ("apk add a", ["apk add"]),
        ("apk add --no-cache a", []),
        ("apk --no-cache add a", []),
        ("apk update && apk add a && rm -rf /var/cache/apk/*", []),
        ("apk update && apk add --no-cache a", ["apk update"]),
        ("apk add a && rm -rf /var/cache/*", []),
        ("apk add a && apk cache clean", []),
        ("apk upgrade", ["apk upgrade"]),
        ("yum install a", ["yum install"]),
        ("yum install a && yum -y clean all", []),
        ("dnf install a && rm -rf /var/cache/yum /var/cache/dnf", []),
        ("dnf5 install a && rm -rf /var/cache/libdnf5", []),
        ("yum update -y", ["yum update"]),
        ("zypper in a", ["zypper in"]),
        ("zypper in a && zypper clean -a", []),
        ("zypper in a && zypper cc", []),
        ("pacman -S a", ["pacman -S"]),
        ("pacman -S a && yes | pacman -Scc", []),
        ("pacman -S a && rm -rf /var/cache/pacman/pkg/*", []),
        # It asks, and the answer is no.
        ("pacman -S a && pacman -Scc", ["pacman -S"]),
        ("pacman -S a && yes | pacman -Scc --noconfirm", ["pacman -S"]),
        # What is installed stays.
        ("pacman -S a && yes | pacman -Sc", ["pacman -S"]),
        ("pip install a", ["pip install"]),
        ("pip3.11 install a", ["pip3.11 install"]),
        ("pip install --no-cache-dir a", []),
        ("python3.11 -m pip --no-cache-dir install a", []),
        ("pip install a && pip cache purge", []),
        ("pip install a && rm -rf ~/.cache/pip", []),
        ("pip install a && rm -rf /home/app/.cache", []),
        ('pip install a && rm -rf "$HOME/.cache/"', []),
        ("pip install a && rm -rf ~/.cache/yarn", ["pip install"]),
        ("PIP_NO_CACHE_DIR=1 pip install a", []),
        ("PIP_NO_CACHE_DIR=off pip install a", []),
        ("export PIP_NO_CACHE_DIR=0; pip install a", []),
        ("env PIP_NO_CACHE_DIR=no pip install a", []),
        ("PIP_NO_CACHE_DIR= pip install a", ["pip install"]),
        # What one manager is told is nothing to the other.
        ("apk add --no-cache a && pip install b", ["pip install"]),
        ("apk add a && pip install --no-cache-dir b", ["apk add"]),
        ("npm ci && opkg install a", []),
    ],
)
def test_what_is_kept(script: str, left: list[str]) -> None:
    """By the last that fetched, and the last that took away, each by its own manager."""
    assert list(kept(commands(script), script)) == left


def test_pip_that_keeps_nothing() -> None:
    """As an earlier step has set."""
    script = "apk add a && pip install b"

    assert list(kept(commands(script), script, pip_keeps_none=True)) == ["apk add"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[global]\nno-cache-dir = true\n", True),
        ("no-cache-dir=off", True),
        ("pip config set global.no-cache-dir false", True),
        ("pip install --no-cache-dir=1 a", False),
        ("PIP_NO_CACHE_DIR=1 pip install a", False),
        ("no-cache-dir =", False),
    ],
)
def test_settings_of_pip(text: str, *, expected: bool) -> None:
    """Those that hold for later steps, too; any value turns its cache off."""
    assert turns_off_pip_cache(text) is expected


@pytest.mark.parametrize(
    "word",
    ["{a,b}" * 40, "/x/" + "{a,b,c}/" * 20, "{" + "a," * 100_000 + "}", "{a,{b,{c,d}}}" * 20],
    ids=["pairs", "folders", "long", "nested"],
)
def test_words_with_many_braces(word: str) -> None:
    """A line of some hundred letters stands for more words than anybody has time for."""
    assert list(kept(commands(f"{APT} && rm -rf {word}"), "")) == ["apt-get install"]


def test_braces_up_to_the_limit() -> None:
    """What is named within them counts wherever it stands."""
    names = ",".join(f"x{number}" for number in range(MOST_WORDS - 1))

    assert list(kept(commands(f"{APT} && rm -rf /var/lib/{{{names},apt}}/lists"), "")) == []
