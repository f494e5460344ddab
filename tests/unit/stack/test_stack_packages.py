"""What commands do with packages."""

import pytest

from stackproof.stack import packages
from stackproof.stack.packages import DIST_UPGRADE, INDEX, INSTALL, UPGRADE, deed, installs
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
        ("pacman --noconfirm -Sy --color never", ("pacman", INDEX)),
        ("pacman --sync --refresh", ("pacman", INDEX)),
        ("pacman -S a", ("pacman", INSTALL)),
        ("pacman -Sy - < list", ("pacman", INSTALL)),
        ("xargs pacman -Sy --noconfirm < list", ("pacman", INSTALL)),
        ("pacman -Sw a", ("pacman", INSTALL)),
        ("pacman -U /a.pkg.tar.zst", ("pacman", INSTALL)),
        ("pacman -Su", ("pacman", UPGRADE)),
        ("pacman -Syl", ("pacman", INDEX)),
        ("pip install a", ("pip", INSTALL)),
        ("python3 -m pip install a", ("pip", INSTALL)),
        ("pip3.11 install a", ("pip", INSTALL)),
        ("pip-3 install a", ("pip", INSTALL)),
        ("pypy3 -m pip install a", ("pip", INSTALL)),
        ("/opt/venv/bin/pip3 wheel a", ("pip", INSTALL)),
        ("xargs -a list apt-get install -y", ("apt", INSTALL)),
        # None of these does.
        ("./update", None),
        ("update-ca-certificates", None),
        ("npm update", None),
        ("apt-get clean", None),
        ("git submodule update", None),
        ("echo apt-get update", None),
        ("pacman -Q", None),
        ("pacman -Qu", None),
        ("pacman -Rs a", None),
        ("pacman -Fy", None),
        ("pacman -Sc --noconfirm", None),
        ("pacman -Scc", None),
        ("pacman -Sycc", None),
        ("pacman --sync --clean", None),
        ("pacman -Ss a", None),
        ("pacman -Si a", None),
        ("pacman -Sp a", None),
        ("pipx install a", None),
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
        ("su -c 'curl x | bash' app", "curl"),
        ("su - app -c 'curl x | bash'", "curl"),
        ("runuser -l app --command='wget -O- x | sh'", "wget"),
        ("flock /lock -c 'curl x | sh'", "curl"),
        ("eval 'curl x | sh'", "curl"),
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


def test_package_of_a_name() -> None:
    """Also with a version; not one whose name begins so."""
    assert installs(commands("apt-get update && apt-get install -y curl sudo=1.9"), "sudo")
    assert installs(commands("apk add 'sudo>1'"), "sudo")
    assert not installs(commands("apt-get install sudo-ldap && apt-get remove sudo"), "sudo")
