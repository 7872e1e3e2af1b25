"""Over HTTP, on a sandbox: a month with slow pages, one send, one look-up; and what importing costs. Ratios in one run."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import flowroute_nb as fr

ROUNDS = 7


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def pairs(ours, theirs, rounds=ROUNDS):
    """Time the two in turn; give both medians and the median of the ratios."""
    found = [(timed(ours), timed(theirs)) for _ in range(rounds)]
    return (*(statistics.median(each) for each in zip(*found, strict=True)), statistics.median(a / b for a, b in found))


def bare(sandbox):
    session = requests.Session()
    session.trust_env, session.auth = False, (sandbox.access_key, sandbox.secret_key)
    return session


def month():
    """Read 30 days with 100 ms added to each page, against following links.next one page after another."""
    with fr.Sandbox(today="2026-10-31", messages=50_000) as sandbox:
        account, session, answered = sandbox.account(), bare(sandbox), sandbox._service._routes.answer
        account.messages("2026-10-05", progress=False)  # the past is made

        def slow(request):
            time.sleep(0.1)
            return answered(request)

        sandbox._service._routes.answer = slow

        def one_after_another():
            url, count = f"{sandbox.url}/v2.1/messages?start_date=2026-10-01&end_date=2026-11-01&limit=1000", 0
            while url:
                said = session.get(url).json()
                count, url = count + len(said["data"]), said["links"].get("next")
            return count

        assert one_after_another() == len(account.messages("2026-10", progress=False))
        ours, theirs, ratio = pairs(lambda: account.messages("2026-10", progress=False), one_after_another, 3)
        print(
            f"50,000 records, 100 ms a page     {ours:6.2f} s  one page after another {theirs:6.2f} s  x{1 / ratio:.1f} faster"
        )


def one_send_and_one_look_up():
    """Send and look up, pacing apart, against a bare requests.Session doing the same."""
    with fr.Sandbox(today="2026-10-31", messages=1_000, rate=0) as sandbox:
        account, session = sandbox.account(), bare(sandbox)
        record_id = account.messages("2026-10-05", progress=False).id[0]
        account._client._sms._seconds = 0
        said = {
            "data": {"type": "message", "attributes": {"to": "12065550101", "from": sandbox.numbers[0], "body": "hi"}}
        }
        heads = {"Content-Type": "application/vnd.api+json"}

        def bare_send():
            assert session.post(f"{sandbox.url}/v2.1/messages", json=said, headers=heads).json()["data"]["id"]

        def bare_look_up():
            assert session.get(f"{sandbox.url}/v2.1/messages/{record_id}").json()["data"]["id"] == record_id

        def many(work, times=200):
            return lambda: [work() for _ in range(times)]

        ours, theirs, ratio = pairs(many(lambda: account.send(to="12065550101", body="hi")), many(bare_send))
        print(
            f"one send                         {ours * 5:6.2f} ms  bare requests.Session {theirs * 5:6.2f} ms  x{ratio:.2f}"
        )
        ours, theirs, ratio = pairs(many(lambda: account.lookup(record_id)), many(bare_look_up))
        print(
            f"one look-up                      {ours * 5:6.2f} ms  bare requests.Session {theirs * 5:6.2f} ms  {(ours - theirs) * 5:.2f} ms more"
        )


def importing():
    """Import the package over pandas and requests."""

    def run(code):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    ours, theirs, _ = pairs(run("import pandas, requests, flowroute_nb"), run("import pandas, requests"))
    everything, theirs_, _ = pairs(
        run("import pandas, requests, flowroute_nb as fr; fr.Account, fr.read"), run("import pandas, requests")
    )
    print(
        f"import flowroute_nb              {(ours - theirs) * 1000:6.0f} ms over pandas and requests ({(everything - theirs_) * 1000:.0f} ms with Account and read in use)"
    )


if __name__ == "__main__":
    month()
    one_send_and_one_look_up()
    importing()
