"""Fills an arena's database with a mailing that is being sent: ``… tests.faults.seed 1000``.

A program of its own, because an arena lives on a database of its own, not on
the one of the test.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.stories import half_sent  # noqa: E402  # Django must stand first

if __name__ == "__main__":
    half_sent(int(sys.argv[1]))
