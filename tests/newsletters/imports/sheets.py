"""Contact spreadsheets as they come, by the numbers of the list of bad input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl.utils.datetime import CALENDAR_MAC_1904

from newsletters.imports.layout import Wishes
from tests.newsletters.imports import files, old_excel

TWO = b"Email,Name\nanna@example.org,Anna\nbea@example.org,Bea\n"
HEAD = "Email,Name\n"
ANNA = ["anna@example.org", "Anna"]
BEA = ["bea@example.org", "Bea"]
PERSON = ["anna@example.org", "Аня", 491701234567.0, date(2024, 2, 3)]


@dataclass(frozen=True)
class Sheet:
    """A file, and what is expected: a refusal, or rows and what is said about them."""

    id: str
    content: bytes | Callable[[], bytes]
    refused: str = ""
    line: int = 0
    rows: Sequence[Sequence[str | None]] | None = None
    problems: dict[int, str] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    layout: dict[str, Any] = field(default_factory=dict)
    wishes: Wishes = field(default_factory=Wishes)


def text(content: str, encoding: str = "utf-8") -> bytes:
    return content.encode(encoding)


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


SHEETS = [
    Sheet("01-empty-file", b"", refused="empty"),
    Sheet("01-only-blank-lines", b"\n\n \n", refused="no_rows"),
    Sheet("02-header-only", text(HEAD), rows=[]),
    Sheet(
        "03-no-header",
        TWO.partition(b"\n")[2],
        rows=[ANNA, BEA],
        notes={"no_header"},
        layout={"header_row": 0},
    ),
    Sheet(
        "04-titles-above-the-header",
        b"Members of the campaign\n\n2024;;\n" + TWO.replace(b",", b";"),
        rows=[ANNA, BEA],
        layout={"header_row": 4, "delimiter": ";"},
    ),
    Sheet(
        "04-titles-and-unknown-words",
        text("Vigil\nKontakt,Wer\nanna@example.org,Anna\n"),
        rows=[ANNA],
        notes={"header_guessed"},
        layout={"header_row": 2},
    ),
    Sheet(
        "05-two-header-rows",
        files.xlsx(["Person", ""], ["Email", "Name"], ANNA),
        rows=[ANNA],
        layout={"header_row": 2},
    ),
    Sheet(
        "05-header-row-corrected",
        TWO,
        rows=[BEA],
        wishes=Wishes(header_row=2),
        layout={"columns": ANNA},
    ),
    Sheet(
        "06-duplicate-header",
        text("Email,email ,Name\na@example.org,,A\n"),
        layout={"problem": "duplicate_header"},
    ),
    Sheet("07-russian-header", text("Эл. почта;Имя\nanna@example.org;Anna\n"), rows=[ANNA]),
    Sheet(
        "08-utf-8-bom",
        b"\xef\xbb\xbf" + TWO,
        rows=[ANNA, BEA],
        layout={"columns": ["Email", "Name"]},
    ),
    Sheet(
        "09-utf-16-bom-tabs",
        text("Email\tName\nanna@example.org\tАня\n", "utf-16"),
        rows=[["anna@example.org", "Аня"]],
        layout={"encoding": "utf-16", "delimiter": "\t"},
    ),
    Sheet(
        "10-utf-16-without-bom",
        text("Email\tName\r\nanna@example.org\tАня\r\n", "utf-16-le"),
        rows=[["anna@example.org", "Аня"]],
        notes={"encoding_guessed"},
        layout={"encoding": "utf-16-le"},
    ),
    Sheet(
        "10-utf-16-big-end",
        text("Email\tName\r\nanna@example.org\tАня\r\n", "utf-16-be"),
        rows=[["anna@example.org", "Аня"]],
        notes={"encoding_guessed"},
    ),
    Sheet(
        "11-windows-1252",
        text("Email;Name\nzoe@example.org;Zoë d’Or €5\n", "cp1252"),
        rows=[["zoe@example.org", "Zoë d’Or €5"]],
        notes={"encoding_guessed"},
        layout={"encoding": "cp1252"},
    ),
    Sheet(
        "11-latin-1",
        text("Email;Name\njose@example.org;José Núñez\nanna@example.org;Anna\n", "latin-1"),
        rows=[["jose@example.org", "José Núñez"], ANNA],
        notes={"encoding_guessed"},
        layout={"encoding": "cp1252"},
    ),
    Sheet(
        "12-windows-1251",
        text("Email;Имя\nanna@example.org;Анна Сергеевна\n", "cp1251"),
        rows=[["anna@example.org", "Анна Сергеевна"]],
        notes={"encoding_guessed"},
        layout={"encoding": "cp1251"},
    ),
    Sheet(
        "13-mixed-encodings",
        text(HEAD + "a@example.org,Zoë\nb@example.org,Jörg\n") + b"c@example.org,Jos\xe9\n",
        problems={4: "encoding"},
        notes={"encoding_guessed"},
        layout={"encoding": "utf-8-sig"},
    ),
    Sheet(
        "14-nul", b"Email,Name\na@example.org,A\0B\nanna@example.org,Anna\n", problems={2: "nul"}
    ),
    Sheet("15-semicolons", TWO.replace(b",", b";"), rows=[ANNA, BEA]),
    Sheet("15-tabs", TWO.replace(b",", b"\t"), rows=[ANNA, BEA]),
    Sheet(
        "16-decimal-comma",
        text("Email;Name;Gift\nanna@example.org;Anna;1,50\nbea@example.org;Bea;2,75\n"),
        rows=[[*ANNA, "1,50"], [*BEA, "2,75"]],
    ),
    Sheet("17-sep-line", b"sep=;\r\n" + TWO.replace(b",", b";"), rows=[ANNA, BEA]),
    Sheet(
        "18-quote-inside-a-cell",
        text(HEAD + 'a@example.org,Anna "Anja" Doe\nbea@example.org,Bea\n'),
        problems={2: "quote"},
        rows=[["a@example.org", 'Anna "Anja" Doe'], BEA],
    ),
    Sheet(
        "18-text-behind-a-quote",
        text(HEAD + 'a@example.org,"Anna" Doe\nbea@example.org,Bea\n'),
        problems={2: "quote"},
    ),
    Sheet(
        "19-unclosed-quote",
        text(HEAD + 'a@example.org,A\nb@example.org,"Bea\n' + "c@example.org,C\n" * 99_997),
        refused="unclosed_quote",
        line=3,
    ),
    Sheet(
        "19-unclosed-quote-then-quotes",
        text(HEAD + 'a@example.org,A\nb@example.org,"Bea\nc@example.org,"Cleo"\n'),
        refused="unclosed_quote",
        line=3,
    ),
    Sheet(
        "19-unclosed-quote-at-the-end",
        text(HEAD + 'a@example.org,"A'),
        refused="unclosed_quote",
        line=2,
    ),
    Sheet(
        "20-newline-in-a-cell",
        text(HEAD + '"anna@example.org","An\r\nna, ""A"""\r\nbea@example.org,Bea\r\n'),
        rows=[["anna@example.org", 'An\nna, "A"'], BEA],
    ),
    Sheet("21-cr-only", TWO.replace(b"\n", b"\r"), rows=[ANNA, BEA]),
    Sheet(
        "22-mixed-line-ends",
        b"Email,Name\r\nanna@example.org,Anna\nbea@example.org,Bea\r\n",
        rows=[ANNA, BEA],
    ),
    Sheet(
        "23-ragged",
        text("Email,Name,Tag\na@example.org,A\nb@example.org,B,x,y\nc@example.org,C,z\n"),
        problems={2: "missing_cells", 3: "extra_cells"},
    ),
    Sheet(
        "24-nine-hundred-empty-columns", TWO.replace(b"\n", b"," * 900 + b"\n"), rows=[ANNA, BEA]
    ),
    Sheet(
        "26-cell-of-5-mb",
        text(HEAD) + b"a@example.org," + b"x" * 5_000_000 + b"\nanna@example.org,Anna\n",
        problems={2: "long"},
    ),
    Sheet(
        "26-cell-of-20-kb-in-a-workbook",
        files.xlsx(["Email", "Name"], ["a@example.org", "x" * 20_000], BEA),
        problems={2: "long"},
    ),
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
