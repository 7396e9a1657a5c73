"""A mailing of so many recipients and bytes, ready to go: ``python -m bench.seed 20000 10240``."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.stories import half_sent  # noqa: E402  # Django must stand first

SENTENCE = "She is a nurse and a union delegate, and nobody outside has seen her since October. "
# What headers, text part and the frame of the story take of the whole.
REST_BYTES = 1_900


def main(recipients: int, size: int) -> None:
    """Make the rows."""
    paragraphs = max(0, size - REST_BYTES) // (len(SENTENCE) + 12)
    half_sent(recipients, filler=f"<p>{SENTENCE}</p>\n" * paragraphs)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
