"""The past of a sandbox: as many messages as asked, always the same, and a story that somebody could have lived."""

import itertools
import json
import statistics
import time
from collections import Counter, defaultdict

import pytest
import requests

import flowroute_nb as fr
from flowroute_nb.sandbox.past import NUMBERS

SEEDS = [1, 2, 3, 4]


def told(sandbox, version="v2.1"):
    url = f"{sandbox.url}/{version}/messages?start_date=2000-01-01&limit=1000000"
    return requests.get(url, auth=(sandbox.access_key, sandbox.secret_key), timeout=60).json()["data"]


@pytest.fixture(scope="module", params=SEEDS)
def past(request):
    """Give the records of five weeks, oldest first, what was planted, and the first day."""
    with fr.Sandbox(seed=request.param, today="2026-10-31", days=35, messages=5_000) as sandbox:
        records = [{"id": each["id"], **each["attributes"], **each.get("relationships", {})} for each in told(sandbox)]
    return records[::-1]


def by_day(records):
    return Counter(each["timestamp"][:10] for each in records)


def is_campaign(each):
    return each["body"] is not None and each["body"].startswith("Rug sale")


def test_it_has_exactly_as_many_as_asked_within_its_days(past):
    assert len(past) == len({each["id"] for each in past}) == 5_000
    assert past[0]["timestamp"] >= "2026-09-26T12:00"
    assert past[-1]["timestamp"] < "2026-10-31T12:00"


@pytest.mark.parametrize(("days", "messages"), [(1, 0), (1, 1), (1, 500), (2, 3), (400, 100), (7, 21)])
@pytest.mark.parametrize("version", ["v2", "v2.2"])
def test_any_size_of_past_is_whole_on_every_version(days, messages, version):
    with fr.Sandbox(today="2026-10-31", days=days, messages=messages) as sandbox:
        assert len(told(sandbox, version)) == messages


def test_a_day_of_the_campaign_is_at_least_1_8_times_another(past):
    days, campaign = by_day(past), by_day(filter(is_campaign, past))
    assert len(campaign) == 5
    others = [n for day, n in days.items() if day not in campaign and 0 < _weekday(day) < 4]
    assert all(days[day] >= 1.8 * statistics.median(others) for day in campaign)


def _weekday(day):
    return time.strptime(day, "%Y-%m-%d").tm_wday


def test_one_day_is_odd_and_no_other_is(past):
    days = by_day(each for each in past if not is_campaign(each))
    kinds = defaultdict(list)
    for day in sorted(days)[1:-1]:  # the first and the last are halves
        kinds[_weekday(day)].append(days[day])
    odd = [n / statistics.median(same) for same in kinds.values() for n in same if n > 1.9 * statistics.median(same)]
    assert len(odd) == 1
    assert 2.5 <= odd[0] <= 4


def test_the_price_of_a_segment_changes_once_by_15_to_25_percent(past):
    rates = [each["amount_nanodollars"] for each in past if not each["is_mms"] and len(each["body"]) <= 70]
    steps = [(one, other) for one, other in itertools.pairwise(rates) if one != other]
    assert len(steps) == 1
    assert 1.15 <= steps[0][1] / steps[0][0] <= 1.25
    assert 0.2 < rates.index(steps[0][1]) / len(rates) < 0.8


def test_weekdays_and_hours_have_a_shape(past):
    talk = [each for each in past if not is_campaign(each)]
    weekday, hour = (
        Counter(_weekday(each["timestamp"][:10]) for each in talk),
        Counter(each["timestamp"][11:13] for each in talk),
    )
    assert max(weekday[5], weekday[6]) < 0.7 * min(weekday[n] for n in range(5))
    assert sum(hour[f"{n:02}"] for n in range(9, 18)) > 0.7 * len(talk)
    assert sum(hour[f"{n:02}"] for n in range(5)) < 0.05 * len(talk)


def test_people_answer_each_other(past):
    pairs = defaultdict(list)
    for each in past:
        if not is_campaign(each):
            pairs[frozenset((each["from"], each["to"]))].append(each["direction"])
    both = [said for said in pairs.values() if len(set(said)) == 2]
    assert sum(map(len, both)) > 0.5 * sum(map(len, pairs.values()))
    assert all(len(pair & set(NUMBERS)) == 1 for pair in pairs)  # nobody of ours writes to ourselves
    assert len(pairs) > 100


def test_it_has_pictures_foreign_texts_dear_texts_and_failures(past):
    count = len(past)
    assert 0.01 < sum(each["is_mms"] for each in past) / count < 0.06
    assert all(len(each["media"]["data"]) == 1 for each in past if each["is_mms"])
    assert 0.02 < sum(each["message_encoding"] == 8 for each in past) / count < 0.1
    assert max(len(each["body"] or "") for each in past) > 280
    codes = Counter(each["delivery_receipts"][0]["status_code"] for each in past if each["delivery_receipts"])
    assert codes[1004] > codes[1003] > 100
    failed = sum(n for code, n in codes.items() if code >= 1005)
    assert 0.01 < failed / sum(codes.values()) < 0.06
    assert {each["message_type"] for each in past} == {"longcode", "toll-free"}


def test_who_said_stop_hears_no_more_from_that_number(past):
    gone = {}
    for each in past:
        if each["body"] == "STOP":
            gone[each["from"], each["to"]] = each["timestamp"]
    assert gone
    for each in past:
        assert each["timestamp"] <= gone.get((each["to"], each["from"]), "9"), each
    for (theirs, ours), when in gone.items():
        got = [each["timestamp"] for each in past if (each["from"], each["to"]) == (ours, theirs) and is_campaign(each)]
        assert got
        assert max(got) < when


def test_it_is_made_at_the_first_look_and_not_before():
    start = time.perf_counter()
    with fr.Sandbox(today="2026-10-31", messages=200_000) as sandbox:
        sandbox.url  # noqa: B018  it starts
        body = {"to": "15305557784", "from": "12065550100", "body": "Hello"}
        auth = (sandbox.access_key, sandbox.secret_key)
        assert requests.post(f"{sandbox.url}/v2.1/messages", json=body, auth=auth, timeout=5).status_code == 202
        assert time.perf_counter() - start < 1
        assert sandbox._state._db.execute("select count(*) from messages").fetchone() == (1,)


def test_five_thousand_messages_are_ready_in_half_a_second():
    with fr.Sandbox(today="2026-10-31", messages=5_000) as sandbox:
        url = f"{sandbox.url}/v2.1/messages/none"
        start = time.process_time()  # of all threads: another program on this machine doesn't count
        requests.get(url, auth=(sandbox.access_key, sandbox.secret_key), timeout=10)
        assert time.process_time() - start < 0.5
        assert sandbox._state._db.execute("select count(*) from messages").fetchone() == (5_000,)


def test_a_far_offset_is_as_near_as_any_other():
    with fr.Sandbox(today="2026-10-31", messages=50_000) as sandbox, requests.Session() as session:
        session.trust_env, session.auth = False, (sandbox.access_key, sandbox.secret_key)
        url, times = f"{sandbox.url}/v2.1/messages?start_date=2000-01-01&limit=10", {}
        session.get(url)
        for offset in (0, 49_000):
            found = []
            for _ in range(5):
                start = time.perf_counter()
                assert len(json.loads(session.get(f"{url}&offset={offset}").content)["data"]) == 10
                found.append(time.perf_counter() - start)
            times[offset] = min(found)
        assert times[49_000] < times[0] + 0.05  # 0.2 when each row on the way is looked at
