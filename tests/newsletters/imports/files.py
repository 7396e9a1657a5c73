"""Sheets as people send them, built byte by byte."""

import io
import stat
import zipfile
from typing import Any

import openpyxl

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def xlsx(*rows: list[Any], edit: Any = None) -> bytes:
    """A workbook by openpyxl; ``edit(workbook)`` may change it before it is saved."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    if edit:
        edit(workbook)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def raw_xlsx(
    sheet_data: str, *, namespace: str = MAIN, extra: dict[str, bytes] | None = None
) -> bytes:
    """A workbook written by hand around ``sheet_data``, without styles or shared strings."""
    parts = {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{LINKS}"><sheets>'
        '<sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        '<Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{namespace}">{sheet_data}</worksheet>',
    }
    return zipped({name: text.encode() for name, text in parts.items()} | (extra or {}))


def inline(*rows: list[str]) -> str:
    """Rows of inline strings for ``raw_xlsx``."""
    cells = [
        "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) for row in rows
    ]
    return "<sheetData>" + "".join(f"<row>{row}</row>" for row in cells) + "</sheetData>"


def ods(body: str, *, styles: str = "", extra: dict[str, bytes] | None = None) -> bytes:
    """An OpenDocument sheet around ``body``."""
    content = (
        f"<office:document-content {ODF}>"
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    parts = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content.encode(),
    }
    return zipped(parts | (extra or {}))


def ods_row(*cells: str, repeated: int = 1) -> str:
    """One row of text cells for ``ods``."""
    inner = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{inner}</table:table-row>'


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip of ``parts``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        for name, data in parts.items():
            container.writestr(name, data)
    return out.getvalue()


def with_link() -> bytes:
    """A workbook one of whose parts is a symbolic link."""
    out = io.BytesIO(raw_xlsx(inline(["Email"], ["a@example.org"])))
    with zipfile.ZipFile(out, "a") as container:
        link = zipfile.ZipInfo("xl/media/picture.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        container.writestr(link, "/etc/passwd")
    return out.getvalue()


def bomb(megabytes: int) -> bytes:
    """A workbook of a few hundred kilobytes that unfolds to ``megabytes``."""
    row = b"<row><c><v>1</v></c></row>"
    data = b"<worksheet><sheetData>" + row * (megabytes * 1024 * 1024 // len(row))
    return raw_xlsx("", extra={"xl/worksheets/sheet1.xml": data + b"</sheetData></worksheet>"})


def overlapping() -> bytes:
    """A zip whose directory names the same bytes twice."""
    data = bytearray(raw_xlsx(inline(["Email"], ["a@example.org"])))
    directory = data.rindex(b"PK\x01\x02")
    # The last entry's offset (at 42 of its directory record) points to the first entry.
    data[directory + 42 : directory + 46] = (0).to_bytes(4, "little")
    return bytes(data)
