"""What commands do with packages."""

import pytest

from stackproof.stack import packages
from stackproof.stack.packages import DIST_UPGRADE, INDEX, INSTALL, UPGRADE, deed, installs, leaves_cache
from stackproof.stack.shell_commands import commands


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("apt-get -qq update", ("apt", INDEX)),
        ("apt-get -o Acquire::Retries=3 install -y a", ("apt", INSTALL)),
        ("sudo aptitude full-upgrade", ("apt", DIST_UPGRADE)),
        ("apt upgrade", ("apt", UPGRADE)),
        ("apt-get dist-upgrade", ("apt", DIST_UPGRADE)),
        ("apk update", ("apk", INDEX)),
        ("apk --no-cache add a", ("apk", INSTALL)),
        ("apk upgrade", ("apk", UPGRADE)),
        ("yum -y update", ("dnf", UPGRADE)),
        ("microdnf install a", ("dnf", INSTALL)),
        ("dnf makecache", ("dnf", INDEX)),
        ("dnf distro-sync", ("dnf", DIST_UPGRADE)),
        ("zypper ref", ("zypper", INDEX)),
        ("zypper --non-interactive in a", ("zypper", INSTALL)),
        ("zypper dup", ("zypper", DIST_UPGRADE)),
        ("pacman -Sy", ("pacman", INDEX)),
        ("pacman -Syu --noconfirm", ("pacman", UPGRADE)),
        ("pacman -S a", ("pacman", INSTALL)),
        ("pip install a", ("pip", INSTALL)),
        ("python3 -m pip install a", ("pip", INSTALL)),
        # None of these does.
        ("./update", None),
        ("update-ca-certificates", None),
        ("npm update", None),
        ("apt-get clean", None),
        ("git submodule update", None),
        ("echo apt-get update", None),
        ("pacman -Q", None),
        ("rm -rf /var/lib/apt/lists/update", None),
    ],
)
def test_deed(script: str, expected: tuple[str, str] | None) -> None:
    """By program and verb, not by a word in the line."""
    (command,) = commands(script)
    found = deed(command)

    assert (found and (found.manager, found.kind)) == expected


@pytest.mark.parametrize(
    ("script", "fetcher"),
    [
        ("curl -fsSL x | sh", "curl"),
        ("wget -O- x | bash -s -- -y", "wget"),
        ("curl x | sudo -E bash -", "curl"),
        ("curl x | bash -ex", "curl"),
        ("curl x | bash -o pipefail", "curl"),
        ("curl x | python3 -", "curl"),
        ("curl x | perl", "curl"),
        ("curl -sS x | php -- --install-dir=/usr/local/bin", "curl"),
        ("curl x | tee y | sh", "curl"),
        ("curl x | sh /dev/stdin -y", "curl"),
        ("curl x | gunzip | sh", "curl"),
        ("bash <(curl x)", "curl"),
        ('bash -c "$(wget -qO- x)" -- -y', "wget"),
        ('eval "$(curl x)"', "curl"),
        (". <(curl x)", "curl"),
        # What is read as data.
        ("curl x | sh script.sh", ""),
        ("curl x | sh -c 'cat > y'", ""),
        ("curl x | python3 -m json.tool", ""),
        ("curl x | python3 -c 'import sys'", ""),
        ("curl x | perl -pe s/a/b/", ""),
        ("curl x | node -e 1", ""),
        ("curl x | tar xz", ""),
        ("curl x | gpg --dearmor -o y", ""),
        ("curl x | sha256sum -c", ""),
        ("curl -o y x && sh y", ""),
        ('sh -c "echo $(curl x)"', ""),
        ("V=$(curl x) && make", ""),
        ("cat y | sh", ""),
    ],
)
def test_download_that_is_run(script: str, fetcher: str) -> None:
    """By whatever runs what it reads."""
    found = {packages.runs_a_download(command) for command in commands(script)}

    assert found - {""} == ({fetcher} - {""})


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("apt-get install --allow-unauthenticated a", "--allow-unauthenticated"),
        (
            "apt-get -o Acquire::AllowInsecureRepositories=true update",
            "Acquire::AllowInsecureRepositories=true",
        ),
        ("apk add --allow-untrusted a", "--allow-untrusted"),
        ("yum install --nogpgcheck a", "--nogpgcheck"),
        ("zypper --no-gpg-checks in a", "--no-gpg-checks"),
        ("pip install --trusted-host x a", "--trusted-host"),
        ("python -m pip install --trusted-host=x a", "--trusted-host=x"),
        ("curl -fsSkL x", "-fsSkL"),
        ("curl --insecure x", "--insecure"),
        ("wget --no-check-certificate x", "--no-check-certificate"),
        ("npm config set strict-ssl false", "strict-ssl=false"),
        ("git config --global http.sslVerify false", "http.sslVerify=false"),
        ("git -c http.sslVerify=false clone x", "http.sslVerify=false"),
        ("rpm -i --nosignature a", "--nosignature"),
        # None of these does.
        ("curl -okernel x", ""),
        ("curl -fsSLo k x", ""),
        ("curl -H k x", ""),
        ("curl --keepalive x", ""),
        ("sort -k 2", ""),
        ("pip install a", ""),
        ("apt-get install -y a", ""),
        ("npm config set registry x", ""),
    ],
)
def test_unverified(script: str, word: str) -> None:
    """By the option that says so."""
    (command,) = commands(script)

    assert packages.unverified(command) == word


def test_unverified_by_a_variable() -> None:
    """For all that runs after it."""
    assert packages.unverified_variable("NODE_TLS_REJECT_UNAUTHORIZED", "0")
    assert packages.unverified_variable("npm_config_strict_ssl", "false")
    assert packages.unverified_variable("PIP_TRUSTED_HOST", "example.test")
    assert not packages.unverified_variable("PIP_TRUSTED_HOST", "")
    assert not packages.unverified_variable("NODE_TLS_REJECT_UNAUTHORIZED", "1")
    assert not packages.unverified_variable("NODE_ENV", "0")


@pytest.mark.parametrize(
    ("manager", "script", "leaves"),
    [
        ("apt", "apt-get install a", True),
        ("apt", "apt-get install a && rm -rf /var/lib/apt/lists/*", False),
        ("apt", "apt-get install a; rm -rf /tmp/* /var/lib/apt/lists/* /var/tmp/*", False),
        ("apt", "apt-get install a && rm -r /var/lib/apt/lists", False),
        ("apt", "apt-get install a && rm -rf /var/lib/{apt,dpkg}/", False),
        ("apt", "apt-get install a && apt-get clean", True),
        ("apk", "apk add a", True),
        ("apk", "apk add --no-cache a", False),
        ("apk", "apk --no-cache add a", False),
        ("apk", "apk update && apk add a && rm -rf /var/cache/apk/*", False),
        ("dnf", "yum install a", True),
        ("dnf", "yum install a && yum -y clean all", False),
        ("dnf", "dnf install a && rm -rf /var/cache/yum /var/cache/dnf", False),
        ("zypper", "zypper in a && zypper clean -a", False),
        ("pacman", "pacman -S a && pacman -Scc", False),
        ("pip", "pip install a", True),
        ("pip", "pip install --no-cache-dir a", False),
        ("pip", "pip install a && pip cache purge", False),
        ("npm", "npm ci", False),
    ],
)
def test_cache(manager: str, script: str, *, leaves: bool) -> None:
    """It is taken away in the same script, or never made."""
    assert leaves_cache(manager, script) is leaves


def test_package_of_a_name() -> None:
    """Also with a version; not one whose name begins so."""
    assert installs(commands("apt-get update && apt-get install -y curl sudo=1.9"), "sudo")
    assert installs(commands("apk add 'sudo>1'"), "sudo")
    assert not installs(commands("apt-get install sudo-ldap && apt-get remove sudo"), "sudo")
