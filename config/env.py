"""Every setting an operator may give, typed and loud.

A value comes from an environment variable, or from the file named by the
same variable with ``_FILE`` behind it (a mounted secret). Nonsense stops the
start with a sentence that names the variable.
"""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent
MIN_SECRET_LENGTH = 32
# Fields whose file holds JSON, as their variable does.
STRUCTURED = frozenset({"anymail", "allowed_hosts", "languages"})


class SettingsError(SystemExit):
    """The environment cannot be used; the message says which variable and why."""


class Env(BaseSettings):
    """The operator's settings. Field names are the variables' names in lower case."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=False)

    handbill_var: Path = BASE_DIR / "var"
    secret_key: SecretStr
    address_key: SecretStr
    debug: bool = False
    site_url: str = "http://127.0.0.1:8000"
    site_name: str = "Handbill"
    site_tagline: str = ""
    postal_address: str = ""
    allowed_hosts: list[str] = Field(default_factory=list)
    database_url: str = ""
    redis_url: str = ""
    mail_url: str = "outbox://"
    mail_from: str = ""
    mail_domain: str = ""
    # Keys of the mail provider as JSON, e.g. {"POSTMARK_SERVER_TOKEN": "…"} (Anymail's own names).
    anymail: dict[str, str] = Field(default_factory=dict, repr=False)
    mail_connections: int = Field(default=4, ge=1, le=64)
    trusted_proxies: int = Field(default=0, ge=0, le=8)
    time_zone: str = "UTC"
    languages: list[str] = Field(default_factory=lambda: ["en"])
    log_level: str = "INFO"

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
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("must be a whole address such as https://example.org")
        return value.rstrip("/")

    @model_validator(mode="after")
    def no_debug_in_public(self) -> "Env":
        """Debug pages show settings and data, so they stay on this machine."""
        if self.debug and urlsplit(self.site_url).hostname not in {"127.0.0.1", "localhost"}:
            raise ValueError("DEBUG must stay off when SITE_URL is not this machine")
        return self


def read_env() -> Env:
    """The settings of this process. Raises SettingsError naming every bad variable."""
    values = {**_stored_secrets(), **_from_files()}
    try:
        return Env(**{key: value for key, value in values.items() if key.upper() not in os.environ})
    except ValidationError as error:
        lines = [f"  {_variable(item)}: {item['msg']}" for item in error.errors()]
        hint = "For a first start on this machine run: python -m config.bootstrap"
        raise SettingsError("Handbill cannot start:\n" + "\n".join(lines) + "\n" + hint) from None


def _variable(item: Any) -> str:
    return str(item["loc"][0]).upper() if item["loc"] else "settings"


def _from_files() -> dict[str, Any]:
    """NAME_FILE variables, as container secrets are mounted."""
    found: dict[str, Any] = {}
    for field in Env.model_fields:
        path = os.environ.get(f"{field.upper()}_FILE")
        if path:
            try:
                text = Path(path).read_text(encoding="utf-8").strip()
                found[field] = json.loads(text) if field in STRUCTURED else text
            except (OSError, ValueError) as error:
                raise SettingsError(f"{field.upper()}_FILE: cannot read {path}: {error}") from None
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


def database_settings(url: str, var: Path) -> dict[str, Any]:
    """Django's DATABASES["default"] for ``sqlite:///path`` or ``postgres://…``; empty = SQLite in var."""
    parts = urlsplit(url or f"sqlite:///{var / 'handbill.sqlite3'}")
    if parts.scheme == "sqlite":
        return _sqlite(parts)
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgres(parts)
    raise SettingsError("DATABASE_URL: must begin with sqlite:/// or postgres://")


def _sqlite(parts: SplitResult) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": unquote(parts.path[1:]),
        "OPTIONS": {
            # A writer announces itself at BEGIN, so two writers wait instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: a mark that was committed survives a power cut (NORMAL may forget it).
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def _postgres(parts: SplitResult) -> dict[str, Any]:
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }
