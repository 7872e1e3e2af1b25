"""Peak memory over the interpreter with pandas loaded: a million records as one frame, and day by day over HTTP."""

import resource
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))
sys.path.insert(0, str(HERE))


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def million(kind):
    """Read the benchmark's pages ten times over, each time with other ids."""
    import bytes_to_frame as small  # noqa: PLC0415
    import pandas as pd  # noqa: F401, PLC0415

    before = peak()

    def made():
        pages = small.pages(every_unknown=False)
        for turn in range(10):
            for page in pages:
                yield page.replace(b'"id": "mdr2-', b'"id": "mdr2-%d' % turn)

    frame = getattr(small, kind)(made())
    assert len(frame) == 1_000_000, len(frame)
    print(f"{peak() - before:.0f}")


def day_by_day(url, access_key, secret_key):
    """Walk a million records in frames of a day, the server in another process."""
    import pandas as pd  # noqa: F401, PLC0415

    before = peak()
    import flowroute_nb as fr  # noqa: PLC0415

    account = fr.Account(base_url=url, access_key=access_key, secret_key=secret_key)
    count = sum(len(day) for day in account.pages(days=366))
    print(f"{peak() - before:.0f} {count}")


def main():
    """Measure each in a process of its own."""

    def run(*args):
        return subprocess.run(
            [sys.executable, __file__, *args], capture_output=True, text=True, check=True
        ).stdout.split()

    ours, careful = int(run("million", "ours")[0]), int(run("million", "careful")[0])
    print(f"1,000,000 records as one frame   {ours:6,} MB over pandas  careful {careful:6,} MB  x{ours / careful:.2f}")
    serve = "import flowroute_nb as fr, time\ns = fr.Sandbox(days=365, messages=1_000_000)\nprint(s.url, s.access_key, s.secret_key, flush=True)\ntime.sleep(9999)"
    server = subprocess.Popen([sys.executable, "-c", serve], stdout=subprocess.PIPE, text=True)
    try:
        used, count = run("day_by_day", *server.stdout.readline().split())
    finally:
        server.kill()
    print(f"pages() over {int(count):,} records    {int(used):6,} MB over pandas")


if __name__ == "__main__":
    {"million": million, "day_by_day": day_by_day}[sys.argv[1]](*sys.argv[2:]) if len(sys.argv) > 1 else main()
