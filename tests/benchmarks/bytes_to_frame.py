"""Bytes to frame: 100,000 records in pages of 1,000, against what a careful person writes by hand.

Both make the same 20 columns, compared before anything is timed. Figures are CPU seconds of whole runs in turn, and their
ratio; the machine may be shared, so look at the median.
"""

import datetime as dt
import json
import random
import statistics
import sys
import time
from decimal import Decimal
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from flowroute_nb import columns, records
from flowroute_nb.reader import Reader

ROUNDS, COUNT, PAGE = 7, 100_000, 1_000
WORDS = [
    "order",
    "shipped",
    "tomorrow",
    "meeting",
    "reply",
    "thanks",
    "code",
    "call",
    "me",
    "when",
    "moved",
    "ready",
    "é",
]
KNOWN = {
    *(
        "timestamp",
        "direction",
        "body",
        "status",
        "message_type",
        "is_mms",
        "has_mms",
        "message_encoding",
        "from",
        "to",
    ),
    *("amount_nanodollars", "amount_display", "price_details", "delivery_receipts"),
}


def spelled(moment, n):
    """Write a moment in one of six spellings."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    tail = (".39Z", ".00Z", ".478893+00:00", ".980000Z", "+00:00", ".060Z")[n % 6]
    return text + tail


def receipt(level, status, code, text, at):
    names = ("level", "status", "status_code", "status_code_description", "timestamp")
    return dict(zip(names, (level, status, code, text, at), strict=True))


def pages(*, every_unknown=False):
    """Make the pages: 60 % outbound with two receipts, 1 % with an unknown attribute, some amounts as text."""
    chance, made = random.Random(1), []
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    for first in range(0, COUNT, PAGE):
        data = []
        for n in range(first, first + PAGE):
            outbound, amount = chance.random() < 0.6, chance.choice([4_000_000, 7_000_000, 8_000_000, 9_500_000])
            at = start + dt.timedelta(seconds=n * 26)
            said = {
                "amount_display": f"${amount / 1e9:.4f}",
                "amount_nanodollars": str(amount) if n % 10 == 0 else amount,
                "body": " ".join(chance.choices(WORDS, k=chance.randint(3, 9 if outbound else 40))),
                "delivery_receipts": [
                    receipt(2, "message buffered", 1003 + n % 3, "Message accepted by Carrier", spelled(at, n)),
                    receipt(1, "smsc submit", None, "Message has been sent", spelled(at, n + 1)),
                ]
                if outbound
                else [],
                "direction": "outbound" if outbound else "inbound",
                "from": "12065550100" if outbound else "15305557784",
                "is_mms": False,
                "message_encoding": 0,
                "message_type": "longcode",
                "status": "message buffered" if outbound else "delivered",
                "timestamp": spelled(at, n),
                "to": "15305557784" if outbound else "12065550100",
            }
            if every_unknown or n % 100 == 0:
                said["carrier_name"] = "Example Wireless"
            data.append({"attributes": said, "id": f"mdr2-{n:032x}", "type": "message"})
        made.append(json.dumps({"data": data, "links": {}}).encode())
    return made


def ours(made):
    """Read the pages as ``messages`` does."""
    reader = Reader()
    return records.frame(columns.table(reader.read(page).items)[0] for page in made)


def given(made):
    """Read the pages as ``fr.read`` does when it is given a list of them."""
    return records.read(made)


def careful(made):
    """Read the pages as a careful person would: json.loads, a list of dicts, one DataFrame, small functions."""
    rows = []
    for page in made:
        for each in json.loads(page)["data"]:
            said = each["attributes"]
            row = {name: said.get(name) for name in KNOWN}
            other = {name: value for name, value in said.items() if name not in KNOWN}
            row["other"] = json.dumps(other, separators=(",", ":"), ensure_ascii=False) if other else None
            row["id"] = each["id"]
            row["delivery"] = _delivery(said)
            row["segments"] = _segments(said)
            receipts = said.get("delivery_receipts")
            row["delivery_receipts"] = None if receipts is None else json.dumps(receipts, ensure_ascii=False)
            rows.append(row)
    df = pd.DataFrame(rows)
    outbound = df["direction"] == "outbound"
    df["number"], df["contact"] = df["from"].where(outbound, df["to"]), df["to"].where(outbound, df["from"])
    df["timestamp"] = pd.to_datetime(df["timestamp"], format="ISO8601", utc=True).dt.as_unit("us")
    amounts = [None if a is None else int(a) for a in df["amount_nanodollars"]]
    df["cost"] = pd.Series(
        [None if a is None else Decimal(a).scaleb(-9).quantize(Decimal("0.0001")) for a in amounts], dtype=object
    )
    df["amount_nanodollars"] = pd.array(amounts, dtype="Int64")
    df["segments"] = df["segments"].astype("Int64")
    df["message_encoding"] = df["message_encoding"].astype("Int8")
    df["is_mms"] = df["is_mms"].astype("boolean")
    df["media"] = None
    df["price_details"] = None
    names = [column.name for column in records.RECORD]
    text = [column.name for column in records.RECORD if column.dtype == "str"]
    return df[names].astype(dict.fromkeys(text, "str"))


def _segments(said):
    body = said.get("body")
    if body is None or said.get("is_mms"):
        return None
    if body.isascii():
        return 1 if len(body) <= 160 else -(-len(body) // 140)
    return max(1, -(-len(body) // 70))


def _delivery(said):
    if said["direction"] == "inbound":
        return "received"
    receipts = said.get("delivery_receipts")
    if not receipts:
        return "unknown"
    last = max(receipts, key=lambda r: (r["level"], dt.datetime.fromisoformat(r["timestamp"])))
    code = last["status_code"]
    if code is None:
        return "pending" if "submit" in last["status"] or "buffered" in last["status"] else "unknown"
    return "failed" if code >= 1005 else "delivered" if code == 1004 else "pending" if code >= 1000 else "unknown"


def cpu(work, made):
    start = time.process_time()
    work(made)
    return time.process_time() - start


def main():
    """Print a row for each kind of page."""
    print(f"bytes -> frame, {COUNT:,} records in pages of {PAGE:,}; CPU seconds, {ROUNDS} rounds")
    for name, unknown in (("1 % with an unknown attribute", False), ("every record with one", True)):
        made = pages(every_unknown=unknown)
        size = sum(map(len, made)) // COUNT
        wanted = careful(made)
        pd.testing.assert_frame_equal(ours(made), wanted)
        pd.testing.assert_frame_equal(given(made), wanted)
        rounds = [(cpu(ours, made), cpu(given, made), cpu(careful, made)) for _ in range(ROUNDS)]
        for which, at in (("messages()", 0), ("read([page, …])", 1)):
            best = min(each[2] for each in rounds) / min(each[at] for each in rounds)
            ratio = statistics.median(each[2] / each[at] for each in rounds)
            mine = statistics.median(each[at] for each in rounds)
            print(
                f"{name:32} {which:16} {size} bytes each  {mine:.2f} s  {COUNT / mine:>8,.0f} rows/s  "
                f"x{ratio:.1f} careful (best/best x{best:.1f})"
            )


if __name__ == "__main__":
    main()
