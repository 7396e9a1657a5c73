"""Make the keys of an installation that has no operator yet: ``python -m config.bootstrap``."""

import secrets

from config.env import secrets_directory


def make_secrets() -> list[str]:
    """Create the keys that are missing, readable by this user only. Returns their names.

    A key that exists is never replaced: the address key is part of every
    suppression, and a new one would forget who asked to be left alone.
    """
    directory = secrets_directory()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for name in ("secret_key", "address_key"):
        path = directory / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48) + "\n", encoding="utf-8")
            made.append(name)
    return made


if __name__ == "__main__":
    make_secrets()
