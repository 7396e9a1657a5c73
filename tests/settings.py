"""Handbill's own settings on a throw-away directory. What differs is listed here, and only here."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _own_directory() -> Path:
    """One HANDBILL_VAR per test process, gone when the process ends."""
    directory = Path(tempfile.mkdtemp(prefix="handbill-test-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


_var = _own_directory()
# Set before config.settings reads them; whatever the developer's shell holds must not matter.
# DATABASE_URL alone comes from outside: scripts/test chooses the engine with it.
os.environ.update(
    {
        "HANDBILL_VAR": str(_var),
        "SECRET_KEY": "a key for tests only, never used to sign anything real",
        "ADDRESS_KEY": "another key for tests only, it hashes invented addresses",
        "SITE_URL": "http://testserver",
        "MAIL_URL": "outbox://",
        "REDIS_URL": "",
        # Nobody answers there: no test asks the world's DNS (see `zone`).
        "DNS_RESOLVERS": "127.0.0.1:9",
        "CHECK_MAIL_DOMAINS": "false",
        "DEBUG": "false",
    }
)

from config.settings import *  # noqa: E402, F403  # the environment above comes first

# The embedded broker is a directory; in one process kombu's memory does the same work (see `rung`).
CELERY_BROKER_URL = "memory://"

# Argon2 is slow on purpose, and the tests make many staff accounts.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405  # from config.settings
    # A file, as in real life: Django would take one in memory, which knows no second process.
    DATABASES["default"]["TEST"] = {"NAME": str(_var / "test.sqlite3")}  # noqa: F405
