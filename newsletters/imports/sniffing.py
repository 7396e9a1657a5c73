"""What a file is, by what it holds. Its name says nothing: .xls is often HTML, .csv often XLSX."""

import zipfile
from pathlib import Path

from newsletters.imports.refusals import FileRefused

TEXT, XLSX, ODS, XLS = "text", "xlsx", "ods", "xls"

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF = (b"\x09\x08", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00", b"\x09\x00\x04\x00")
_OTHERS = (
    b"%PDF",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
)
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
# Bytes that no text in any of our encodings holds, NUL apart (see text.py).
_CONTROLS = bytes(set(range(1, 32)) - {9, 10, 12, 13, 26, 27})


def sniff(path: Path) -> str:
    """TEXT, XLSX, ODS or XLS. Raises FileRefused for anything else, saying what it is."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise FileRefused("empty")
    if head.startswith(b"PK"):
        return _kind_of_zip(path)
    if head.startswith(_OLE):
        return _kind_of_ole(path)
    if head.startswith(_BIFF):
        raise FileRefused("xls")
    if head.startswith(_OTHERS):
        raise FileRefused("not_a_table")
    _refuse_markup(head)
    marked = head.startswith(_BOMS) or wide_without_mark(head)
    if not marked and len(head.translate(None, _CONTROLS)) < len(head) * 0.98:
        raise FileRefused("not_a_table")
    return TEXT


def wide_without_mark(head: bytes) -> str:
    """The byte order of UTF-16 that forgot to say so: every other byte is NUL or Cyrillic's 4."""
    for encoding, high in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if high.count(0) > len(high) * 0.2 and high.count(0) + high.count(4) > len(high) * 0.8:
            return encoding
    return ""


def _refuse_markup(head: bytes) -> None:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style")):
        raise FileRefused("html")
    if start.startswith((b"<?xml", b"<workbook", b"<office:document")):
        raise FileRefused("html" if b"<html" in start else "xml")


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as container:
            names = set(container.namelist())
            kind = container.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        raise FileRefused("damaged") from None
    if b"opendocument.spreadsheet" in kind:
        return ODS
    if "xl/workbook.bin" in names:
        raise FileRefused("xlsb")
    if "[Content_Types].xml" in names and any("workbook" in name for name in names):
        return XLSX
    if any(name.startswith("Index/") or name.endswith(".iwa") for name in names):
        raise FileRefused("numbers")
    raise FileRefused("zip")


def _kind_of_ole(path: Path) -> str:
    """By the names of its streams: MS-OFFCRYPTO 2.3.4 for a locked XLSX, MS-XLS 2.1.2 for XLS."""
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise FileRefused("password")
    # Excel 5 called it Book.
    if any(name.encode("utf-16-le") in content for name in ("Workbook\0", "Book\0")):
        return XLS
    raise FileRefused("not_a_table")
