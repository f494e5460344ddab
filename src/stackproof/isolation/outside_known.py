"""Hosts that are known by name: what is done there, and whose credentials are for them."""

from fnmatch import fnmatchcase

from stackproof.isolation.outside_kinds import Kind, parts

# Schemes of mail and notification services that name no host, or call it `default`.
SERVICE_HOSTS = {
    "sendgrid": ("smtp.sendgrid.net", "api.sendgrid.com"),
    "mailgun": ("smtp.mailgun.org", "api.mailgun.net", "api.eu.mailgun.net"),
    "ses": ("email-smtp.us-east-1.amazonaws.com", "email.us-east-1.amazonaws.com"),
    "postmark": ("smtp.postmarkapp.com", "api.postmarkapp.com"),
    "mailjet": ("in-v3.mailjet.com", "api.mailjet.com"),
    "mandrill": ("smtp.mandrillapp.com", "mandrillapp.com"),
    "brevo": ("smtp-relay.brevo.com", "api.brevo.com"),
    "resend": ("smtp.resend.com", "api.resend.com"),
    "sparkpost": ("smtp.sparkpostmail.com", "api.sparkpost.com"),
    "sendinblue": (
        "smtp-relay.brevo.com",
        "smtp-relay.sendinblue.com",
        "api.brevo.com",
        "api.sendinblue.com",
    ),
    "mailersend": ("smtp.mailersend.net", "api.mailersend.com"),
    "mailpace": ("smtp.mailpace.com", "app.mailpace.com"),
    "ohmysmtp": ("smtp.ohmysmtp.com", "app.ohmysmtp.com"),
    "mailchimp": ("smtp.mandrillapp.com", "mandrillapp.com"),
    "mailtrap": ("live.smtp.mailtrap.io", "send.api.mailtrap.io"),
    "infobip": ("smtp-api.infobip.com", "api.infobip.com"),
    "scaleway": ("smtp.tem.scaleway.com", "api.scaleway.com"),
    "elasticemail": ("smtp.elasticemail.com", "api.elasticemail.com"),
    "smtp2go": ("mail.smtp2go.com", "api.smtp2go.com"),
    "netcore": ("smtp.netcorecloud.net", "emailapi.netcorecloud.net"),
    "gmail": ("smtp.gmail.com",),
    "slack": ("hooks.slack.com", "slack.com"),
    "discord": ("discord.com", "discordapp.com"),
    "telegram": ("api.telegram.org",),
    "tgram": ("api.telegram.org",),
    "pushover": ("api.pushover.net",),
    "pushbullet": ("api.pushbullet.com",),
    "opsgenie": ("api.opsgenie.com", "api.eu.opsgenie.com"),
    "pagerduty": ("events.pagerduty.com", "api.pagerduty.com"),
    "victorops": ("alert.victorops.com",),
    "twilio": ("api.twilio.com",),
    "googlechat": ("chat.googleapis.com",),
    "gchat": ("chat.googleapis.com",),
    "ifttt": ("maker.ifttt.com",),
}

# Hosts whose name alone says what is done there; `host/path` where the host does other things, too.
_HOSTS = {
    Kind.WEBHOOK: "hooks.slack.com slack.com/api* discord.com/api* discordapp.com/api* "
    "*.webhook.office.com "
    "outlook.office.com/webhook* *.logic.azure.com api.telegram.org events.pagerduty.com "
    "events.eu.pagerduty.com api.pagerduty.com api.opsgenie.com api.eu.opsgenie.com alert.victorops.com "
    "api.pushover.net ntfy.sh api.pushbullet.com hc-ping.com hooks.zapier.com maker.ifttt.com "
    "hook.*.make.com chat.googleapis.com api.twilio.com rest.nexmo.com fcm.googleapis.com "
    "onesignal.com/api* "
    "webhook.site "
    "qyapi.weixin.qq.com oapi.dingtalk.com open.feishu.cn open.larksuite.com notify- "
    "api.line.me api.line.me "
    "webexapis.com nosnch.in cronitor.link uptime.betterstack.com api.statuspage.io graph.facebook.com",
    Kind.MAIL: "api.sendgrid.com api.eu.sendgrid.com smtp.* api.mailgun.net api.eu.mailgun.net "
    "api.postmarkapp.com mandrillapp.com api.mailjet.com api.brevo.com api.sendinblue.com "
    "api.sparkpost.com "
    "api.eu.sparkpost.com api.resend.com email.*.amazonaws.com email-smtp.*.amazonaws.com "
    "api.mailersend.com "
    "api.elasticemail.com api.smtp2go.com send.api.mailtrap.io *.api.mailchimp.com api.mailchannels.net",
    Kind.TELEMETRY: "sentry.io *.sentry.io *.datadoghq.com *.datadoghq.eu *.nr-data.net *.newrelic.com "
    "api.honeycomb.io *.logz.io *.loggly.com *.papertrailapp.com *.splunkcloud.com *.grafana.net "
    "in.logs.betterstack.com *.bugsnag.com api.rollbar.com api.segment.io api.mixpanel.com "
    "*.posthog.com "
    "api.amplitude.com www.google-analytics.com",
    Kind.BROKER: "sqs.*.amazonaws.com *.queue.amazonaws.com sns.*.amazonaws.com kinesis.*.amazonaws.com "
    "*.mq.*.amazonaws.com *.kafka.*.amazonaws.com *.iot.*.amazonaws.com *.cloudamqp.com "
    "*.servicebus.windows.net *.confluent.cloud pubsub.googleapis.com *.hivemq.cloud",
    Kind.DATASTORE: "*.rds.amazonaws.com *.cache.amazonaws.com *.es.amazonaws.com dynamodb.*.amazonaws.com "
    "*.redshift.amazonaws.com *.docdb.amazonaws.com *.mongodb.net *.documents.azure.com "
    "*.database.windows.net *.database.azure.com *.redis.cache.windows.net *.upstash.io *.supabase.co "
    "*.neon.tech *.elastic-cloud.com *.cloud.es.io *.found.io *.influxdata.com *.firebaseio.com "
    "firestore.googleapis.com *.algolia.net *.snowflakecomputing.com *.aivencloud.com "
    "*.db.ondigitalocean.com *.cockroachlabs.cloud *.turso.io *.pinecone.io *.qdrant.io",
    Kind.AUTHORITY: "acme-v0* acme-staging* *.acme-v0* acme.*/*directory* *.acme.*/*directory* "
    "api.zerossl.com api.buypass.com api.test4.buypass.no "
    "publicca.googleapis.com",
}
_BY_PATTERN = tuple((kind, tuple(text.split())) for kind, text in _HOSTS.items())

_AUTHORITIES = """
    acme-v01.api.letsencrypt.org acme-v02.api.letsencrypt.org acme-staging.api.letsencrypt.org
    acme-staging-v02.api.letsencrypt.org acme.zerossl.com acme-v02.zerossl.com api.zerossl.com
    api.buypass.com api.test4.buypass.no dv.acme-v02.api.pki.goog dv.acme-v02.test-api.pki.goog
    publicca.googleapis.com acme.ssl.com acme.digicert.com acme.sectigo.com acme.enterprise.sectigo.com
    acme.entrust.net acme-api.actalis.com acme.harica.gr acme-v02.harica.gr acme.trust-provider.com
    emea.acme.atlas.globalsign.com api.globalsign.com
"""
# Certificate authorities with ACME, production and staging, former names too.
AUTHORITIES = tuple(_AUTHORITIES.split())
HOSTS = (*_BY_PATTERN, (Kind.AUTHORITY, AUTHORITIES))

_AWS = """
    s3.amazonaws.com s3.{region}.amazonaws.com sqs.{region}.amazonaws.com sns.{region}.amazonaws.com
    email.{region}.amazonaws.com dynamodb.{region}.amazonaws.com kinesis.{region}.amazonaws.com
    sts.amazonaws.com sts.{region}.amazonaws.com secretsmanager.{region}.amazonaws.com
    ssm.{region}.amazonaws.com route53.amazonaws.com lambda.{region}.amazonaws.com
"""
_DATADOG = ("api.datadoghq.com", "intake.logs.datadoghq.com", "trace.agent.datadoghq.com")
# Credentials whose host stands in the program: variable (a pattern), hosts. `{region}`: as the stack says.
IMPLIED: tuple[tuple[str, Kind, tuple[str, ...]], ...] = (
    ("SENDGRID_*KEY", Kind.MAIL, SERVICE_HOSTS["sendgrid"]),
    ("MAILGUN_*KEY", Kind.MAIL, SERVICE_HOSTS["mailgun"]),
    ("POSTMARK_*TOKEN", Kind.MAIL, SERVICE_HOSTS["postmark"]),
    ("MAILJET_*KEY*", Kind.MAIL, SERVICE_HOSTS["mailjet"]),
    ("MANDRILL_*KEY", Kind.MAIL, SERVICE_HOSTS["mandrill"]),
    ("RESEND_*KEY", Kind.MAIL, SERVICE_HOSTS["resend"]),
    ("SPARKPOST_*KEY", Kind.MAIL, SERVICE_HOSTS["sparkpost"]),
    ("SENDGRID_*PASSWORD", Kind.MAIL, SERVICE_HOSTS["sendgrid"]),
    ("MAILGUN_*SECRET", Kind.MAIL, SERVICE_HOSTS["mailgun"]),
    ("MAILGUN_*PASSWORD", Kind.MAIL, SERVICE_HOSTS["mailgun"]),
    ("MAILJET_*SECRET", Kind.MAIL, SERVICE_HOSTS["mailjet"]),
    ("MAILERSEND_*", Kind.MAIL, SERVICE_HOSTS["mailersend"]),
    ("SENDINBLUE_*", Kind.MAIL, SERVICE_HOSTS["brevo"]),
    ("BREVO_*", Kind.MAIL, SERVICE_HOSTS["brevo"]),
    ("SES_*KEY*", Kind.MAIL, SERVICE_HOSTS["ses"]),
    ("STRIPE_*SECRET*", Kind.ACCOUNT, ("api.stripe.com",)),
    ("TWILIO_*SID", Kind.WEBHOOK, SERVICE_HOSTS["twilio"]),
    ("TWILIO_*SECRET", Kind.WEBHOOK, SERVICE_HOSTS["twilio"]),
    ("TWILIO_*KEY", Kind.WEBHOOK, SERVICE_HOSTS["twilio"]),
    ("SLACK_*TOKEN", Kind.WEBHOOK, ("slack.com", "www.slack.com", "hooks.slack.com")),
    ("DISCORD_*TOKEN", Kind.WEBHOOK, ("discord.com", "discordapp.com", "gateway.discord.gg")),
    ("*TELEGRAM*TOKEN", Kind.WEBHOOK, ("api.telegram.org",)),
    ("PUSHOVER_*TOKEN", Kind.WEBHOOK, SERVICE_HOSTS["pushover"]),
    ("PAGERDUTY_*KEY", Kind.WEBHOOK, SERVICE_HOSTS["pagerduty"]),
    ("OPSGENIE_*KEY", Kind.WEBHOOK, SERVICE_HOSTS["opsgenie"]),
    ("TWILIO_*TOKEN", Kind.WEBHOOK, SERVICE_HOSTS["twilio"]),
    ("STRIPE_*KEY", Kind.ACCOUNT, ("api.stripe.com",)),
    ("OPENAI_*KEY", Kind.ACCOUNT, ("api.openai.com",)),
    ("ANTHROPIC_*KEY", Kind.ACCOUNT, ("api.anthropic.com",)),
    ("CLOUDFLARE_*TOKEN", Kind.ACCOUNT, ("api.cloudflare.com",)),
    ("CLOUDFLARE_*KEY", Kind.ACCOUNT, ("api.cloudflare.com",)),
    ("CF_*TOKEN", Kind.ACCOUNT, ("api.cloudflare.com",)),
    ("CF_*KEY", Kind.ACCOUNT, ("api.cloudflare.com",)),
    ("DD_API_KEY", Kind.TELEMETRY, _DATADOG),
    ("NEW_RELIC_LICENSE_KEY", Kind.TELEMETRY, ("collector.newrelic.com", "collector.eu01.nr-data.net")),
    ("AWS_SECRET_ACCESS_KEY", Kind.ACCOUNT, tuple(_AWS.split())),
)


def service_hosts(scheme: str) -> tuple[str, ...]:
    """Return the hosts of a scheme that stands for a known service."""
    return next((SERVICE_HOSTS[part] for part in parts(scheme) if part in SERVICE_HOSTS), ())


def of_host(host: str, path: str = "") -> Kind | None:
    """Return what a known host is, by its name, and by the path where the name says too little."""
    for kind, patterns in HOSTS:
        for pattern in patterns:
            name, slash, rest = pattern.partition("/")
            if fnmatchcase(host, name) and (not slash or fnmatchcase(path.lstrip("/"), rest)):
                return kind
    return None
