"""What turns verification off."""

import pytest

from stackproof.stack.shell_commands import commands
from stackproof.stack.step_texts import StepText
from stackproof.stack.unverified import (
    unverified,
    unverified_assignment,
    unverified_setting,
    unverified_variable,
)


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("apt-get install --allow-unauthenticated a", "--allow-unauthenticated"),
        ("aptitude --allow-untrusted install a", "--allow-untrusted"),
        ("apt update --allow-weak-repositories", "--allow-weak-repositories"),
        (
            "apt-get -o Acquire::AllowInsecureRepositories=true update",
            "Acquire::AllowInsecureRepositories=true",
        ),
        ("apt-get -oAcquire::https::Verify-Peer=false update", "-oAcquire::https::Verify-Peer=false"),
        ("apt-get -o Acquire::https::Verify-Host::a.test=0 update", "Acquire::https::Verify-Host::a.test=0"),
        (
            "apt-get -o 'Acquire::https::a.test::Verify-Peer=no' update",
            "Acquire::https::a.test::Verify-Peer=no",
        ),
        ("apk add --allow-untrusted a", "--allow-untrusted"),
        ("yum install --nogpgcheck a", "--nogpgcheck"),
        ("dnf config-manager setopt a.gpgcheck=0", "a.gpgcheck=0"),
        ("dnf --setopt=sslverify=false install a", "--setopt=sslverify=false"),
        ("zypper --no-gpg-checks in a", "--no-gpg-checks"),
        ("zypper ar -G https://a.test a", "-G"),
        ("zypper ar --no-gpgcheck https://a.test a", "--no-gpgcheck"),
        ("zypper mr --gpgcheck-allow-unsigned-repo a", "--gpgcheck-allow-unsigned-repo"),
        ("pip install --trusted-host x a", "--trusted-host"),
        ("pip3.11 install --trusted-host x a", "--trusted-host"),
        ("python -m pip install --trusted-host=x a", "--trusted-host=x"),
        ("uv pip install --allow-insecure-host x a", "--allow-insecure-host"),
        ("curl -fsSkL x", "-fsSkL"),
        ("curl -o a -k x", "-k"),
        ("curl --insecure x", "--insecure"),
        ("curl -Lo a --insecure x", "--insecure"),
        ("wget --no-check-certificate x", "--no-check-certificate"),
        ("wget -e check_certificate=off x", "check_certificate=off"),
        ("npm install --strict-ssl=false", "--strict-ssl=false"),
        ("pnpm install --no-strict-ssl", "--no-strict-ssl"),
        ("npm config set strict-ssl false", "strict-ssl=false"),
        ("npm config set -g strict-ssl=false", "strict-ssl=false"),
        ("yarn config set enableStrictSsl false", "enableStrictSsl"),
        ("git config --global http.sslVerify false", "http.sslVerify=false"),
        ("git config --global http.https://a.test/.sslVerify no", "http.sslVerify=false"),
        ("git -c http.sslVerify=false clone x", "http.sslVerify=false"),
        ("pip3 config set global.trusted-host x", "trusted-host"),
        ("conda config --set ssl_verify false", "ssl_verify=false"),
        ("micromamba config --set ssl_verify no", "ssl_verify=false"),
        ("conda install --insecure a", "--insecure"),
        ("composer config -g -- disable-tls true", "disable-tls"),
        ("composer config --global secure-http false", "secure-http=false"),
        ("poetry config certificates.a.cert false", "certificates.cert=false"),
        ("bundle config set --global ssl_verify_mode 0", "ssl_verify_mode=0"),
        ("http --verify=no x", "--verify=no"),
        ("svn co --trust-server-cert --non-interactive x", "--trust-server-cert"),
        ("hg clone --insecure x", "--insecure"),
        ("go get -insecure x", "-insecure"),
        ("./mvnw -Dmaven.wagon.http.ssl.insecure=true package", "-Dmaven.wagon.http.ssl.insecure=true"),
        ("skopeo copy --src-tls-verify=false a b", "--src-tls-verify=false"),
        ("axel -k x", "-k"),
        ("rpm -i --nosignature a", "--nosignature"),
        # None of these does.
        ("apt-get -o Acquire::https::Verify-Peer=true update", ""),
        ("apt-get -o APT::Get::AllowUnauthenticated=false update", ""),
        ("zypper -g ar https://a.test a", ""),
        ("curl -okernel x", ""),
        ("curl -fsSLo k x", ""),
        ("curl -H k x", ""),
        ("curl -o -k x", ""),
        ("curl -L -H -k x", ""),
        ("curl --keepalive x", ""),
        ("sort -k 2", ""),
        ("pip install a", ""),
        ("apt-get install -y a", ""),
        ("npm config set registry x", ""),
        ("npm config set strict-ssl true", ""),
        ("go get -u x", ""),
        ("wget -k x", ""),
    ],
)
def test_commands(script: str, word: str) -> None:
    """By the option that says so."""
    (command,) = commands(script)

    assert unverified(command) == word


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
        ("npm_config_strict_ssl", "false"),
        ("PIP_TRUSTED_HOST", "example.test"),
        ("UV_INSECURE_HOST", "example.test"),
        ("YARN_ENABLE_STRICT_SSL", "0"),
        ("GIT_SSL_NO_VERIFY", "false"),
        ("GOINSECURE", "*"),
        ("GOSUMDB", "off"),
        ("GOFLAGS", "-mod=mod -insecure"),
        ("CONDA_SSL_VERIFY", "no"),
        ("BUNDLE_SSL_VERIFY_MODE", "0"),
        ("PERL_LWP_SSL_VERIFY_HOSTNAME", "0"),
        ("MAVEN_OPTS", "-Xmx1g -Dmaven.wagon.http.ssl.insecure=true"),
    ],
)
def test_variables(name: str, value: str) -> None:
    """For all that runs after it."""
    assert unverified_variable(name, value)
    assert unverified_assignment(f"export {name.upper()}='{value.rsplit(maxsplit=1)[-1]}'") == name.upper()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIP_TRUSTED_HOST", ""),
        ("PIP_TRUSTED_HOST", None),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "1"),
        ("NODE_ENV", "0"),
        ("GOSUMDB", "sum.golang.org"),
        ("GOFLAGS", "-mod=mod"),
        ("CONDA_SSL_VERIFY", "true"),
    ],
)
def test_variables_that_leave_it_on(name: str, value: str | None) -> None:
    """They say another thing, or nothing."""
    assert not unverified_variable(name, value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("deb [arch=amd64 trusted=yes] https://a.test ./", "trusted=yes"),
        ("deb [allow-insecure=yes] https://a.test ./", "allow-insecure=yes"),
        ("deb [allow-downgrade-to-insecure=yes] https://a.test ./", "allow-downgrade-to-insecure=yes"),
        ("Types: deb\nURIs: https://a.test\nTrusted: yes\n", "Trusted: yes"),
        ('Acquire::https::Verify-Peer "false";', "Verify-Peer"),
        ('Acquire::https::Verify-Host::a.test "0";', "Verify-Host"),
        ('Acquire { https { Verify-Peer "false"; } }', "Verify-Peer"),
        ('APT::Get::AllowUnauthenticated "true";', "AllowUnauthenticated"),
        ("Acquire::AllowInsecureRepositories true;", "AllowInsecureRepositories"),
        ('Acquire::AllowDowngradeToInsecureRepositories "1";', "AllowInsecureRepositories"),
        ("[a]\nbaseurl=https://a.test\ngpgcheck=0\n", "gpgcheck=0"),
        ("gpgcheck = False", "gpgcheck=0"),
        ("pkg_gpgcheck = off", "gpgcheck=0"),
        ("sslverify=false", "sslverify=0"),
        ("[a]\nSigLevel = Never\nServer = https://a.test\n", "SigLevel"),
        ("SigLevel = Optional TrustAll", "SigLevel"),
        ("[global]\ntrusted-host = a.test\n", "trusted-host"),
        ("--trusted-host a.test\nflask\n", "trusted-host"),
        ('allow-insecure-host = ["a.test"]', "allow-insecure-host"),
        ("strict-ssl=false", "strict-ssl=false"),
        ("strict-ssl false", "strict-ssl=false"),
        ("enableStrictSsl: false", "enableStrictSsl"),
        ("ssl_verify: false", "ssl_verify=false"),
        (":ssl_verify_mode: 0", "ssl_verify_mode=0"),
        ("check_certificate = off", "check_certificate=off"),
        ("[http]\n\tsslVerify = false\n", "sslverify=0"),
        # None of these does.
        ("deb [trusted=yes] file:/repo ./", ""),
        ("deb [signed-by=/a.gpg] https://a.test ./", ""),
        ("Trusted: no", ""),
        ('Acquire::https::Verify-Peer "true";', ""),
        ('APT::Get::AllowUnauthenticated "false";', ""),
        ("gpgcheck=1\nrepo_gpgcheck=0\n", ""),
        ("localpkg_gpgcheck=0", ""),
        ("[a]\nbaseurl=file:///repo\ngpgcheck=0\n", ""),
        ("[a]\nSigLevel = Optional TrustAll\nServer = file:///repo\n", ""),
        ("SigLevel = Required DatabaseOptional", ""),
        ("DatabaseNever", ""),
        ("strict-ssl=true", ""),
        ("insecure", ""),
    ],
)
def test_settings(said: str, words: str) -> None:
    """As the manual of each program writes them."""
    assert unverified_setting(StepText(said=said, into=("/etc/a",))) == words


@pytest.mark.parametrize("said", ["insecure", "--insecure", "-k", "silent\nproxy-insecure"])
def test_settings_of_curl(said: str) -> None:
    """They are words of their own in its file alone."""
    assert unverified_setting(StepText(said=said, into=("/root/.curlrc",))) == "insecure"
    assert unverified_setting(StepText(said=said, into=("/root/notes",))) == ""
