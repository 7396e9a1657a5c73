"""The files of an import in private storage: under random names, never served by a web server."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.utils import timezone

from newsletters.services import scratch

_FOLDER = "imports"
# FILE_UPLOAD_TEMP_DIR: Django's, until a request has been answered.
_COMING_IN = "uploads"


def _private() -> Storage:
    return storages["private"]


def store(content: File) -> str:
    """Keep ``content``; returns its name."""
    return _private().save(f"{_FOLDER}/{secrets.token_hex(16)}", content)


def remove(*names: str) -> None:
    """Forget these files; names that are empty or gone are passed over."""
    for name in filter(None, names):
        _private().delete(name)


def older_than(age: timedelta) -> list[str]:
    """The names of all that were stored longer ago than ``age``."""
    return _older_than(age, _FOLDER)


def clear_uploads(age: timedelta) -> int:
    """Remove what came in longer ago than ``age``: its request was killed. Returns how much."""
    found = _older_than(age, _COMING_IN)
    remove(*found)
    return len(found)


def _older_than(age: timedelta, folder: str) -> list[str]:
    storage, before = _private(), timezone.now() - age
    if not storage.exists(folder):
        return []
    found = []
    for name in storage.listdir(folder)[1]:
        # Somebody may remove it while we look.
        with suppress(FileNotFoundError):
            if storage.get_modified_time(f"{folder}/{name}") < before:
                found.append(f"{folder}/{name}")
    return found


@contextmanager
def local_copy(name: str) -> Iterator[Path]:
    """The file as a path on this machine, wherever the storage keeps it, for the child process."""
    with workplace() as folder:
        path = folder / "upload"
        with _private().open(name, "rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        yield path


@contextmanager
def workplace() -> Iterator[Path]:
    """A directory that is gone afterwards, readable by us alone."""
    with scratch.folder() as folder:
        yield folder


def keep(path: Path) -> str:
    """Move a finished file into private storage; returns its name."""
    with path.open("rb") as file:
        return store(File(file))
