"""Memory of a process that stays."""

import subprocess
import sys

# glibc reserves 64 MB at a multiple of 64 MB for each heap but the first.
COUNT_HEAPS = """
import sys, threading
from pathlib import Path
from digest.daemon.memory import few_heaps

SIZE = 64 << 20

def count():
    lines = Path("/proc/self/maps").read_text().splitlines()
    starts, ends = ({int(line.split()[0].split("-")[n], 16) for line in lines} for n in (0, 1))
    print(sum(start % SIZE == 0 and start + SIZE in ends for start in starts))

def work():
    kept = [bytes(1000 + n) for n in range(300)]
    together.wait()
    del kept

if sys.argv[1] == "few":
    few_heaps()
together = threading.Barrier(8, count)
for _ in range(8):
    threading.Thread(target=work).start()
"""


def heaps(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", COUNT_HEAPS, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_threads_share_two_heaps_of_the_c_library() -> None:
    few, many = heaps("few"), heaps("many")
    assert many >= few + 4, f"{few} heaps, and {many} without"
