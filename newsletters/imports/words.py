"""The different words in some columns of a file, to make fields with choices of them."""

import re
from pathlib import Path

from newsletters.exports import restore
from newsletters.imports.layout import Layout, read

MOST = 100
_CUT = re.compile(r"[,;|\n]")


def words_of(path: Path, layout: Layout, columns: dict[int, bool]) -> dict[int, list[str]]:
    """Column → its words in the order they come, each once, one more than MOST at the most.

    ``columns``: number → whether a cell holds several. Raises FileRefused.
    """
    found: dict[int, dict[str, str]] = {at: {} for at in columns}
    for row in read(path, layout):
        if row.line <= layout.header_row or row.problem:
            continue
        for at, several in columns.items():
            cell = restore((row.cells[at] if at < len(row.cells) else "") or "")
            for word in _CUT.split(cell) if several else [cell]:
                tidy = " ".join(word.split())
                if tidy and len(found[at]) <= MOST:
                    found[at].setdefault(tidy.casefold(), tidy)
        if all(len(words) > MOST for words in found.values()):
            break
    return {at: list(words.values()) for at, words in found.items()}
