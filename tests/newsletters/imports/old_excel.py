"""A workbook as Excel 97 saved it, built record by record (MS-XLS, MS-CFB); no library writes one.

Only what our tests need: texts, numbers, dates, hidden sheets, a password.
"""

import struct
from collections.abc import Sequence
from datetime import date

_SECTOR = 512
_FREE, _END, _IS_FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_GENERAL, _DAY = 0, 1
_EPOCH = date(1899, 12, 30)

Cell = str | float | date


def xls(*rows: Sequence[Cell], hidden: bool = False, password: bool = False) -> bytes:
    """A sheet "People" with these rows; ``hidden`` adds a hidden one before it."""
    old: list[tuple[str, int, Sequence[Sequence[Cell]]]] = [("Old", 1, [["Email"]])]
    sheets = [*old * hidden, ("People", 0, rows)]
    streams = [_sheet(content) for _name, _state, content in sheets]
    place = len(_globals([(name, state, 0) for name, state, _content in sheets], password))
    bounds = []
    for (name, state, _content), stream in zip(sheets, streams, strict=True):
        bounds.append((name, state, place))
        place += len(stream)
    return _container(_globals(bounds, password) + b"".join(streams))


def _record(number: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _start(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def _text(text: str, length: str) -> bytes:
    return struct.pack(f"<{length}B", len(text), 1) + text.encode("utf-16-le")


def _globals(bounds: list[tuple[str, int, int]], password: bool) -> bytes:
    parts = [_start(0x0005)]
    parts += [_record(0x002F, struct.pack("<HHH", 1, 1, 1))] * password
    # Two formats of cells: as it is, and built-in number 14, a date.
    parts += [_record(0x00E0, struct.pack("<HH", 0, number) + b"\0" * 16) for number in (0, 14)]
    parts += [
        _record(0x0085, struct.pack("<IBB", place, state, 0) + _text(name, "B"))
        for name, state, place in bounds
    ]
    return b"".join([*parts, _record(0x000A)])


def _sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    cells = [
        _cell(line, column, cell)
        for line, row in enumerate(rows)
        for column, cell in enumerate(row)
        if cell != ""
    ]
    return b"".join([_start(0x0010), *cells, _record(0x000A)])


def _cell(line: int, column: int, cell: Cell) -> bytes:
    if isinstance(cell, str):
        return _record(0x0204, struct.pack("<HHH", line, column, _GENERAL) + _text(cell, "H"))
    if isinstance(cell, date):
        days = (cell - _EPOCH).days
        return _record(0x0203, struct.pack("<HHHd", line, column, _DAY, days))
    return _record(0x0203, struct.pack("<HHHd", line, column, _GENERAL, cell))


def _container(stream: bytes) -> bytes:
    """Sector 0 is the table of sectors, 1 the directory, the rest the one stream."""
    # Below 4096 bytes it would live in a stream of small ones.
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % _SECTOR)
    number = len(stream) // _SECTOR
    assert number + 2 <= _SECTOR // 4
    table = [_IS_FAT, _END, *range(3, number + 2), _END]
    table += [_FREE] * (_SECTOR // 4 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", 0, *[_FREE] * 108)
    directory = _entry("Root Entry", 5, child=1, start=_END, size=0)
    directory += _entry("Workbook", 2, child=_FREE, start=2, size=len(stream))
    directory += _entry("", 0, child=_FREE, start=0, size=0) * 2
    return head + struct.pack(f"<{_SECTOR // 4}I", *table) + directory + stream


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    title = (name + "\0").encode("utf-16-le") if name else b""
    entry = title.ljust(64, b"\0") + struct.pack("<HBB", len(title), kind, 1)
    entry += struct.pack("<III", _FREE, _FREE, child) + b"\0" * 36
    return entry + struct.pack("<IQ", start, size)
