"""How soon the past of a sandbox is ready, with its ledger, and what memory it takes: 5,000 messages, and a million."""

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import flowroute_nb as fr


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ready(messages, days):
    """Make a past, in a process of its own."""
    fr.Sandbox(messages=0).charged()  # what is loaded by now is not the past's
    before, sandbox = peak(), fr.Sandbox(today="2026-10-31", messages=messages, days=days)
    start, work = time.perf_counter(), time.process_time()
    sandbox._state.one("nothing", "v2.1", 0)  # the first look makes it
    took, worked = time.perf_counter() - start, time.process_time() - work
    (count,) = sandbox._state._db.execute("select count(*) from charges").fetchone()
    assert count == messages, count
    start = time.perf_counter()
    assert sandbox.charged() > 0
    print(took, worked, peak() - before, time.perf_counter() - start)


def main():
    """Measure each size in processes of their own."""
    for messages, days, rounds, bar in ((5_000, 30, 5, "0.5 s"), (1_000_000, 365, 1, "60 s and 1,000 MB")):
        found = []
        for _ in range(rounds):
            said = subprocess.run(
                [sys.executable, __file__, str(messages), str(days)], capture_output=True, text=True, check=True
            )
            found.append([float(each) for each in said.stdout.split()])
        took, worked, memory, charged = (statistics.median(each) for each in zip(*found, strict=True))
        print(
            f"{messages:9,} messages ready after {took:6.2f} s ({worked:.2f} s of work), {memory:4.0f} MB; charged() {charged * 1000:5.1f} ms   (bar: {bar})"
        )


if __name__ == "__main__":
    ready(*map(int, sys.argv[1:])) if len(sys.argv) > 1 else main()
