"""Settings from the environment: typed, and loud when they cannot be used."""

import stat
from pathlib import Path

import pytest

from config import bootstrap
from config.databases import database_settings
from config.env import Env, SettingsError, read_env

KEY = "a key of tests that is long enough to be accepted"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment that holds the two keys and a directory, and nothing else of ours."""
    for field in Env.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
        monkeypatch.delenv(f"{field.upper()}_FILE", raising=False)
    monkeypatch.setenv("HANDBILL_VAR", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("ADDRESS_KEY", KEY)
    return monkeypatch


def said() -> str:
    """What the operator reads when the start is refused."""
    with pytest.raises(SettingsError) as refusal:
        read_env()
    return str(refusal.value)


def test_two_keys_are_enough_for_a_start_on_this_machine(bare: pytest.MonkeyPatch) -> None:
    env = read_env()
    assert env.site_url == "http://127.0.0.1:8000"
    assert env.mail_url == "outbox://"
    assert (env.database_url, env.redis_url, env.debug) == ("", "", False)
    assert env.languages == ["en"]


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("SECRET_KEY", "short"),
        ("ADDRESS_KEY", "short"),
        ("DEBUG", "maybe"),
        ("SITE_URL", "example.org"),
        ("SITE_URL", "ftp://example.org"),
        ("SITE_URL", "https://example.org/handbill"),
        ("SITE_URL", "https://example.org?x=1"),
        ("SITE_URL", "https://example.org:many"),
        ("SITE_URL", "http://[bad"),
        ("ALLOWED_HOSTS", '["example.org"'),
        ("DATABASE_URL", "mysql://example.org/handbill"),
        ("DATABASE_URL", "handbill.sqlite3"),
        ("DATABASE_URL", "sqlite://handbill.sqlite3"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "postgres://example.org"),
        ("DATABASE_URL", "postgres://me:p/w@example.org/handbill"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "memcached://localhost"),
        ("MAIL_FROM", "Handbill <post@example.org>"),
        ("MAIL_FROM", "example.org"),
        ("ANYMAIL", "token"),
        ("ANYMAIL", '["token"]'),
        ("MAIL_CONNECTIONS", "many"),
        ("MAIL_CONNECTIONS", "0"),
        ("MAIL_CONNECTIONS", "65"),
        ("DNS_RESOLVERS", "dns.example.org"),
        ("DNS_RESOLVERS", "9.9.9.9,127.0.0.1:port"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "yes"),
        ("TIME_ZONE", "Mars/Crater"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("LANGUAGES", "[]"),
        ("LANGUAGES", "["),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_nonsense_stops_the_start_and_names_its_variable(
    bare: pytest.MonkeyPatch, name: str, nonsense: str
) -> None:
    bare.setenv(name, nonsense)
    sentence = said()
    assert f"  {name}: " in sentence
    assert "Traceback" not in sentence


def test_every_bad_variable_is_named_at_once(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DEBUG", "maybe")
    bare.setenv("TIME_ZONE", "Mars")
    sentence = said()
    assert "DEBUG" in sentence
    assert "TIME_ZONE" in sentence


def test_a_refusal_shows_no_secret(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("SECRET_KEY", "hunter2")
    bare.setenv("ANYMAIL", '{"POSTMARK_SERVER_TOKEN": "hunter3"')
    bare.setenv("DATABASE_URL", "postgres://me:hunter4/x@example.org/handbill")
    assert "hunter" not in said()


def test_further_ways_out_are_names_and_addresses(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("MAIL_TRANSPORTS", '{"second-1": "smtp://me:hunter5@relay.example"}')
    env = read_env()
    assert env.mail_transports == {"second-1": "smtp://me:hunter5@relay.example"}
    assert "hunter" not in repr(env)


@pytest.mark.parametrize(
    ("value", "said_of_it"),
    [
        ('["smtp://me:hunter6@relay.example"]', "must be names and addresses"),
        ('{"second": {"url": "smtp://me:hunter6@relay.example"}}', "must be names and addresses"),
        ('{"Second": "smtp://me:hunter6@relay.example"}', "has a name that is not 1 to 40"),
        ('{"main": "smtp://me:hunter6@relay.example"}', "has a “main”, but that is MAIL_URL"),
        ("smtp://me:hunter6@relay.example", "cannot be read; write it as"),
    ],
)
def test_what_is_no_further_way_out_is_said_without_its_password(
    bare: pytest.MonkeyPatch, value: str, said_of_it: str
) -> None:
    bare.setenv("MAIL_TRANSPORTS", value)
    sentence = said()
    assert f"MAIL_TRANSPORTS: {said_of_it}" in sentence
    assert "hunter" not in sentence


def test_an_empty_variable_counts_as_not_given(bare: pytest.MonkeyPatch) -> None:
    for name in ("MAIL_CONNECTIONS", "DEBUG", "LANGUAGES", "DATABASE_URL", "MAIL_URL"):
        bare.setenv(name, "")
    env = read_env()
    assert (env.mail_connections, env.debug, env.languages) == (4, False, ["en"])
    assert env.mail_url == "outbox://"


def test_lists_are_read_with_commas_and_as_json(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("LANGUAGES", "en, fr")
    bare.setenv("ALLOWED_HOSTS", '["a.example", "b.example"]')
    env = read_env()
    assert env.languages == ["en", "fr"]
    assert env.allowed_hosts == ["a.example", "b.example"]


def test_a_missing_key_tells_how_to_make_one(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("ADDRESS_KEY", "")
    sentence = said()
    assert "ADDRESS_KEY: Field required" in sentence
    assert "python -m config.bootstrap" in sentence


def test_debug_is_refused_on_a_public_site(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DEBUG", "true")
    assert read_env().debug
    bare.setenv("SITE_URL", "https://example.org")
    assert "DEBUG must stay off" in said()


def test_any_value_can_come_from_a_file(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = {"SECRET_KEY": f"{KEY} from a file\n", "LANGUAGES": "fr"}
    files["ANYMAIL"] = '{"A_KEY": "x", "SOME_PARAMS": {"region_name": "y"}}'
    for name, text in files.items():
        path = tmp_path / name.lower()
        path.write_text(text, encoding="utf-8")
        bare.delenv(name, raising=False)
        bare.setenv(f"{name}_FILE", str(path))
    env = read_env()
    assert env.secret_key.get_secret_value() == f"{KEY} from a file"
    assert env.anymail == {"A_KEY": "x", "SOME_PARAMS": {"region_name": "y"}}
    assert env.languages == ["fr"]


def test_nonsense_in_a_file_names_the_variable_too(
    bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "keys"
    path.write_text("no json", encoding="utf-8")
    bare.setenv("ANYMAIL_FILE", str(path))
    assert "  ANYMAIL: cannot be read" in said()


def test_a_file_that_cannot_be_read_is_named(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("MAIL_URL_FILE", str(tmp_path / "nobody"))
    assert "MAIL_URL_FILE: cannot read" in said()


def test_a_value_given_twice_is_refused(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY, encoding="utf-8")
    bare.setenv("SECRET_KEY_FILE", str(path))
    assert "SECRET_KEY and SECRET_KEY_FILE are both given" in said()


def test_bootstrap_makes_private_keys_once(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.delenv("SECRET_KEY")
    bare.delenv("ADDRESS_KEY")
    assert bootstrap.make_secrets() == ["secret_key", "address_key"]
    made = read_env()
    assert bootstrap.make_secrets() == []
    assert read_env() == made
    assert stat.S_IMODE((tmp_path / "secrets" / "address_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_the_environment_wins_over_a_stored_key(bare: pytest.MonkeyPatch) -> None:
    bare.delenv("SECRET_KEY")
    bootstrap.make_secrets()
    bare.setenv("SECRET_KEY", f"{KEY} of the operator")
    assert read_env().secret_key.get_secret_value() == f"{KEY} of the operator"


def test_a_database_address_becomes_djangos_settings(tmp_path: Path) -> None:
    near = database_settings("", tmp_path)
    assert near["NAME"] == str(tmp_path / "handbill.sqlite3")
    assert near["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database_settings("sqlite:////var/lib/x%20y.db", tmp_path)["NAME"] == "/var/lib/x y.db"
    far = database_settings(
        "postgres://me:p%40ss@db.example:5433/handbill?sslmode=require", tmp_path
    )
    assert (far["USER"], far["PASSWORD"], far["HOST"], far["PORT"], far["NAME"]) == (
        "me",
        "p@ss",
        "db.example",
        "5433",
        "handbill",
    )
    assert far["OPTIONS"] == {
        "sslmode": "require",
        "options": "-c idle_in_transaction_session_timeout=60s",
    }
