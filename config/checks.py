"""Django system checks: what a typed setting cannot see by itself. Ids are stable: handbill.E001 …

They run before every command of manage.py and at the start of a worker.
"""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from newsletters.selectors.transports import MAIN, declared
from newsletters.sending import esp, transports

PLUGS = (
    "NEWSLETTERS_CONDITIONS",
    "NEWSLETTERS_SECTIONS",
    "NEWSLETTERS_FORGETTERS",
    "NEWSLETTERS_REFUSAL_LISTENERS",
    "NEWSLETTERS_SENSITIVE_SUBJECTS",
)


@register
def public_address(**_kwargs: Any) -> list[CheckMessage]:
    """E001: links carry tokens, so a public site is https (or an onion service, which encrypts)."""
    site = urlsplit(settings.SITE_URL)
    host = site.hostname or ""
    if site.scheme == "https" or host.endswith(".onion") or _is_near(host):
        return []
    hint = "Put a proxy with a certificate in front (deploy/nginx.conf) and write https://."
    return [Error("SITE_URL must begin with https://.", hint=hint, id="handbill.E001")]


@register
def ways_of_mail(**_kwargs: Any) -> list[CheckMessage]:
    """E002: MAIL_URL and MAIL_TRANSPORTS name ways that exist."""
    return [*_unknown_ways()]


@register
def plugs(**_kwargs: Any) -> list[CheckMessage]:
    """E003: every path in the plug settings leads to something."""
    return [*_broken_plugs()]


@register
def languages(**_kwargs: Any) -> list[CheckMessage]:
    """E004: LANGUAGES are languages this version can name."""
    known = [code for code, _name in settings.LANGUAGES]
    unknown = [code for code in settings.CONTENT_LANGUAGES if code not in known]
    if not unknown:
        return []
    return [
        Error(
            f"LANGUAGES holds {', '.join(unknown)}, which is not known here.",
            hint=f"Known: {', '.join(known)}.",
            id="handbill.E004",
        )
    ]


@register
def mail_that_leaves(**_kwargs: Any) -> list[CheckMessage]:
    """W001, W002: what mail needs as soon as it leaves this machine."""
    if {urlsplit(url).scheme for url in declared().values()} == {"outbox"}:
        return []
    found: list[CheckMessage] = []
    if not settings.POSTAL_ADDRESS.strip():
        hint = "Many laws ask for it in every mailing; without it none can be approved."
        found.append(Caution("POSTAL_ADDRESS is empty.", hint=hint, id="handbill.W001"))
    if _is_near(settings.SITE_HOST):
        hint = "Set SITE_URL to the address the world knows."
        message = "Mail leaves, and its links lead to this machine only."
        found.append(Caution(message, hint=hint, id="handbill.W002"))
    return found


def _unknown_ways() -> Iterator[CheckMessage]:
    for name, url in declared().items():
        try:
            transports.maker(name, url)
        except (ImproperlyConfigured, ValueError):
            variable = "MAIL_URL" if name == MAIN else f"MAIL_TRANSPORTS: “{name}”"
            hint = (
                "outbox://, smtp://user:password@host:587?tls=starttls (or implicit, none), or "
                f"anymail:// with one of {', '.join(sorted(esp.PROVIDERS))}. "
                "Write special characters of a password as %40, %2F and so on."
            )
            yield Error(f"{variable} is not understood.", hint=hint, id="handbill.E002")


def _broken_plugs() -> Iterator[CheckMessage]:
    for name in PLUGS:
        for path in getattr(settings, name):
            try:
                import_string(path)
            except ImportError as error:
                message = f"{name} names {path}, which cannot be loaded: {error}"
                yield Error(message, id="handbill.E003")


def _is_near(host: str) -> bool:
    """This machine, or a name that cannot be on the internet (a test, a house network)."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host
