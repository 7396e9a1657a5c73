"""The supervisor with real processes: started, restarted, stopped, and never left behind."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.infra.processes import Program, wait_until

# A part that notes its process id and then sleeps; "helper" starts one of its own first.
SLEEPER = "import os,sys,time; open(sys.argv[1],'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
HELPER = (
    "import subprocess,sys;"
    "child = subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[1]]);"
    "open(sys.argv[1],'a').close(); child.wait()"
)
STUBBORN = (
    "import os,signal,sys,time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "open(sys.argv[1],'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
)
SUPERVISE = """
import sys
from worker.supervisor import Part, Supervisor
parts = [Part(f"part{n}", [sys.executable, "-c", code, *sys.argv[1:2], *sys.argv[4:]])
         for n, code in enumerate(sys.argv[2:4])]
sys.exit(Supervisor(parts).run())
"""


def supervised(tmp_path: Path, *codes: str) -> tuple[Program, Path]:
    pids = tmp_path / "pids"
    first, second = codes
    program = Program(
        ["-c", SUPERVISE, str(pids), first, second, SLEEPER],
        environment={},
        log=tmp_path / "log",
    )
    return program, pids


def noted(pids: Path) -> list[int]:
    return [int(line) for line in pids.read_text().split()] if pids.exists() else []


def alive(pid: int) -> bool:
    """Running: not gone, and not a zombie nobody has collected yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def none_left(pids: Path) -> bool:
    return not any(alive(pid) for pid in noted(pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_part_and_ends_with_status_0(tmp_path, number):
    program, pids = supervised(tmp_path, SLEEPER, SLEEPER)
    with program:
        wait_until(lambda: len(noted(pids)) == 2, seconds=15, what="both parts run")
        os.kill(program.process.pid, number)
        assert program.process.wait(10) == 0
        assert none_left(pids)


def test_a_killed_part_comes_back_and_the_other_is_left_alone(tmp_path):
    program, pids = supervised(tmp_path, SLEEPER, SLEEPER)
    with program:
        wait_until(lambda: len(noted(pids)) == 2, seconds=15, what="both parts run")
        victim, other = noted(pids)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(noted(pids)) == 3, seconds=15, what="the part is back")
        assert alive(other)
        assert "was killed by SIGKILL, again in 1 s" in program.output()
        program.stop()
        assert none_left(pids)


def test_killing_the_supervisor_leaves_no_part_behind(tmp_path):
    program, pids = supervised(tmp_path, SLEEPER, SLEEPER)
    with program:
        wait_until(lambda: len(noted(pids)) == 2, seconds=15, what="both parts run")
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()
        wait_until(lambda: none_left(pids), seconds=5, what="no part is left")


def test_what_a_killed_part_had_started_is_ended_too(tmp_path):
    program, pids = supervised(tmp_path, HELPER, SLEEPER)
    with program:
        wait_until(lambda: len(noted(pids)) == 2, seconds=15, what="part and helper run")
        parents = {pid: _parent(pid) for pid in noted(pids)}
        helper = next(pid for pid, parent in parents.items() if parent != program.process.pid)
        os.kill(parents[helper], signal.SIGKILL)
        wait_until(lambda: not alive(helper), seconds=5, what="the helper is gone")
        wait_until(lambda: len(noted(pids)) == 3, seconds=15, what="the part is back")
        program.stop()
        assert none_left(pids)


def test_a_part_that_will_not_stop_is_killed_within_ten_seconds(tmp_path):
    program, pids = supervised(tmp_path, STUBBORN, SLEEPER)
    with program:
        wait_until(lambda: len(noted(pids)) == 2, seconds=15, what="both parts run")
        began = time.monotonic()
        assert program.stop() == 0
        assert time.monotonic() - began < 10
        assert none_left(pids)
        assert "did not stop in time and was killed" in program.output()


def test_a_part_that_ends_at_once_is_tried_again_ever_more_slowly(tmp_path):
    program, pids = supervised(tmp_path, "import sys; sys.exit(3)", SLEEPER)
    with program:
        wait_until(
            lambda: "again in 4 s" in program.output(), seconds=30, what="the waits grow longer"
        )
        program.stop()
    assert [line for line in program.output().splitlines() if "ended with status 3" in line][
        :3
    ] == [
        "    part0 | ended with status 3, again in 1 s",
        "    part0 | ended with status 3, again in 2 s",
        "    part0 | ended with status 3, again in 4 s",
    ]
    assert none_left(pids)


def test_what_a_part_says_comes_out_with_its_name_and_without_empty_lines(tmp_path):
    speaks = "import time; print('hello\\n\\nworld'); time.sleep(600)"
    program, pids = supervised(tmp_path, speaks, SLEEPER)
    with program:
        wait_until(lambda: "world" in program.output(), seconds=15, what="it has spoken")
        program.stop()
    assert program.output().splitlines()[:2] == ["    part0 | hello", "    part0 | world"]
    assert none_left(pids)


def test_a_leash_without_its_supervisor_starts_nothing(tmp_path):
    mark = tmp_path / "mark"
    program = Program(
        ["-m", "worker.leash", "1", sys.executable, "-c", SLEEPER, str(mark)],
        environment={},
        log=tmp_path / "log",
    )
    with program:
        assert program.process.wait(10) == 1
    assert not mark.exists()


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
