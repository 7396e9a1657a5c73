"""Contact spreadsheets as they come, by the numbers of the list of bad input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from newsletters.imports.layout import Wishes
from tests.newsletters.imports import files

TWO = b"Email,Name\nanna@example.org,Anna\nbea@example.org,Bea\n"
HEAD = "Email,Name\n"
ANNA = ["anna@example.org", "Anna"]
BEA = ["bea@example.org", "Bea"]


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
]
