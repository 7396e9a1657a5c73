"""Every setting an operator may give, typed and loud.

A value comes from an environment variable, or from the file named by the
same variable with ``_FILE`` behind it (a mounted secret). Nonsense stops the
start with a sentence that names the variable; an empty variable counts as not given.
"""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.databases import database_problem
from newsletters.dkim.resolvers import server

BASE_DIR = Path(__file__).resolve().parent.parent
MIN_SECRET_LENGTH = 32
THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
BARE_ADDRESS = re.compile(r"[^\s@<>\",;]+@[^\s@<>\",;]+")
TRANSPORT_NAME = re.compile(r"[a-z0-9-]{1,40}")
# Read by our own validators: a comma list is easier to type than JSON.
Words = Annotated[list[str], NoDecode]


class SettingsError(SystemExit):
    """The environment cannot be used; the message says which variable and why."""


class Env(BaseSettings):
    """The operator's settings. Field names are the variables' names in lower case."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=False, env_ignore_empty=True)

    handbill_var: Path = BASE_DIR / "var"
    secret_key: SecretStr
    secret_key_fallbacks: Words = Field(default_factory=list, repr=False)
    address_key: SecretStr
    debug: bool = False
    site_url: str = "http://127.0.0.1:8000"
    site_name: str = "Handbill"
    site_tagline: str = ""
    postal_address: str = ""
    allowed_hosts: Words = Field(default_factory=list)
    database_url: str = ""
    redis_url: str = ""
    mail_url: str = Field(default="outbox://", repr=False)
    # Further ways out as JSON, name → address; MAIL_URL is the one called "main".
    mail_transports: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict, repr=False)
    mail_from: str = ""
    mail_domain: str = ""
    # Keys of the mail provider as JSON, e.g. {"POSTMARK_SERVER_TOKEN": "…"} (Anymail's own names);
    # an object where Anymail takes one: {"AMAZON_SES_CLIENT_PARAMS": {"region_name": "…"}}.
    anymail: Annotated[dict[str, str | dict[str, str]], NoDecode] = Field(
        default_factory=dict, repr=False
    )
    mail_connections: int = Field(default=4, ge=1, le=64)
    dkim_root: Path | None = None
    dns_resolvers: Words = Field(default_factory=list)
    # Unsaid: on, but on this machine and behind an onion address.
    check_mail_domains: bool | None = None
    # Whether an organiser may have opens and clicks counted.
    tracking: bool = False
    trusted_proxies: int = Field(default=0, ge=0, le=8)
    time_zone: str = "UTC"
    languages: Words = Field(default_factory=lambda: ["en"], min_length=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    @field_validator("secret_key", "address_key")
    @classmethod
    def long_enough(cls, value: SecretStr) -> SecretStr:
        """A short key can be guessed, so it is refused."""
        if len(value.get_secret_value()) < MIN_SECRET_LENGTH:
            raise ValueError(f"must have at least {MIN_SECRET_LENGTH} characters")
        return value

    @field_validator("site_url")
    @classmethod
    def whole_address(cls, value: str) -> str:
        """Links in mails are built from this, never from a request."""
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be a whole address such as https://example.org")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError("must end after the host (and port): https://example.org")
        # Raises ValueError itself when the port is none.
        _port = parts.port
        return value.rstrip("/")

    @field_validator(
        "allowed_hosts", "languages", "secret_key_fallbacks", "dns_resolvers", mode="before"
    )
    @classmethod
    def several_words(cls, value: Any) -> Any:
        """``en,fr`` and ``["en", "fr"]`` alike."""
        if not isinstance(value, str) or value.lstrip().startswith("["):
            return _from_json(value, '["en", "fr"] or en,fr')
        return [word.strip() for word in value.split(",") if word.strip()]

    @field_validator("anymail", mode="before")
    @classmethod
    def provider_keys(cls, value: Any) -> Any:
        """A JSON object; never shown, because it holds the provider's key."""
        return _from_json(value, '{"POSTMARK_SERVER_TOKEN": "…"}')

    @field_validator("mail_transports", mode="before")
    @classmethod
    def ways_out(cls, value: Any) -> Any:
        """A JSON object, its values never shown, because they hold passwords."""
        found = _from_json(value, '{"second": "smtp://…"}')
        if not isinstance(found, dict) or not all(isinstance(url, str) for url in found.values()):
            raise ValueError('must be names and addresses: {"second": "smtp://…"}')
        for name in found:
            if not TRANSPORT_NAME.fullmatch(name):
                raise ValueError(f"has a name that is not 1 to 40 of a-z, 0-9 and -: {name[:60]}")
            if name == "main":
                raise ValueError("has a “main”, but that is MAIL_URL; choose another name")
        return found

    @field_validator("database_url")
    @classmethod
    def known_database(cls, value: str) -> str:
        """Said here, before Django tries to connect."""
        if problem := database_problem(value):
            raise ValueError(problem)
        return value

    @field_validator("redis_url")
    @classmethod
    def known_broker(cls, value: str) -> str:
        """Celery and the cache read the same address."""
        if value and not value.startswith(("redis://", "rediss://")):
            raise ValueError("must begin with redis:// or rediss://, or be empty")
        return value

    @field_validator("mail_from")
    @classmethod
    def bare_address(cls, value: str) -> str:
        """The name in front of it comes from SITE_NAME or from the mailing."""
        if value and not BARE_ADDRESS.fullmatch(value):
            raise ValueError("must be one bare address such as post@example.org")
        return value

    @field_validator("dns_resolvers")
    @classmethod
    def resolver_addresses(cls, value: list[str]) -> list[str]:
        """Numbers, because a name would have to be resolved first."""
        try:
            return [text for text in value if server(text)]
        except ValueError:
            raise ValueError("must be addresses such as 9.9.9.9 or 127.0.0.1:5353") from None

    @field_validator("time_zone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        """A name of the tz database."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be a name such as UTC or Europe/Vienna") from None
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def any_case(cls, value: Any) -> Any:
        """``info`` is meant as ``INFO``."""
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def no_debug_in_public(self) -> "Env":
        """Debug pages show settings and data, so they stay on this machine."""
        if self.debug and urlsplit(self.site_url).hostname not in THIS_MACHINE:
            raise ValueError("DEBUG must stay off when SITE_URL is not this machine")
        return self


def read_env() -> Env:
    """The settings of this process. Raises SettingsError naming every bad variable."""
    values: dict[str, Any] = {**_stored_secrets(), **_from_files()}
    try:
        return Env(**{key: text for key, text in values.items() if not os.environ.get(key.upper())})
    except ValidationError as error:
        lines = [f"  {_variable(item)}: {_sentence(item)}" for item in error.errors()]
        hint = "For a first start on this machine run: python -m config.bootstrap"
        raise SettingsError("Handbill cannot start:\n" + "\n".join(lines) + "\n" + hint) from None


def _from_json(value: Any, example: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError(f"cannot be read; write it as {example}") from None


def _variable(item: Any) -> str:
    return str(item["loc"][0]).upper() if item["loc"] else "settings"


def _sentence(item: Any) -> str:
    return str(item["msg"]).removeprefix("Value error, ")


def _from_files() -> dict[str, str]:
    """NAME_FILE variables, as container secrets are mounted."""
    found: dict[str, str] = {}
    for field in Env.model_fields:
        name = field.upper()
        path = os.environ.get(f"{name}_FILE")
        if not path:
            continue
        if os.environ.get(name):
            raise SettingsError(f"{name} and {name}_FILE are both given: take one away")
        try:
            found[field] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise SettingsError(f"{name}_FILE: cannot read {path}: {error}") from None
    return found


def _stored_secrets() -> dict[str, str]:
    """Keys that ``python -m config.bootstrap`` made for a machine without an operator."""
    directory = secrets_directory()
    names = ("secret_key", "address_key")
    paths = {name: directory / name for name in names}
    return {
        name: path.read_text(encoding="utf-8").strip()
        for name, path in paths.items()
        if path.is_file()
    }


def secrets_directory() -> Path:
    """Where the keys of an embedded installation lie (mode 0700)."""
    return Path(os.environ.get("HANDBILL_VAR") or BASE_DIR / "var") / "secrets"
