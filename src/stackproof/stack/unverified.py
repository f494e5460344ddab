"""What turns off the look at who made a package or a download. Pure.

Options, variables and settings are those of the manuals: apt.conf(5), sources.list(5), apt-secure(8), apk(8),
dnf.conf(5), zypper(8), pacman.conf(5), curl(1), wget(1), git-config(1), and of npm, yarn, pip, uv, go, conda,
Composer, Bundler and Maven.
"""

import re
from collections.abc import Iterator, Mapping

from stackproof.stack.packages import manager_of
from stackproof.stack.shell_commands import Command
from stackproof.stack.step_texts import StepText

_YES, _NO = r"\"?(?:true|yes|on|with|enable|1)\b", r"\"?(?:false|no|off|without|disable|0)\b"
_APT_ALLOWS = (
    r"(?:APT::Get::(?:AllowUnauthenticated|force-yes)"
    r"|Acquire::Allow(?:Insecure|Weak|DowngradeToInsecure)Repositories)"
)
_APT_VERIFIES = r"Acquire::https::(?:[\w.-]+::)?Verify-(?:Peer|Host)(?:::[\w.-]+)?"
# By program; `apt` is any of its kind.
_OPTIONS: dict[str, re.Pattern[str]] = {
    "apt": re.compile(
        r"--allow-unauthenticated|--force-yes|--allow-untrusted|--no-allow-secure.*"
        r"|--allow-(?:insecure|weak|downgrade-to-insecure)-repositories"
        rf"|(?:-o|--option=)?(?:{_APT_ALLOWS}={_YES}|{_APT_VERIFIES}={_NO})\"?;?",
        re.IGNORECASE,
    ),
    "apk": re.compile(r"--allow-untrusted|-U?--allow-untrusted"),
    "dnf": re.compile(
        r"--nogpgcheck|--no-gpgchecks?"
        r"|(?:--setopt=)?(?:\S+\.)?(?:(?:repo_|pkg_)?gpgcheck|sslverify)=(?:0|false|no|off)",
        re.IGNORECASE,
    ),
    "zypper": re.compile(
        r"--no-gpg-?checks?|-G|--allow-unsigned-rpm|--gpgcheck-allow-unsigned(?:-(?:repo|package))?"
    ),
    "pip": re.compile(r"--trusted-host(?:=.*)?"),
    "uv": re.compile(r"--(?:allow-insecure|trusted)-host(?:=.*)?"),
    "curl": re.compile(r"--insecure|--proxy-insecure|-[^-].*"),
    "wget": re.compile(r"--no-check-certificate|check[-_]?certificate ?= ?(?:off|0|no)"),
    "rpm": re.compile(r"--nosignature|--nodigest|--nofiledigest|--noverify"),
    "npm": re.compile(r"--no-strict-ssl|--strict-ssl=false"),
    "conda": re.compile(r"--insecure|-k"),
    "aria2c": re.compile(r"--check-certificate=false"),
    "axel": re.compile(r"--insecure|-k"),
    "http": re.compile(r"--verify=(?:no|false)", re.IGNORECASE),
    "git": re.compile(r"http\.(?:\S+\.)?sslVerify=(?:false|0|no|off)", re.IGNORECASE),
    "svn": re.compile(r"--trust-server-cert(?:-failures=.*)?"),
    "hg": re.compile(r"--insecure"),
    "go": re.compile(r"--?insecure"),
    "mvn": re.compile(
        r"-D(?:maven\.wagon\.http\.ssl\.insecure=true|aether\.connector\.https\.securityMode=insecure)"
    ),
    "skopeo": re.compile(r"--(?:src-|dest-)?tls-verify=false"),
}
# Programs with the options of another.
_ALIKE = {
    "pnpm": "npm", "yarn": "npm", "mamba": "conda", "micromamba": "conda", "https": "http", "mvnw": "mvn",
    "podman": "skopeo", "buildah": "skopeo",
}  # fmt: skip
# Options of curl whose value may look like one, and letters behind which the rest of the word is a value:
# `-okernel` asks for no `-k`.
_TAKES_A_VALUE = frozenset("AbcCdDeEFhHKmoPQrtTuUwxXyYz")
# Settings that a program is told to keep, by what is said of them.
_COMMANDS = {
    re.compile(r"(?:npm|pnpm|yarn) (?:c(?:onfig)? )?set (?:-\S+ )*strict-ssl[ =]false"): "strict-ssl=false",
    re.compile(r"yarn config set (?:-\S+ )*enablestrictssl (?:false|0)"): "enableStrictSsl",
    re.compile(r"git config .*http\.(?:\S+\.)?sslverify (?:false|0|no|off)"): "http.sslVerify=false",
    re.compile(r"pip[\d.]* config .*set \S*trusted-host"): "trusted-host",
    re.compile(r"(?:micro)?(?:mamba|conda) config .*--set ssl_verify (?:false|no)"): "ssl_verify=false",
    re.compile(r"composer (?:global )?config .*disable-tls (?:true|1)"): "disable-tls",
    re.compile(r"composer (?:global )?config .*secure-http (?:false|0)"): "secure-http=false",
    re.compile(r"poetry config certificates\.\S+\.cert false"): "certificates.cert=false",
    re.compile(r"bundle config .*ssl_verify_mode 0"): "ssl_verify_mode=0",
}
_ANY = re.compile(r".+", re.DOTALL)
_FALSE = re.compile(r"0|false|no|off", re.IGNORECASE)
# Variables that turn it off for all that runs.
_VARIABLES: Mapping[str, re.Pattern[str]] = {
    "NODE_TLS_REJECT_UNAUTHORIZED": re.compile("0"),
    "PYTHONHTTPSVERIFY": re.compile("0"),
    "GIT_SSL_NO_VERIFY": _ANY,
    "NPM_CONFIG_STRICT_SSL": re.compile("false", re.IGNORECASE),
    "YARN_STRICT_SSL": re.compile("false", re.IGNORECASE),
    "YARN_ENABLE_STRICT_SSL": _FALSE,
    "PIP_TRUSTED_HOST": _ANY,
    "UV_INSECURE_HOST": _ANY,
    "GOINSECURE": _ANY,
    "GOSUMDB": re.compile("off"),
    "GOFLAGS": re.compile(r"(?:.*\s)?--?insecure(?:=true)?(?:\s.*)?"),
    "CONDA_SSL_VERIFY": _FALSE,
    "BUNDLE_SSL_VERIFY_MODE": re.compile("0"),
    "PERL_LWP_SSL_VERIFY_HOSTNAME": re.compile("0"),
    "MAVEN_OPTS": re.compile(r".*-Dmaven\.wagon\.http\.ssl\.insecure=true.*"),
}
_ASSIGNED = re.compile(r"(?:^|(?<=[\s;&|(\"']))([A-Za-z_]\w*)=[\"']?([^\s\"';&|)]+)")
_M = re.MULTILINE | re.IGNORECASE
# Settings in files, with what is said of them. What is fetched from this machine nobody else decides.
_SETTINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\[[^\]\n]*\btrusted={_YES}(?![^\n]*\]\s*(?:file|copy|cdrom):)", _M), "trusted=yes"),
    (re.compile(rf"\[[^\]\n]*\b(?:allow-insecure|allow-weak)={_YES}", _M), "allow-insecure=yes"),
    (re.compile(rf"\[[^\]\n]*\ballow-downgrade-to-insecure={_YES}", _M), "allow-downgrade-to-insecure=yes"),
    (
        re.compile(rf"^[ \t]*(?:Trusted|Allow-(?:Insecure|Weak|Downgrade-To-Insecure)):\s*{_YES}", _M),
        "Trusted: yes",
    ),
    (re.compile(rf"\bVerify-Peer(?:::[\w.-]+)?\s+{_NO}", _M), "Verify-Peer"),
    (re.compile(rf"\bVerify-Host(?:::[\w.-]+)?\s+{_NO}", _M), "Verify-Host"),
    (re.compile(rf"\bAllowUnauthenticated\s+{_YES}", _M), "AllowUnauthenticated"),
    (
        re.compile(rf"\bAllow(?:Insecure|Weak|DowngradeToInsecure)Repositories\s+{_YES}", _M),
        "AllowInsecureRepositories",
    ),
    (re.compile(rf"(?<![\w-])(?:pkg_)?gpgcheck\s*=\s*{_NO}", _M), "gpgcheck=0"),
    (re.compile(rf"(?<![\w-])sslverify\s*=\s*{_NO}", _M), "sslverify=0"),
    (re.compile(r"^[ \t]*SigLevel\s*=.*(?:\b(?:Package)?Never\b|\bOptional\s+TrustAll\b)", _M), "SigLevel"),
    (re.compile(r"^[ \t]*(?:--)?trusted-host(?:\s*=|\s)\s*\S", _M), "trusted-host"),
    (re.compile(r"^[ \t]*allow-insecure-host\s*=\s*\[\s*\S", _M), "allow-insecure-host"),
    (re.compile(r"^[ \t]*\"?strict-ssl\"?(?:\s*=|\s)\s*\"?false", _M), "strict-ssl=false"),
    (re.compile(r"^[ \t]*enableStrictSsl:\s*false", _M), "enableStrictSsl"),
    (re.compile(r"^[ \t]*ssl_verify:\s*(?:false|no)\b", _M), "ssl_verify=false"),
    (re.compile(r"^[ \t]*:ssl_verify_mode:\s*0", _M), "ssl_verify_mode=0"),
    (re.compile(r"^[ \t]*check[-_]?certificate\s*=\s*(?:off|0|no)\b", _M), "check_certificate=off"),
)
# Where the name of the file must say whose setting it is.
_IN_FILES: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (
        re.compile(r"(?:^|/)[._]?curlrc$"),
        re.compile(r"^[ \t]*(?:(?:--)?(?:proxy-)?insecure|-k)\b", _M),
        "insecure",
    ),
)
_FROM_HERE = re.compile(r"^[ \t]*(?:baseurl\s*=\s*|Server\s*=\s*|URIs:\s*)(?:file|copy):", _M)


def unverified(command: Command) -> str:
    """Return the word of a command that turns verification off; empty for none."""
    name = _ALIKE.get(command.program, command.program)
    if pattern := _OPTIONS.get(manager_of(command) if manager_of(command) in _OPTIONS else name):
        words = _options_of_curl(command) if name == "curl" else command.words[1:]
        if word := next((word for word in words if pattern.fullmatch(word)), ""):
            return word
    said = " ".join((command.program, *command.words[1:])).lower()
    return next((words for each, words in _COMMANDS.items() if each.match(said)), "")


def unverified_assignment(script: str) -> str:
    """Return the variable that a script sets and that turns verification off; empty for none."""
    found = _ASSIGNED.findall(script)
    return next((name for name, value in found if unverified_variable(name, value)), "")


def unverified_variable(name: str, value: str | None) -> bool:
    """Whether a variable turns verification off."""
    pattern = _VARIABLES.get(name.upper())
    return pattern is not None and bool(pattern.fullmatch(value or ""))


def unverified_setting(text: StepText) -> str:
    """Return the setting by which a file that a step writes turns verification off; empty for none."""
    if _FROM_HERE.search(text.said) and "http" not in text.said:
        return ""
    for file, pattern, words in _IN_FILES:
        if any(file.search(path) for path in text.into) and pattern.search(text.said):
            return words
    return next((words for pattern, words in _SETTINGS if pattern.search(text.said)), "")


def _options_of_curl(command: Command) -> Iterator[str]:
    """Yield the words that may be `-k` among other letters, or a long option; not what others take."""
    taken = False
    for word in command.words[1:]:
        letters = "" if word.startswith("--") else word[1:]
        if word.startswith("-") and not taken:
            first = next((at for at, letter in enumerate(letters) if letter in _TAKES_A_VALUE), len(letters))
            taken = bool(letters) and first == len(letters) - 1
            if word.startswith("--") or "k" in letters[:first]:
                yield word
        else:
            taken = False
