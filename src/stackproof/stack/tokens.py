"""Tokens, keys and URLs that are a credential by their own form, whatever they are called. Pure.

Forms are those that services publish for scanners of secrets, or show in their documentation. What only shows
that something is alive is none: whoever has the address of a ping (hc-ping.com, Uptime Kuma) learns nothing.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

# A shorter text holds none of them.
_SHORTEST: Final = 20
# Letters of which a token has more: those of documentation are one letter, or two.
_FEWEST_LETTERS: Final = 7
_BEGINS: Final = r"(?<![A-Za-z0-9_])"
_ENDS: Final = r"(?![A-Za-z0-9_])"
# Most texts have no word as long as that, which is seen at once.
_LONG: Final = re.compile(r"[\w-]{16}|-----BEGIN ")
# Not the key of AWS' own documentation, which is no secret, though some have it as a word of MinIO's.
# Of clouds, hosts and registries; of code, issues and stores of secrets; of money, mail and chats; of models
# and figures.
_TOKENS: Final = r"""
    (?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}
    ya29\.[\w-]{20,} GOCSPX-[\w-]{28} do[opr]_v1_[a-f0-9]{64} sbp_[a-f0-9]{40}
    nfp_\w{36} dckr_[po]at_[\w-]{27} npm_[A-Za-z0-9]{36} pypi-AgEI[\w-]{50,} rubygems_[a-f0-9]{48}
    pscale_(?:pw|tkn)_[\w.-]{32,} tskey-(?:auth|api|client)-\w{8,}-\w{16,} fo1_[\w-]{40,}

    gh[pousr]_[A-Za-z0-9]{36} github_pat_\w{60,} gl(?:pat|rt|dt|ptt|soat|agent|ft)-[\w-]{20,}
    GR1348941[\w-]{20} ATATT3xFfGF0[\w=-]{60,} ATBB[A-Za-z0-9]{32} lin_api_[A-Za-z0-9]{40}
    ntn_[A-Za-z0-9]{40,} figd_[\w-]{40,} hv[sbr]\.[\w-]{24,} dp\.(?:pt|st|sa|ct)\.[\w.]{40,}
    ops_eyJ[\w-]{60,} AGE-SECRET-KEY-1[0-9A-Z]{58}

    [sr]k_live_[A-Za-z0-9]{20,} whsec_[A-Za-z0-9+/]{32,} shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}
    SG\.[\w-]{22}\.[\w-]{43} xox[abeprs]-[A-Za-z0-9-]{10,} xapp-\d-[A-Z0-9]{8,}-\d{8,}-[a-f0-9]{40,}
    \d{8,10}:AA[\w-]{33} [MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,38}

    sk-ant-[\w-]{20,} sk-(?:proj|svcacct|admin)-[\w-]{40,} sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}
    sk-or-v1-[a-f0-9]{64} gsk_[A-Za-z0-9]{52} xai-[A-Za-z0-9]{70,} hf_[A-Za-z0-9]{34} r8_[A-Za-z0-9]{37}
    pplx-[A-Za-z0-9]{48} glsa_\w{32}_\w{8} glc_[\w+/=]{50,} NRAK-[A-Z0-9]{27} phx_[A-Za-z0-9]{40,}
    sntry[su]_[\w+/=-]{40,} PMAK-[a-f0-9]{24}-[a-f0-9]{34}
"""
_TOKEN: Final = re.compile(
    rf"{_BEGINS}(?:{'|'.join(_TOKENS.split())}){_ENDS}"
    r"|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d"
)
# Keys that browsers have, too: of maps, and JSON web tokens of those who may only read. Their headers are
# names, their claims may be many; each has an end, so that a text of beginnings takes no square time.
_OF_BROWSERS: Final = re.compile(
    rf"{_BEGINS}(?:AIza[\w-]{{35}}|eyJ[\w-]{{15,1000}}\.eyJ[\w-]{{15,4000}}\.[\w-]{{20,}}){_ENDS}"
)
_TOLD_TO_BROWSERS: Final = re.compile(
    r"(?:next_public|nuxt_public|vite|react_app|expo_public|vue_app|gatsby|public)_", re.IGNORECASE
)
# Those of temporary credentials are long. All that is open ends somewhere, or at what begins the next URL.
_QUERY: Final = r"[\w.-]+(?::\d+)?/[^\s?]{0,500}\?[^\s?]{0,3000}?(?<=[?&])"
# Behind `://`: whoever has the URL may send, read or call. One group, which is the secret part.
_URLS: Final = (
    # Chats.
    r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/\w+/\w+/(?:\d+/)?([A-Za-z0-9]{20,})",
    r"(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{15,20}/([\w-]{60,})",
    r"[\w.-]+\.webhook\.office\.com/webhookb2/[^/\s]+/IncomingWebhook/(\w{32})",
    r"outlook\.office(?:365)?\.com/webhook/[^/\s]+/IncomingWebhook/(\w{32})",
    r"api\.telegram\.org/(?:file/)?bot(\d{8,10}:[\w-]{35})",
    r"chat\.googleapis\.com/v1/spaces/[^\s?]{1,500}\?[^\s?]{0,500}?token=([\w%-]{20,})",
    r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/([0-9a-f-]{36})",
    r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([0-9a-f-]{36})",
    r"sctapi\.ftqq\.com/(SCT\w{20,})\.send",
    r"api\.day\.app/(\w{22})(?![\w.])",
    # Mattermost and Rocket.Chat on hosts of their own.
    r"[\w.:-]+/hooks/([a-z0-9]{26})(?!\w)",
    r"[\w.:-]+/hooks/[A-Za-z0-9]{17,24}/([A-Za-z0-9]{40,})",
    # What starts something, or takes logs.
    r"hooks\.zapier\.com/hooks/catch/\d+/(\w{6,})",
    r"hook\.(?:[a-z0-9]+\.)?(?:make|integromat)\.com/([a-z0-9]{30,})",
    r"maker\.ifttt\.com/[^\s:?]{1,200}?/key/([\w-]{20,})",
    r"events\.pagerduty\.com/integration/([0-9a-f]{32})/",
    r"alert\.victorops\.com/integrations/\w+/\d+/alert/([0-9a-f-]{36})",
    r"logs-\d+\.loggly\.com/\w+/([0-9a-f-]{36})",
    r"\w+\.collection\.[\w.-]*sumologic\.com/receiver/v1/http/([\w=-]{40,})",
    r"freedns\.afraid\.org/dynamic/update\.php\?(\w{20,})",
    r"(?:v6\.)?sync\.afraid\.org/u/(\w{20,})",
    r"[\w.:-]+/api/webhook/(?=[\w-]{0,200}\d)([\w-]{30,})",
    # What is signed for whoever has it: of Azure, and of S3.
    rf"{_QUERY}(?:sig=([\w%-]{{20,}})|X-Amz-Signature=([0-9a-f]{{64}}))",
)
# Addresses of chains, with the key of an account in them.
_OF_CHAINS: Final = (
    r"[\w.-]+\.infura\.io/(?:ws/)?v3/([0-9a-f]{32})",
    r"[\w.-]+\.g\.alchemy\.com/v2/([\w-]{32})",
    r"[\w.-]+\.quiknode\.pro/([0-9a-f]{40})",
    r"rpc\.ankr\.com/[\w/]+/([0-9a-f]{64})",
)
# How Shoutrrr and Apprise write where they send to, whole.
_NOTIFIERS: Final = (
    r"discord://([\w-]{60,})@\d{15,20}",
    r"discord://(?:[^/\s@]+@)?\d{15,20}/([\w-]{60,})",
    r"slack://(?:[^/\s@]+@)?\w{9,}/\w{9,}/([A-Za-z0-9]{20,})",
    r"(?:tgram|telegram)://(\d{8,10}:[\w-]{35})",
    r"gotifys?://[\w.:-]+/(?:[\w-]+/)*(A[\w.-]{14})(?![\w.-])",
    r"mmosts?://[\w.:@-]+/([a-z0-9]{26})",
    r"(?:rocketchats?|rockets?)://[\w.:@-]+/\w{17,24}/(\w{40,})",
    r"ifttt://([\w-]{20,})@",
)


def held(name: str, text: str) -> Iterator[str]:
    """Yield the credentials in a value, by its form.

    Not those of browsers where `name` says that they are told them, nor the half of a key pair that is an id.

    >>> list(held("REPO", "https://hooks.slack.com/services/T0/B0/aB3dE6gH9jK2mN5pQ8sT"))
    ['aB3dE6gH9jK2mN5pQ8sT']
    """
    if len(text) < _SHORTEST:
        return
    told = _TOLD_TO_BROWSERS.match(name) is not None
    if "://" in text:
        yield from _in_urls(text, told=told)
    if not _LONG.search(text):
        return
    if not name.lower().endswith("_id"):  # half of a key pair has the form of one: AWS_ACCESS_KEY_ID
        yield from (hit[0] for hit in _TOKEN.finditer(text))
    if not told:
        yield from (hit[0] for hit in _OF_BROWSERS.finditer(text))


def holds_token(text: str) -> bool:
    """Whether a text has a private key in it, or a token by the form that a service gives it.

    >>> holds_token("glpat-" + "a" * 20), holds_token("glpat-short")
    (True, False)
    """
    return bool(_LONG.search(text)) and bool(_TOKEN.search(text) or _OF_BROWSERS.search(text))


def secrets_of_urls(text: str) -> list[str]:
    """Return the secret parts of URLs by which one may send, read or call.

    >>> secrets_of_urls("https://discord.com/api/webhooks/123456789012345678/your-token")
    []
    """
    return list(_in_urls(text, told=False)) if "://" in text else []


def _in_urls(text: str, *, told: bool) -> Iterator[str]:
    patterns = (_urls(), _notifiers()) if told else (_urls(), _notifiers(), _chains())
    for pattern in patterns:
        for hit in pattern.finditer(text):
            secret = next(filter(None, hit.groups()))
            if len({*secret.lower()}) > _FEWEST_LETTERS:
                yield secret


@cache
def _urls() -> re.Pattern[str]:
    return re.compile(rf"(?<=://)(?:{'|'.join(_URLS)})")


@cache
def _chains() -> re.Pattern[str]:
    return re.compile(rf"(?<=://)(?:{'|'.join(_OF_CHAINS)})")


@cache
def _notifiers() -> re.Pattern[str]:
    return re.compile(rf"{_BEGINS}(?:{'|'.join(_NOTIFIERS)})")
