"""A zip container is looked at before anything in it is unpacked (zip bombs, CVE-2024-0450)."""

import stat
import zipfile
from itertools import pairwise
from pathlib import Path

from newsletters.imports import limits
from newsletters.imports.refusals import FileRefused

_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def open_checked(path: Path) -> zipfile.ZipFile:
    """The container, once it is known to be harmless. Raises FileRefused otherwise.

    Sizes are those of the directory; Python never hands out more bytes of an
    entry than the directory promises.
    """
    if path.stat().st_size > limits.MAX_SHEET_FILE:
        raise FileRefused("sheet_size")
    try:
        container = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError):
        raise FileRefused("damaged") from None
    entries = container.infolist()
    _check_sizes(entries)
    _check_names(entries)
    _check_places(entries, container.start_dir)
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise FileRefused("password")
    return container


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > limits.MAX_ENTRIES:
        raise FileRefused("bomb")
    if sum(entry.file_size for entry in entries) > limits.MAX_UNPACKED:
        raise FileRefused("bomb")
    for entry in entries:
        packed = max(entry.compress_size, 1)
        if entry.file_size > limits.SMALL_ENTRY and entry.file_size > packed * limits.MAX_RATIO:
            raise FileRefused("bomb")


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise FileRefused("damaged")
    for entry in entries:
        # orig_filename: zipfile itself cuts at a NUL and turns backslashes.
        name = entry.orig_filename
        parts = name.split("/")
        odd = name.startswith("/") or ".." in parts or "\\" in name or ":" in name or "\0" in name
        if odd or stat.S_ISLNK(entry.external_attr >> 16):
            raise FileRefused("damaged")
        if entry.compress_type not in _METHODS:
            raise FileRefused("damaged")


def _check_places(entries: list[zipfile.ZipInfo], directory: int) -> None:
    """Every entry lies behind the one before it: Python 3.11.7 does not look."""
    starts = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    for (start, size), (following, _size) in pairwise([*starts, (directory, 0)]):
        if start < 0 or start + _LOCAL_HEADER + size > following:
            raise FileRefused("bomb")
