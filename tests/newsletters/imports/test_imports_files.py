"""What becomes of every spreadsheet in ``sheets``, and of files made to do harm."""

import json
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsletters.imports import child
from newsletters.imports.layout import Layout, Wishes, look
from newsletters.imports.reader import convert
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sentences import FILE, NOTES, ROW
from newsletters.imports.values import from_serial
from tests.newsletters.imports import files, old_excel
from tests.newsletters.imports.sheets import ANNA, SHEETS, Sheet
from tests.newsletters.imports.workbooks import WORKBOOKS

pytestmark = pytest.mark.once


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return path

    return write


def rows_of(path: Path, layout: Layout) -> list[list[Any]]:
    import_rows = path.with_name("rows")
    convert(path, import_rows, layout)
    return [json.loads(line) for line in import_rows.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("sheet", [*SHEETS, *WORKBOOKS], ids=lambda sheet: sheet.id)
def test_each_sheet_has_its_clear_answer(sheet: Sheet, on_disk: Callable[[bytes], Path]) -> None:
    path = on_disk(sheet.content() if callable(sheet.content) else sheet.content)
    if sheet.refused:
        with pytest.raises(FileRefused) as refused:
            rows_of(path, look(path, sheet.wishes))
        assert (refused.value.code, refused.value.line) == (sheet.refused, sheet.line)
        assert str(FILE[sheet.refused]) % {"line": sheet.line}
        return
    layout = look(path, sheet.wishes)
    rows = rows_of(path, layout)
    assert set(layout.notes) == sheet.notes
    assert all(NOTES[note] for note in layout.notes)
    assert {name: getattr(layout, name) for name in sheet.layout} == sheet.layout
    assert {line: problem for line, _cells, problem in rows if problem} == sheet.problems
    assert all(ROW[problem] for problem in sheet.problems.values())
    if sheet.rows is not None:
        assert [cells for _line, cells, _problem in rows] == sheet.rows


def test_dates_are_days_in_both_calendars_and_the_day_that_never_was_stays_text() -> None:
    assert from_serial("45325", from_1904=False) == "2024-02-03"
    assert from_serial("43863", from_1904=True) == "2024-02-03"
    assert from_serial("60", from_1904=False) == "1900-02-29"
    assert from_serial("59", from_1904=False) == "1900-02-28"
    assert from_serial("61", from_1904=False) == "1900-03-01"
    assert from_serial("45325.5", from_1904=False) == "2024-02-03 12:00"
    assert from_serial("1e300", from_1904=False) == "1e300"


def test_25_900_000_empty_formatted_rows_are_read_in_seconds(
    on_disk: Callable[[bytes], Path],
) -> None:
    empty = "".join(
        f'<row r="{n}" s="{n % 7}"><c r="A{n}" s="1"/></row>' for n in range(3, 900_003)
    )
    data = files.inline(["Email", "Name"], ANNA).replace("</sheetData>", empty + "</sheetData>")
    path = on_disk(files.raw_xlsx(data))
    started = time.monotonic()
    found = child.convert(path, path.with_name("rows"), child.look(path, Wishes()))
    assert found["rows"] == 1
    assert time.monotonic() - started < 120


@pytest.mark.faults
def test_a_bomb_below_every_declared_limit_comes_to_an_end(
    on_disk: Callable[[bytes], Path],
) -> None:
    """Within 60 MB, 400 MB and the ratio, but 27 million cells with nothing in them."""
    chance = random.Random(7)
    row = "<row>" + "".join(chance.choices(("<c/>", "<c></c>"), k=16_000)) + "</row>"
    path = on_disk(files.raw_xlsx("<sheetData>" + row * 1_700 + "</sheetData>"))
    started = time.monotonic()
    with pytest.raises(FileRefused) as refused:
        child.look(path, Wishes())
    assert refused.value.code == "bomb"
    assert time.monotonic() - started < 180


def test_shared_strings_that_fill_the_memory_are_a_bomb_and_only_the_child_suffers(
    on_disk: Callable[[bytes], Path],
) -> None:
    strings = b"<sst>" + b"<si><t>%s</t></si>" % (b"x" * 90) * 3_500_000 + b"</sst>"
    data = files.raw_xlsx(
        files.inline(["Email"]),
        extra={
            "xl/_rels/workbook.xml.rels": b"<R>"
            b'<Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
            b'<Relationship Id="rId2" Target="sharedStrings.xml"/></R>',
            "xl/sharedStrings.xml": strings,
        },
    )
    with pytest.raises(FileRefused) as refused:
        child.look(on_disk(data), Wishes())
    assert refused.value.code == "bomb"


MEASURED = """
import resource, sys
from pathlib import Path
from newsletters.imports import child
from newsletters.imports.layout import Wishes
from newsletters.imports.refusals import FileRefused
path = Path(sys.argv[1])
try:
    child.convert(path, path.with_name("rows"), child.look(path, Wishes()))
except FileRefused as refused:
    print(refused.code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_27_millions_of_lines_are_refused_in_little_memory(
    on_disk: Callable[[bytes], Path],
) -> None:
    path = on_disk(b"Email\n" + b"a@example.org\n" * 1_048_577)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True
    )
    code, megabytes = done.stdout.split()
    assert code == "too_many_rows"
    assert int(megabytes) < 100


@pytest.mark.parametrize(
    ("content", "size", "code"),
    [
        (b"a@example.org\n" * 1000, 200, "text_size"),
        (files.raw_xlsx(""), 60, "sheet_size"),
        (old_excel.xls(["Email"], ["a@example.org"]), 60, "sheet_size"),
    ],
    ids=["text", "xlsx", "xls"],
)
def test_a_file_is_not_opened_when_it_is_too_large(
    on_disk: Callable[[bytes], Path], content: bytes, size: int, code: str
) -> None:
    path = on_disk(content)
    os.truncate(path, size * 1024 * 1024 + 1)
    if content.startswith(b"PK"):
        # Its directory stands at the end; what is before belongs to nothing.
        with zipfile.ZipFile(path, "a") as container:
            for name in ("[Content_Types].xml", "xl/workbook.xml"):
                container.writestr(name, "")
    with pytest.raises(FileRefused) as refused:
        child.look(path, Wishes())
    assert refused.value.code == code


def test_a_spreadsheet_with_too_many_rows_is_told_to_come_as_text(
    on_disk: Callable[[bytes], Path],
) -> None:
    rows = ([f"p{number}@example.org"] for number in range(250_001))
    path = on_disk(files.raw_xlsx(files.inline(["Email"], *rows)))
    with pytest.raises(FileRefused) as refused:
        child.convert(path, path.with_name("rows"), child.look(path, Wishes()))
    assert refused.value.code == "too_many_sheet_rows"
