"""``python -m worker.leash PID command…``: become ``command``, and end when process PID does.

Between fork and exec a process with threads may not run Python, so the
supervisor cannot tie its parts to itself there; each part ties itself.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Linux: ask the kernel for SIGTERM at the parent's death. Elsewhere parts stay unleashed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        # It may have died before we asked.
        if os.getppid() != parent:
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  # a list from our own supervisor, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
