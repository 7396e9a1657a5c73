"""The child process that cleans one part of a file of rows, so that all cores are used.

    python -m newsletters.imports.cleaner    < {"path", "part", "recipe", "base"}

Writes blocks as newsletters.imports.staging hands them on. It opens only what our own
reader wrote, and needs the settings: keys of addresses, and the language of sentences.
"""

import gc
import json
import sys
from pathlib import Path

import django

from newsletters.imports.crew import recipe_from
from newsletters.imports.staging import blocks, write_block


def main() -> None:
    """Clean the part, block by block."""
    django.setup()
    # A row leaves nothing behind that points in a circle; looking for it costs a tenth.
    gc.disable()
    given = json.load(sys.stdin)
    first, behind = given["part"]
    recipe = recipe_from(given["recipe"])
    for block in blocks(Path(given["path"]), (first, behind), recipe, given["base"]):
        write_block(sys.stdout.buffer, block)


if __name__ == "__main__":
    main()
