"""Cleaned people as the staging table takes them: PostgreSQL's COPY text, block by block.

A line is one row of ``COLUMNS``. SQLite is given the same lines cut into values.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from newsletters.imports.cleaning import Cleaner, Person, Recipe, Refusal
from newsletters.imports.columns import PROFILE
from newsletters.imports.text import Row

COLUMNS = (
    *("id", "email", "email_typed", "address_key", "person_key", *PROFILE),
    *("attributes", "tags", "agreed", "is_double"),
)
# Rows cleaned before they are handed on, unless refused ones take more room than this.
BLOCK_ROWS = 10_000
BLOCK_CHARACTERS = 4_000_000
SAMPLES = 10
_SHOWN_CELLS = 100
_SHOWN_CELL = 1000
_TYPED_LIMIT = 320
# Stands for NULL until the line is known to need no escapes; no cell holds it.
_NULL = "\0"
_SPECIAL = re.compile(r"[\\\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
# Our own reader wrote the lines: no other encoding, no space around.
_READ = json.JSONDecoder().raw_decode


@dataclass
class Block:
    """What became of some rows: lines for the staging table, and what is told about the rest."""

    rows: int = 0
    lines: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    # Code → how often, and the first lines of the file.
    warnings: dict[str, list[Any]] = field(default_factory=dict)

    def warn(self, code: str, line: int) -> None:
        """Something staff should know about a row that is used all the same."""
        known = self.warnings.setdefault(code, [0, []])
        known[0] += 1
        if known[0] <= SAMPLES:
            known[1].append(line)


def blocks(rows: Iterator[str], recipe: Recipe, base: int) -> Iterator[Block]:
    """Clean rows as our reader wrote them.

    ``base`` is added to the line to make the row's id.
    """
    cleaner = Cleaner(recipe)
    while some := list(islice(rows, BLOCK_ROWS)):
        block, size = Block(), 0
        for text in some:
            block.rows += 1
            found = cleaner.clean(Row(*_READ(text)[0]))
            if isinstance(found, Person):
                _keep(block, found, base)
            else:
                block.refused.append(_short(found))
                size += sum(len(cell or "") for cell in block.refused[-1].cells)
            if size > BLOCK_CHARACTERS:
                yield block
                block, size = Block(), 0
        yield block


def write_block(file: IO[bytes], block: Block) -> None:
    """Hand a block to another process."""
    lines = "".join(block.lines).encode()
    head = {
        "rows": block.rows,
        "size": len(lines),
        "refused": [vars(refusal) for refusal in block.refused],
        "warnings": block.warnings,
    }
    file.write(json.dumps(head).encode() + b"\n" + lines)
    file.flush()


def read_block(file: IO[bytes]) -> Block | None:
    """The next block of another process; None behind the last one."""
    line = file.readline()
    if not line:
        return None
    head = json.loads(line)
    text = file.read(head["size"]).decode()
    return Block(
        rows=head["rows"],
        lines=[text] if text else [],
        refused=[Refusal(**refusal) for refusal in head["refused"]],
        warnings=head["warnings"],
    )


def values(lines: Iterable[str]) -> Iterator[list[str | None]]:
    """The lines cut into values, as a driver takes them."""
    for text in lines:
        for line in text.split("\n")[:-1]:
            yield [_value(cell) for cell in line.split("\t")]


def line_of(person: Person, base: int) -> str:
    """The person as one line of COPY text."""
    said = person.values.get
    texts = [
        str(base + person.line),
        person.email,
        person.typed[:_TYPED_LIMIT],
        person.key,
        person.person_key,
        *[said(name, _NULL) for name in PROFILE],
    ]
    line = "\t".join(texts)
    if _SPECIAL.search(line) or line.count("\t") >= len(texts):
        line = "\t".join(text.translate(_ESCAPES) for text in texts)
    attributes = json.dumps(person.attributes) if person.attributes else _NULL
    tags = json.dumps(person.tags) if person.tags else _NULL
    rest = f"{attributes}\t{tags}".replace("\\", "\\\\")
    return f"{line}\t{rest}\t{'1' if person.agreed else '0'}\t0\n".replace(_NULL, "\\N")


def _keep(block: Block, person: Person, base: int) -> None:
    block.lines.append(line_of(person, base))
    for code in dict.fromkeys(person.warnings):
        block.warn(code, person.line)


def _short(refusal: Refusal) -> Refusal:
    cells = [cell and cell[:_SHOWN_CELL] for cell in refusal.cells[:_SHOWN_CELLS]]
    return Refusal(refusal.line, refusal.column[:120], refusal.message[:300], cells)


def _value(cell: str) -> str | None:
    if "\\" not in cell:
        return cell
    return None if cell == "\\N" else _ESCAPED.sub(lambda match: _MEANT[match[1]], cell)
