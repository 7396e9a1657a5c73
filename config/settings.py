"""Django's settings, top to bottom, the same everywhere; what differs comes from config.env."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, SELF
from django.utils.translation import gettext_lazy as _

from config.databases import database_settings
from config.env import BASE_DIR, THIS_MACHINE, read_env

ENV = read_env()
VAR = ENV.handbill_var
VAR.mkdir(mode=0o700, parents=True, exist_ok=True)

SECRET_KEY = ENV.secret_key.get_secret_value()
SECRET_KEY_FALLBACKS = ENV.secret_key_fallbacks
ADDRESS_KEY = ENV.address_key.get_secret_value()
DEBUG = ENV.debug
SITE_URL = ENV.site_url
SITE_NAME = ENV.site_name
SITE_TAGLINE = ENV.site_tagline
POSTAL_ADDRESS = ENV.postal_address
_site = urlsplit(SITE_URL)
SITE_HOST = _site.hostname or "localhost"
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = [*ENV.allowed_hosts, SITE_HOST, "127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = ENV.trusted_proxies

INSTALLED_APPS = [
    "config",
    "petitions",
    "campaigns",
    "newsletters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "anymail",
    "csp",
    "django_countries",
    "django_htmx",
    "django_prose_editor",
    "import_export",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.public_headers",
    "config.middleware.TryLater",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
                "config.context.alarms",
            ],
        },
    },
]

# Data -------------------------------------------------------------------------
DATABASES = {"default": database_settings(ENV.database_url, VAR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.redis_url}
        if ENV.redis_url
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
    # Of each process: what people type goes nowhere, and a sign-up waits for no other service.
    "mail_domains": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "mail_domains",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
}

# Words and times --------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("ru", _("Russian")),
    ("kk", _("Kazakh")),
    ("de", _("German")),
    ("fr", _("French")),
    ("ar", _("Arabic")),
    ("fa", _("Persian")),
]
CONTENT_LANGUAGES = ENV.languages
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
# Not in ISO 3166, and people live there all the same.
COUNTRIES_OVERRIDE = {"XK": _("Kosovo")}
USE_TZ = True
TIME_ZONE = ENV.time_zone

# Staff ------------------------------------------------------------------------
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "staff:today"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"

# What a browser may do ----------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Nothing to other sites. "no-referrer" would make browsers send "Origin: null" with our own forms.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Files --------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
MEDIA_URL = "media/"
MEDIA_ROOT = VAR / "media"
PRIVATE_ROOT = VAR / "private"
FILE_UPLOAD_PERMISSIONS = 0o640
# Not in the system's folder, where a sheet would stay when the process is killed.
FILE_UPLOAD_TEMP_DIR = PRIVATE_ROOT / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_ROOT, "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HTTPS
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Embedded installations run without collectstatic: the finders serve what the packages carry.
WHITENOISE_USE_FINDERS = not HTTPS

# Mail ---------------------------------------------------------------------------
MAIL_URL = ENV.mail_url
MAIL_TRANSPORTS = ENV.mail_transports
MAIL_DOMAIN = ENV.mail_domain or SITE_HOST
MAIL_FROM = ENV.mail_from or f"campaign@{MAIL_DOMAIN}"
MAIL_CONNECTIONS = ENV.mail_connections
ANYMAIL: dict[str, Any] = {**ENV.anymail, "DEBUG_API_REQUESTS": False}
DKIM_ROOT = ENV.dkim_root or VAR / "keys" / "dkim"
DNS_RESOLVERS = ENV.dns_resolvers
# A trial has no DNS to rely on, and an onion service would tell a resolver outside of Tor.
CHECK_MAIL_DOMAINS = (
    not (SITE_HOST in THIS_MACHINE or SITE_HOST.endswith(".onion"))
    if ENV.check_mail_domains is None
    else ENV.check_mail_domains
)
TRACKING = ENV.tracking
JOURNAL_ROOT = VAR / "journal"
OUTBOX_ROOT = VAR / "outbox"

# Plugs: what the apps above teach newsletters (newsletters/ports.py) --------------
NEWSLETTERS_CONDITIONS = [
    "newsletters.conditions.membership.ON_LIST",
    "newsletters.conditions.membership.TAGGED",
    "petitions.newsletter_hooks.SIGNED_PETITION",
    "campaigns.newsletter_hooks.WROTE_LETTER",
    "campaigns.newsletter_hooks.COMES_TO_EVENT",
    "newsletters.conditions.post.RECEIVED",
    "newsletters.conditions.reading.OPENS_AND_CLICKS",
    "newsletters.conditions.profile.LANGUAGE",
    "newsletters.conditions.profile.COUNTRY",
    "newsletters.conditions.profile.POSTCODE",
    "newsletters.conditions.profile.PROFILE",
    "newsletters.conditions.fields.CUSTOM_FIELDS",
    "newsletters.conditions.consent.AGREED",
    "newsletters.conditions.post.IMPORTED",
]
NEWSLETTERS_SECTIONS = [
    "campaigns.newsletter_hooks.RECENT_ARTICLES",
    "campaigns.newsletter_hooks.UPCOMING_EVENTS",
]
NEWSLETTERS_FORGETTERS = [
    "campaigns.newsletter_hooks.LETTERS",
    "campaigns.newsletter_hooks.RSVPS",
    "petitions.newsletter_hooks.SIGNATURES",
]
NEWSLETTERS_PERSONAL_DATA = [
    "petitions.newsletter_hooks.SIGNATURES",
    "campaigns.newsletter_hooks.LETTERS",
    "campaigns.newsletter_hooks.RSVPS",
]
NEWSLETTERS_REFUSAL_LISTENERS = ["campaigns.newsletter_hooks.TARGET_MAILBOX"]
NEWSLETTERS_SENSITIVE_SUBJECTS = ["campaigns.newsletter_hooks.SENSITIVE_CASES"]

# Celery ---------------------------------------------------------------------------
CELERY_BROKER_URL = ENV.redis_url or "filesystem://localhost"
CELERY_BROKER_ROOT = VAR / "broker"

# Logs -----------------------------------------------------------------------------
LOG_LEVEL = ENV.log_level
LOGGING_CONFIG = "config.logs.configure"
LOGGING = {"level": LOG_LEVEL}
