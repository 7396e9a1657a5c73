"""Fills an arena's database with a mailing that is being sent: ``… tests.programs.half_sent 1000``.

A program of its own, because an arena lives on a database of its own, not on
the one of the test.
"""

import sys

from tests.stories import half_sent

if __name__ == "__main__":
    half_sent(int(sys.argv[1]))
