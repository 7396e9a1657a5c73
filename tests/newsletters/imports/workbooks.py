"""Workbooks as they come, harmless and harmful, by the numbers of the list of bad input."""

from datetime import date
from typing import Any

from openpyxl.utils.datetime import CALENDAR_MAC_1904

from newsletters.imports.layout import Wishes
from tests.newsletters.imports import files, old_excel
from tests.newsletters.imports.sheets import ANNA, BEA, TWO, Sheet, text

PERSON: list[old_excel.Cell] = ["anna@example.org", "Аня", 491701234567.0, date(2024, 2, 3)]


def hide(workbook: Any) -> None:
    workbook.active.row_dimensions[2].hidden = True
    workbook.active.column_dimensions["B"].hidden = True
    workbook.create_sheet("Old").sheet_state = "hidden"


def since_1904(workbook: Any) -> None:
    workbook.epoch = CALENDAR_MAC_1904


def second_sheet(workbook: Any) -> None:
    sheet = workbook.create_sheet("=cmd|' calc'!A0")
    sheet.append(["Email"])
    sheet.append(["cleo@example.org"])


WORKBOOKS = [
    Sheet("28-xlsx-named-csv", files.xlsx(["Email", "Name"], ANNA, BEA), rows=[ANNA, BEA]),
    Sheet(
        "29-biff",
        old_excel.xls(["Email", "Имя", "Phone", "Born"], PERSON, [], ["bea@example.org"]),
        rows=[["anna@example.org", "Аня", "491701234567", "2024-02-03"], ["bea@example.org"]],
        layout={"format": "xls", "sheets": [["People", False]]},
    ),
    Sheet(
        "29-biff-damaged", old_excel.xls(["Email"], ANNA)[:1500] + b"\xff" * 3000, refused="damaged"
    ),
    Sheet(
        "29-another-old-document",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        refused="not_a_table",
    ),
    Sheet("29-old-biff", b"\x09\x08\x10\0\0\x06\x05\0" + b"\0" * 600, refused="xls"),
    Sheet("29-html", b"\xef\xbb\xbf<html><table><tr><td>Email</td></tr></table>", refused="html"),
    Sheet("29-xml-2003", b'<?xml version="1.0"?><Workbook/>', refused="xml"),
    Sheet(
        "29-numbers",
        files.zipped({"Index/Document.iwa": b"x", "Metadata/a": b""}),
        refused="numbers",
    ),
    Sheet("29-xlsb", files.zipped({"xl/workbook.bin": b"x"}), refused="xlsb"),
    Sheet("29-zip", files.zipped({"people.csv": TWO}), refused="zip"),
    Sheet("29-pdf", b"%PDF-1.7 ...", refused="not_a_table"),
    Sheet("29-noise", bytes(range(1, 256)) * 20, refused="not_a_table"),
    Sheet(
        "29-ods",
        files.ods(
            '<table:table table:name="People">'
            + files.ods_row("Email", "Name")
            + files.ods_row(*ANNA)
            + files.ods_row(repeated=1_000_000)
            + files.ods_row(*BEA)
            + "</table:table>"
        ),
        rows=[ANNA, BEA],
        layout={"format": "ods", "sheets": [["People", False]]},
    ),
    Sheet(
        "30-password",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
        refused="password",
    ),
    Sheet("30-password-biff", old_excel.xls(["Email"], password=True), refused="password"),
    Sheet(
        "30-password-ods",
        files.ods("", extra={"META-INF/manifest.xml": b"<m><encryption-data/></m>"}),
        refused="password",
    ),
    Sheet(
        "31-macro",
        files.raw_xlsx(
            files.inline(["Email", "Name"], ANNA), extra={"xl/vbaProject.bin": b"macro"}
        ),
        rows=[ANNA],
    ),
    Sheet(
        "31-links-to-other-files-and-programs",
        files.raw_xlsx(
            files.inline(["Email", "Name"], ANNA),
            extra={
                "xl/_rels/workbook.xml.rels": b"<R>"
                b'<Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
                b'<Relationship Id="rId2" Target="file:///etc/passwd" TargetMode="External"/></R>',
                "xl/externalLinks/externalLink1.xml": b"<ddeLink ddeService='cmd' ddeTopic='/C'/>",
            },
        ),
        rows=[ANNA],
    ),
    Sheet(
        "32-formula-without-a-value",
        files.xlsx(["Email", "Name"], ["a@example.org", '=HYPERLINK("x")']),
        rows=[["a@example.org", None]],
    ),
    Sheet(
        "32-formula-with-its-value",
        files.raw_xlsx(
            "<sheetData><row><c t='str'><v>Email</v></c></row>"
            "<row><c t='str'><f>A1</f><v>anna@example.org</v></c></row></sheetData>"
        ),
        rows=[["anna@example.org"]],
    ),
    Sheet(
        "33-dates-as-numbers",
        files.xlsx(["Email", "Born"], ["anna@example.org", date(2024, 2, 3)]),
        rows=[["anna@example.org", "2024-02-03"]],
    ),
    Sheet(
        "33-dates-since-1904",
        files.xlsx(["Email", "Born"], ["anna@example.org", date(2024, 2, 3)], edit=since_1904),
        rows=[["anna@example.org", "2024-02-03"]],
    ),
    Sheet(
        "33-day-or-month-first",
        text("Email,Born\nanna@example.org,03/04/2024\n"),
        rows=[["anna@example.org", "03/04/2024"]],
        layout={"date_order": ""},
    ),
    Sheet(
        "33-month-first-as-one-row-tells",
        text("Email,Born\nanna@example.org,03/04/2024\nbea@example.org,12/31/1990\n"),
        layout={"date_order": "mdy"},
    ),
    Sheet(
        "34-phone-as-float",
        files.raw_xlsx(
            "<sheetData><row><c t='str'><v>Email</v></c><c t='str'><v>Phone</v></c></row>"
            "<row><c t='str'><v>a@example.org</v></c><c><v>4.91701234567E11</v></c></row>"
            "</sheetData>"
        ),
        rows=[["a@example.org", "491701234567"]],
    ),
    Sheet(
        "37-hidden",
        files.xlsx(["Email", "Name"], ANNA, edit=hide),
        rows=[ANNA],
        notes={"hidden_sheets"},
    ),
    Sheet(
        "37-hidden-biff",
        old_excel.xls(["Email", "Name"], ANNA, hidden=True),
        rows=[ANNA],
        notes={"hidden_sheets"},
        layout={"sheets": [["Old", True], ["People", False]], "sheet": 1},
    ),
    Sheet(
        "38-43-second-sheet",
        files.xlsx(["Email", "Name"], ANNA, edit=second_sheet),
        rows=[["cleo@example.org"]],
        notes={"several_sheets"},
        wishes=Wishes(sheet=1),
        layout={"sheets": [["Sheet", False], ["=cmd|' calc'!A0", False]]},
    ),
    Sheet(
        "38-the-people-stand-on-the-second-sheet",
        files.xlsx(["How to use this list"], edit=second_sheet),
        rows=[["cleo@example.org"]],
        notes={"several_sheets"},
        layout={"sheet": 1},
    ),
    Sheet("39-inline-strings", files.raw_xlsx(files.inline(["Email", "Name"], ANNA)), rows=[ANNA]),
    Sheet(
        "39-strict",
        files.raw_xlsx(files.inline(["Email", "Name"], ANNA), namespace=files.STRICT),
        rows=[ANNA],
    ),
    Sheet("40-overlap", files.overlapping(), refused="bomb"),
    Sheet("40-ratio", lambda: files.bomb(30), refused="bomb"),
    Sheet(
        "40-many-entries",
        lambda: files.raw_xlsx("", extra={f"xl/media/{n}.png": b"" for n in range(70_000)}),
        refused="bomb",
    ),
    Sheet(
        "40-zip-in-a-zip", files.zipped({"people.zip": files.zipped({"a.csv": TWO})}), refused="zip"
    ),
    Sheet("40-link-to-another-file", files.with_link(), refused="damaged"),
    Sheet(
        "40-dotted-name", files.raw_xlsx("", extra={"../../etc/passwd": b"x"}), refused="damaged"
    ),
    Sheet("40-absolute-name", files.raw_xlsx("", extra={"/etc/passwd": b"x"}), refused="damaged"),
    Sheet("40-cut-off", files.xlsx(["Email"])[:-30], refused="damaged"),
    Sheet(
        "41-entity-bomb",
        files.raw_xlsx(
            "", extra={"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'}
        ),
        refused="bomb",
    ),
    Sheet(
        "41-entity-from-a-file",
        files.raw_xlsx(
            "",
            extra={
                "xl/worksheets/sheet1.xml": b"<!DOCTYPE x "
                b'[<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
            },
        ),
        refused="bomb",
    ),
    Sheet(
        "41-million-attributes",
        files.raw_xlsx("<x " + " ".join(f'a{n}=""' for n in range(100_000)) + "/>"),
        refused="no_rows",
    ),
    Sheet(
        "42-dimension",
        files.raw_xlsx('<dimension ref="A1:XFD1048576"/>' + files.inline(["Email", "Name"], ANNA)),
        rows=[ANNA],
    ),
    Sheet(
        "42-one-cell-far-away",
        files.raw_xlsx(
            files.inline(["Email", "Name"], ANNA).replace(
                "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            )
        ),
        problems={1048576: "wide"},
    ),
    Sheet(
        "43-beyond-the-last-row",
        files.raw_xlsx('<sheetData><row r="1048577"/></sheetData>'),
        refused="too_many_rows",
    ),
]
