"""The child process that cleans a share of a file of rows, so that all cores are used.

    python -m newsletters.imports.cleaner    < {"path", "share", "recipe", "base"}

The order is one line; standard input ends when the file is whole. Writes blocks as
newsletters.imports.staging hands them on. It opens only what our own reader wrote, and
needs the settings: keys of addresses, and the language of sentences.
"""

import gc
import json
import sys
from pathlib import Path
from select import select

import django

from newsletters.imports.crew import recipe_from
from newsletters.imports.growing import Share, rows
from newsletters.imports.staging import blocks, write_block

# Seconds between two looks at a file that still grows.
_MOMENT = 0.05


def main() -> None:
    """Clean the share, block by block."""
    django.setup()
    # A row leaves nothing behind that points in a circle; looking for it costs a tenth.
    gc.disable()
    given = json.loads(sys.stdin.buffer.readline())
    found = rows(Path(given["path"]), Share(*given["share"]), _is_whole)
    for block in blocks(found, recipe_from(given["recipe"]), given["base"]):
        write_block(sys.stdout.buffer, block)


def _is_whole() -> bool:
    """Whether standard input has ended; nothing comes behind the order."""
    readable, _writable, _broken = select([sys.stdin], [], [], _MOMENT)
    return bool(readable)


if __name__ == "__main__":
    main()
