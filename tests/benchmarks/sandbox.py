"""The sandbox as a server: a small GET, pages of 1,000 records, 50 clients at once, 200 starts and stops. Server and client are two processes."""

import base64
import gc
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import requests

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import flowroute_nb as fr

ROUNDS, PAGES, THREADS, SECONDS, STARTS = 7, 50, 50, 10, 200
LIST = "/v2.1/messages?start_date=2026-09-01&end_date=2026-10-31"


def used(pid):
    """Give how many files and threads a process has, and its memory in MB."""
    place = Path(f"/proc/{pid}")
    resident = int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return len(list((place / "fd").iterdir())), len(list((place / "task").iterdir())), round(resident)


def processor(pid):
    """Give how many seconds of processor a process has used."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])) / os.sysconf(
        "SC_CLK_TCK"
    )


def serve():
    """Be the server: a past that is told, until the line ends."""
    with fr.Sandbox(today="2026-10-31", messages=50_000, rate=0) as sandbox:
        sandbox.account().messages("2026-10-05", progress=False)  # the past is told
        print(sandbox.url, sandbox.access_key, sandbox.secret_key, flush=True)
        sys.stdin.read()


class Reader:
    """A connection that is kept, on http.client alone: the least a client can do."""

    def __init__(self, url, access_key, secret_key):
        basic = base64.b64encode(f"{access_key}:{secret_key}".encode()).decode()
        self.line, self.heads = (
            http.client.HTTPConnection("127.0.0.1", urlsplit(url).port),
            {"Authorization": f"Basic {basic}"},
        )

    def get(self, path):
        self.line.request("GET", path, headers=self.heads)
        answer = self.line.getresponse()
        return answer.status, answer.read()


def small(server):
    """Look one record up, many times."""
    reader, session = Reader(*server), requests.Session()
    session.trust_env, session.auth = False, tuple(server[1:])
    path = f"/v2.1/messages/{json.loads(reader.get(f'{LIST}&limit=1')[1])['data'][0]['id']}"

    def each(ask, times=500):
        start = time.perf_counter()
        for _ in range(times):
            ask()
        return (time.perf_counter() - start) / times * 1000

    plain = statistics.median(each(lambda: reader.get(path)) for _ in range(ROUNDS))
    theirs = statistics.median(each(lambda: session.get(server[0] + path)) for _ in range(ROUNDS))
    print(
        f"one record, kept connection      {plain:7.2f} ms with http.client, {theirs:.2f} ms with requests   (bar: 1 ms)"
    )


def pages(version, *server):
    """Read the whole past of a version in pages of 1,000, one after another; print how many a second, at first and later."""
    reader, found = Reader(*server), []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        sizes = [
            len(reader.get(f"{LIST.replace('v2.1', version)}&limit=1000&offset={page * 1000}")[1])
            for page in range(PAGES)
        ]
        found.append(PAGES / (time.perf_counter() - start))
    print(found[0], statistics.median(found[1:]), sum(sizes) / PAGES / 1e6)


def crowd(server):
    """Ask from many threads for some seconds, half of them on a new connection each time; print how many asked and were answered."""
    until, counts, lock = time.monotonic() + SECONDS, [0, 0], threading.Lock()

    def client(n):
        reader, asked, answered = Reader(*server), 0, 0
        while time.monotonic() < until:
            if n % 2:
                reader.line.close()
            asked += 1
            status, body = reader.get(f"{LIST}&limit={n + 1}")
            answered += status == 200 and len(json.loads(body)["data"]) == n + 1
        reader.line.close()
        with lock:
            counts[:] = counts[0] + asked, counts[1] + answered

    threads = [threading.Thread(target=client, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(*counts)


def starts():
    """Start, ask and stop, many times in this process."""

    def once():
        with fr.Sandbox(messages=0) as sandbox:
            requests.get(sandbox.url, timeout=5)

    for _ in range(20):
        once()
    gc.collect()
    before, found = used(os.getpid()), []
    for _ in range(STARTS):
        start = time.perf_counter()
        once()
        found.append(time.perf_counter() - start)
    gc.collect()
    after = used(os.getpid())
    print(
        f"{STARTS} starts and stops             {statistics.median(found) * 1000:7.1f} ms each; files, threads, MB: {before} before, {after} after"
    )


def main():
    """Measure each, the clients in processes of their own."""

    def run(name, *server):
        return subprocess.Popen(
            [sys.executable, __file__, name, *server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    with run("serve") as serving:
        server = serving.stdout.readline().split()
        print(run("small", *server).communicate()[0], end="")
        for version in ("v2.1", "v2.2", "v2"):
            before = processor(serving.pid)
            first, later, size = map(float, run("pages", version, *server).communicate()[0].split())
            worked = (processor(serving.pid) - before) / ROUNDS / PAGES * 1000
            print(
                f"pages of 1,000 records, {version:4}     {later:7.0f} a second, {later * size:.0f} MB/s, {worked:.1f} ms of the server's processor each; when first read {first:.0f}   (bar: 150)"
            )
        before = used(serving.pid)
        with run("crowd", *server) as clients:
            time.sleep(SECONDS / 2)
            amid = used(serving.pid)
            asked, answered = map(int, clients.stdout.read().split())
        time.sleep(0.5)
        print(
            f"{THREADS} threads for {SECONDS} seconds        {asked:7,} asked, {answered:,} answered: {asked / SECONDS:,.0f} a second"
        )
        print(f"  files, threads, MB             {before} before, {amid} amid, {used(serving.pid)} after")
        serving.communicate()
    starts()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        {"serve": lambda _: serve(), "small": small, "pages": lambda said: pages(*said), "crowd": crowd}[sys.argv[1]](
            sys.argv[2:]
        )
