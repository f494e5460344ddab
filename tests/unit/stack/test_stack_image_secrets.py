"""Secrets that images keep."""

import pytest

from stackproof.stack.credential_files import FOLDER_FILES, HOME_FILES, HOST_KEYS, of_file
from stackproof.stack.dockerfile import instruction_of, instructions
from stackproof.stack.image_commands import commands_of
from stackproof.stack.image_history import instruction
from stackproof.stack.image_secrets import SECRET, WEAK, of_script, of_variable, of_words

KEY = b"-----BEGIN RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DB_PASSWORD", "k3Y-of-ours", SECRET),
        ("API_TOKEN", "k3Y-of-ours", SECRET),
        ("DATABASE_URL", "postgres://app:k3Y@db/app", SECRET),
        ("DATABASE_URL", "postgres://app:app@db/app", WEAK),
        ("DB_PASSWORD", "password", WEAK),
        ("REDIS_PASSWORD", "redis", WEAK),
        ("ANYTHING", "AKIA2E0A8F3B244C9986", SECRET),
        # The keys of AWS' documentation, which all the world has, and a few for MinIO's.
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", WEAK),
        ("ANYTHING", "AKIAIOSFODNN7EXAMPLE", ""),
        ("ANYTHING", "ASIAIOSFODNN7EXAMPLE", ""),
        ("OPTIONS", "--api-key=a1b2c3d4e5f6g7h8", SECRET),
        ("JAVA_OPTS", "-Xmx1g -Djavax.net.ssl.trustStorePassword=k3Y-of-ours", SECRET),
        ("JAVA_OPTS", "-Djavax.net.ssl.trustStorePassword=changeit", ""),
        ("MYSQL_DSN", "app:k3Y-of-ours@tcp(db)/app", SECRET),
        ("DATABASE", "app:app@tcp(db)/app", WEAK),
        ("OPTIONS", "--password=secret", WEAK),
        ("MYSQL_DSN", "app@tcp(db)/app", ""),
        ("SENTRY_DSN", "https://0123456789abcdef0123456789abcdef@o1.ingest.example.com/1", ""),
        ("GOOGLE_APPLICATION_CREDENTIALS", "config/sa.json", ""),
        # None of these.
        ("DB_PASSWORD", "", ""),
        ("DB_PASSWORD", None, ""),
        ("DB_PASSWORD", "$DB_PASSWORD", ""),
        ("DB_PASSWORD", "{{ password }}", ""),
        ("DB_PASSWORD", "changeme", ""),
        ("DB_PASSWORD", "your-password-here", ""),
        ("DB_PASSWORD", "<password>", ""),
        ("SECRET_KEY", "build-time-only", ""),
        ("API_TOKEN", "example-token", ""),
        ("API_KEY", "test_key", ""),
        ("API_KEY", "sample-api-k3Y", SECRET),
        ("DB_PASSWORD", "test", WEAK),
        ("DB_PASSWORD_FILE", "/run/secrets/db", ""),
        ("ALLOW_EMPTY_PASSWORD", "yes", ""),
        ("GPG_KEY", "7169605F62C751356D054A26A821E680E5FA6305", ""),
        ("GPG_KEYS", "1198C0117593497A5EC5C199286AF1F9897469DC", ""),
        ("NGINX_GPGKEY", "573BFD6B3D8FBC641079A6ABABF5BD827BD9BF62", ""),
        ("TINI_KEY", "6380DC428747F6C393FEACA59A84159D7001A4E5", ""),
        ("KEYS", "6380DC428747F6C393FEACA59A84159D7001A4E5 0x573BFD6B3D8FBC641079A6ABABF5BD827BD9BF62", ""),
        ("RELEASE_MANAGER_KEY", "0xA15703C6", ""),
        ("TINI_KEY", "6380dc428747f6c393feaca59a84159d7001a4e5", SECRET),
        ("API_KEY", "6380DC428747F6C393FEACA59A84159D7001A4E5", SECRET),
        ("DB_PASSWORD", "6380DC428747F6C393FEACA59A84159D7001A4E5", SECRET),
        ("SECRET_KEY_BASE", "precompile_placeholder", ""),
        ("SECRET_KEY_BASE", "mydummyword", SECRET),
        ("PHP_SHA256", "a1b2c3d4e5f6g7h8", ""),
        ("REPO_PUBLIC_KEY", "a1b2c3d4e5f6g7h8", ""),
        ("KEYBOARD", "a1b2c3d4e5f6g7h8", ""),
        ("PATH", "/usr/local/bin:/usr/bin", ""),
        ("TOKEN_TTL", "3600", ""),
    ],
)
def test_variables(name: str, value: str | None, expected: str) -> None:
    """By what they are called and what they hold."""
    assert of_variable(name, value, [name]) == expected


def test_half_of_a_pair_is_a_name() -> None:
    """Beside a secret key an access key says who; alone it is one."""
    assert of_variable("S3_ACCESS_KEY", "k3Y-of-ours", ["S3_ACCESS_KEY", "S3_SECRET_KEY"]) == ""
    assert of_variable("S3_ACCESS_KEY", "k3Y-of-ours", ["S3_ACCESS_KEY"]) == SECRET


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("git clone https://me:k3Y@example.test/a", "a URL with its password"),
        ("curl -H 'Authorization: Bearer k3Y-of-ours' x", "a header that logs in"),
        ("aws configure set x AKIA2E0A8F3B244C9986", "a token or a private key"),
        ("echo '-----BEGIN EC PRIVATE KEY-----' > k", "a token or a private key"),
        ("npm config set //r.test/:_authToken k3Y-of-ours", "a credential that a program is told"),
        ("aws configure set aws_secret_access_key k3Y-of-ours", "a credential that a program is told"),
        ("echo 'root:k3Y' | chpasswd", "the password of an account"),
        # None of these.
        ("echo //r.test/:_authToken=${NPM_TOKEN} > .npmrc", ""),
        ("echo root:$PASSWORD | chpasswd", ""),
        ("echo 'https://${TOKEN}:x-oauth-basic@github.com/' > a", ""),
        ("git clone https://me:${TOKEN}@example.test/a", ""),
        ("git clone https://me:$(cat /run/secrets/t)@example.test/a", ""),
        ('curl -H "Authorization: Bearer $TOKEN" x', ""),
        ("SECRET_KEY=dummy make", ""),
        ("SECRET_KEY=not-needed-here make", ""),
        ("gpg --recv-keys 7169605F62C751356D054A26A821E680E5FA6305", ""),
        ("make SHA256=a1b2c3d4e5f6g7h8", ""),
        ("curl https://example.test/a", ""),
    ],
)
def test_scripts(script: str, expected: str) -> None:
    """What is fetched when they run is nothing."""
    shown = of_script(script)
    assert (shown.words if shown else "") == expected


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("echo root:root | chpasswd", WEAK),
        ("echo 'app:changeme' | sudo chpasswd", WEAK),
        ("echo root:toor | chpasswd; echo app:k3Y | /usr/sbin/chpasswd", SECRET),
        ("DATABASE_URL=postgres://postgres:postgres@localhost/a rake assets:precompile", WEAK),
        ("git clone https://app:app@code.test/a.git", WEAK),
        ("curl https://app:app@example.test/a && curl https://app:k3Y@example.test/a", SECRET),
        ("curl -H 'Authorization: Bearer password' x", WEAK),
        ("npm config set //r.test/:_authToken password", WEAK),
    ],
)
def test_weak_in_scripts(script: str, kind: str) -> None:
    """What everybody tries first is told apart, unless there is something else beside it."""
    shown = of_script(script)
    assert shown is not None
    assert shown.kind == kind


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        (".ssh/id_rsa", KEY, "a private key"),
        (".ssh/id_rsa", b"ssh-rsa AAAA", ""),
        (".aws/credentials", b"[default]\naws_secret_access_key = abc\n", "a credential"),
        (".aws/credentials", b"[default]\nregion = a\n", ""),
        (".netrc", b"machine a login b password c\n", "a credential"),
        (".netrc", b"machine a\n", ""),
        (".git-credentials", b"https://me:k3Y@example.test\n", "a credential"),
        (".git-credentials", b"", ""),
        (".pgpass", b"db:5432:app:app:k3Y\n", "a credential"),
        (".pgpass", b"# db:5432:app:app:k3Y\n", ""),
        (".pypirc", b"[pypi]\npassword = k3Y\n", "a credential"),
        (".pypirc", b"[pypi]\nusername = me\n", ""),
        (".kube/config", b"users:\n- user:\n    token: abc\n", "a credential"),
        (".kube/config", b"clusters: []\n", ""),
        (".npmrc", b"//r.test/:_authToken=k3Y\n", "a credential"),
        (".npmrc", b"_auth = bWU=\n", "a credential"),
        (".npmrc", b"//r.test/:_authToken=${TOKEN}\n", ""),
        (".npmrc", b"# _auth = bWU=\nsave-exact=true\n", ""),
        (".docker/config.json", b'{"auths": {"r.test": {"auth": "bWU="}}}', "a credential"),
        (".docker/config.json", b'{"auths": {"r.test": {}}, "credsStore": "x"}', ""),
        (".docker/config.json", b"[]", ""),
        (".docker/config.json", b"{", ""),
        (".env", b"DB_PASSWORD=k3Y-of-ours\n", "the value of DB_PASSWORD"),
        (".env", b"# DB_PASSWORD=k3Y-of-ours\nDB_PASSWORD=\n", ""),
        ("config/master.key", b"0123456789abcdef0123456789abcdef\n", "a key"),
        ("config/master.key", b"soon", ""),
        ("id_rsa", KEY, "a private key"),
        ("ssh_host_rsa_key", KEY, "a private key"),
    ],
)
def test_files(path: str, content: bytes, expected: str) -> None:
    """By what is in them: a file that logs in nowhere is none."""
    assert of_file(f"/root/{path}", content) == expected


def test_every_file_that_is_looked_for_is_known() -> None:
    """Empty ones hold nothing, and none is forgotten above."""
    assert {of_file(f"/x/{name}", b"") for name in (*HOME_FILES, *FOLDER_FILES)} == {""}
    assert {of_file(name, KEY) for name in HOST_KEYS} == {"a private key"}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("export API_KEY=a1b2c3d4e5f6g7h8; make", [("the value of API_KEY", SECRET)]),
        ("API_KEY='a1b2c3d4e5f6g7h8' make", [("the value of API_KEY", SECRET)]),
        ("PASSWORD=hunter2x ./install.sh", [("the value of PASSWORD", SECRET)]),
        ("htpasswd -bc /f admin hunter2x", [("the password of htpasswd admin", SECRET)]),
        ("mysql -uroot -proot", [("the value of -p of mysql for root", WEAK)]),
        (
            "mysql -uapp -papp && mysql -uroot -phunter2x",
            [("the value of -p of mysql for app", WEAK), ("the value of -p of mysql for root", SECRET)],
        ),
        ("docker login -u token -p banana", [("the value of -p of docker login for token", SECRET)]),
        # None of these.
        ("SECRET_KEY=abc make", []),
        ("SECRET_KEY=build-only-not-a-real-secret make", []),
        ("DB_PASSWORD=x SECRET_KEY=1 make", []),
        ("DB_PASSWORD=changeme make", []),
        ("GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305 make", []),
        ("TINI_KEY=6380DC428747F6C393FEACA59A84159D7001A4E5 make", []),
        ("keytool -importcert -cacerts -storepass changeit", []),
        ("docker login -u me -p %PASSWORD%", []),
    ],
)
def test_words_of_builds(script: str, expected: list[tuple[str, str]]) -> None:
    """A build is often given any word for what it only looks whether it is there."""
    assert [(one.words, one.kind) for one in of_words([script], builds=True)] == expected


def test_any_word_is_one_for_what_runs() -> None:
    """A container uses it."""
    assert [one.kind for one in of_words(["SECRET_KEY=collect exec app"])] == [SECRET]


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("RUN", "make x", [["make x"]]),
        ("RUN", '["make", "x"]', [["make", "x"]]),
        ("CMD", "exec app", [["exec app"]]),
        ("ENTRYPOINT", '["app"]', [["app"]]),
        ("HEALTHCHECK", "--interval=5s --retries=3 CMD curl x", [["curl x"]]),
        ("HEALTHCHECK", '--interval=5s cmd ["curl", "x"]', [["curl", "x"]]),
        ("HEALTHCHECK", "NONE", []),
        ("ONBUILD", "RUN make x", [["make x"]]),
        ("COPY", "a b", []),
        ("ENV", "A=b", []),
    ],
)
def test_what_an_instruction_runs(keyword: str, value: str, expected: list[list[str]]) -> None:
    """A script is one word."""
    assert list(commands_of(instruction_of(keyword, value, 1))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN <<EOF\nmake x\nEOF\n", [["make x\n"]]),
        ("RUN sh <<EOF\nmake x\nEOF\n", [["sh\nmake x\n"]]),
        ("RUN cat <<EOF > /f\nx\nEOF\n", [["cat  > /f"], ["x\n"]]),
        ("COPY <<a <<b /d/\nx\na\ny\nb\n", [["x\n"], ["y\n"]]),
    ],
)
def test_texts_within_an_instruction(text: str, expected: list[list[str]]) -> None:
    """Each is read once, whether a shell reads it or a file has it."""
    (one,) = instructions(text)

    assert list(commands_of(one)) == expected


def test_a_health_check_in_a_history() -> None:
    """The builder's own language prints its list, without commas."""
    told = 'HEALTHCHECK &{["CMD-SHELL" "curl \\"x\\" || exit 1"] "30s" "5s" "0s" "0s" \'\\x03\'}'
    one = instruction(told)

    assert one is not None
    assert list(commands_of(one)) == [["CMD-SHELL", 'curl "x" || exit 1']]
