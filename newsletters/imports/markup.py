"""XML of a spreadsheet, read as a stream: memory does not grow with the sheet."""

import zipfile
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from newsletters.imports.refusals import FileRefused

_BLOCK = 65536


def _refuse_doctype(*_declaration: Any) -> None:
    # No spreadsheet program writes one; entities need one (XML bombs, external files).
    raise FileRefused("bomb")


class Handler:
    """What an element means.

    Names come without namespace, so strict and transitional files are alike.
    """

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        """An element begins."""

    def end(self, name: str, /) -> None:
        """An element ends."""

    def text(self, data: str, /) -> None:
        """Characters between two tags, possibly in pieces."""


def feed(file: IO[bytes], handler: Handler) -> Iterator[None]:
    """Parse ``file`` into ``handler``, handing back control after every block.

    Raises FileRefused("damaged") where it is not well formed.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    local: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        short = local.get(name)
        if short is None:
            short = local[name] = name.rpartition(":")[2]
        handler.start(short, attributes)

    def end(name: str) -> None:
        handler.end(local[name])

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    try:
        while block := file.read(_BLOCK):
            parser.Parse(block, False)
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, zipfile.BadZipFile, EOFError, ValueError):
        raise FileRefused("damaged") from None
    yield


def read_all(container: zipfile.ZipFile, name: str, handler: Handler) -> None:
    """Parse the entry ``name`` to its end, if there is one of that name."""
    try:
        entry = container.open(name)
    except KeyError:
        return
    with entry:
        for _block in feed(entry, handler):
            pass
