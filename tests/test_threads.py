"""The first use of the package in a process may be in many threads at once."""

import os
import subprocess
import sys

import flowroute_nb as fr

# msgspec prepares a type by asking Python for its annotations; two threads that do so at once crash the process.
PROGRAM = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
import flowroute_nb as fr

fr.Account, fr.expand  # loaded: importing is safe in threads
late = []

def watch(frame, event, arg):
    if event == "call" and frame.f_code.co_name == "get_class_annotations":
        late.append(frame.f_locals["obj"])

def use(api):
    account = fr.Account(api=api, from_="12065550100")
    df = account.messages("2026-10", progress=False, workers=4)
    files = {} if api == "v2" else {"media_urls": ["https://example.com/37.gif"]}
    sent = account.send(to="15305557784", body="Gee, nice marmot!", **files)
    account.lookup([*df.id.tail(3), "mdr2-none"], errors="keep")
    account.stats()
    account.numbers()
    for column in ("delivery_receipts", "price_details", "media", "other"):
        fr.expand(df, column)
    if api != "v2":
        account.callbacks()

threading.setprofile(watch)
with ThreadPoolExecutor(3) as threads:
    list(threads.map(use, ("v2", "v2.1", "v2.2")))
ours = {kind.__qualname__ for kind in late if kind.__module__.startswith("flowroute_nb.")}
print(*sorted(ours - {"Attributes", "Item", "Document"}))  # these are made for each thread
"""


def test_no_type_is_prepared_in_two_threads_at_once():
    quirks = {"new_fields": "some", "included": "present", "record_price": "present"}
    with fr.Sandbox(today="2026-10-31", messages=200, rate=0, quirks=quirks) as sandbox:
        keys = {
            "FLOWROUTE_BASE_URL": sandbox.url,
            "FLOWROUTE_ACCESS_KEY": sandbox.access_key,
            "FLOWROUTE_SECRET_KEY": sandbox.secret_key,
        }
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, env={**os.environ, **keys}, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == []
