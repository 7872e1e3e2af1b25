"""The past of a sandbox: as many messages as asked, always the same, and a story that somebody could have lived."""

import dataclasses
import datetime as dt
import json
import sqlite3
import statistics
import time
from collections import Counter, defaultdict
from decimal import Decimal
from types import SimpleNamespace

import pytest
import requests

import flowroute_nb as fr
from flowroute_nb.sandbox.past import NUMBERS, Past
from flowroute_nb.sandbox.prices import dollars

# So many days of so many seeds: the measures of each are looked at in the records, not in the plan.
PASTS = [(60, seed) for seed in range(1, 21)] + [(days, seed) for days in (30, 35, 90) for seed in (1, 2, 3)]


def told(sandbox, version="v2.1", between="start_date=2000-01-01"):
    url = f"{sandbox.url}/{version}/messages?{between}&limit=1000000"
    return requests.get(url, auth=(sandbox.access_key, sandbox.secret_key), timeout=60).json()["data"]


@pytest.fixture(
    scope="module",
    params=[PASTS[0], *(pytest.param(past, marks=pytest.mark.untraced) for past in PASTS[1:])],
    ids=lambda past: "{} days of {}".format(*past),
)
def past(request):
    """Give the records of a past, oldest first, and its story."""
    days, seed = request.param
    with fr.Sandbox(seed=seed, today="2026-10-31", days=days, messages=5_000) as sandbox:
        records = [{"id": each["id"], **each["attributes"], **each.get("relationships", {})} for each in told(sandbox)]
        return SimpleNamespace(records=records[::-1], story=sandbox.story, days=days)


def day_of(each):
    return dt.date.fromisoformat(each["timestamp"][:10])


def is_campaign(each):
    return "Rug sale" in (each["body"] or "")


def contact(each):
    return each["to"] if each["direction"] == "outbound" else each["from"]


def usual_days(past):
    """Count the texts of each whole day without those of the campaign, by weekday."""
    days = Counter(day_of(each) for each in past.records if not is_campaign(each))
    kinds = defaultdict(dict)
    for day in sorted(days)[1:-1]:  # the first and the last are halves
        kinds[day.weekday()][day] = days[day]
    return kinds


def parts(body):
    """Count segments by the table in https://developer.flowroute.com/docs/message-length-concatenation/."""
    size = 70 if any(ord(c) > 127 for c in body) else 160 if len(body) <= 160 else 140
    return len(range(0, max(1, len(body)), size))


# ------------------------------------------------------------------ the measures, in the records


def test_it_has_exactly_as_many_as_asked_within_its_days(past):
    assert len(past.records) == len({each["id"] for each in past.records}) == 5_000
    assert past.records[0]["timestamp"] >= f"{dt.datetime(2026, 10, 31, 12) - dt.timedelta(days=past.days):%Y-%m-%dT%H}"
    assert past.records[-1]["timestamp"] < "2026-10-31T12:00"


@pytest.mark.parametrize(("days", "messages"), [(1, 0), (1, 1), (1, 500), (2, 3), (3, 90), (400, 100), (7, 21)])
@pytest.mark.parametrize("version", ["v2", "v2.2"])
def test_any_size_of_past_is_whole_on_every_version(days, messages, version):
    with fr.Sandbox(today="2026-10-31", days=days, messages=messages) as sandbox:
        assert len(told(sandbox, version)) == messages
        assert f"{messages:,} messages" in repr(sandbox.story)


def test_days_differ_from_their_weekday_by_about_10_percent(past):
    kinds, squares = usual_days(past), []
    for same in kinds.values():
        usual = [n for day, n in same.items() if day != past.story.odd_day]
        squares += [(n / statistics.mean(usual) - 1) ** 2 for n in usual]
    assert 0.075 < (sum(squares) / (len(squares) - len(kinds))) ** 0.5 < 0.125


def test_a_day_of_the_campaign_is_at_least_1_8_times_what_it_would_be(past):
    days, campaign = Counter(map(day_of, past.records)), [each for each in past.records if is_campaign(each)]
    assert {day_of(each) for each in campaign} == set(past.story.campaign_days)
    assert {(each["from"], each["direction"]) for each in campaign} == {(past.story.campaign_number, "outbound")}
    usual = usual_days(past)[1]
    assert list(usual) == list(past.story.campaign_days)
    for day in past.story.campaign_days:
        assert days[day] >= 1.8 * usual[day]
        assert days[day] >= 1.8 * statistics.mean(usual.values())


def test_the_text_of_one_campaign_takes_two_segments_for_a_single_character(past):
    texts = defaultdict(Counter)
    for each in filter(is_campaign, past.records):
        texts[day_of(each)][each["body"]] += 1
    assert all(len(said) == 1 for said in texts.values())
    dear = {day: body for day, (body,) in texts.items() if parts(body) == 2}
    assert list(dear) == [past.story.dear_campaign]
    (body,) = dear.values()
    assert [c for c in body if not c.isascii()] == ["—"]
    assert {parts(each) for (each,) in texts.values() if each != body} == {1}


def test_one_day_is_odd_and_no_other_is(past):
    times = {
        day: n / statistics.median(other for at, other in same.items() if at != day)
        for same in usual_days(past).values()
        for day, n in same.items()
    }
    odd = past.story.odd_day
    assert [day for day, n in times.items() if n > 1.8] == [odd]
    assert 2.5 <= times[odd] <= 4
    assert odd not in past.story.campaign_days
    assert abs(past.story.odd_factor - times[odd]) < 0.5


def test_what_made_the_day_odd_stands_in_its_texts(past):
    odd = [each for each in past.records if past.story.odd_word in (each["body"] or "")]
    assert {(day_of(each), each["direction"]) for each in odd} == {(past.story.odd_day, "inbound")}
    talk = sum(day_of(each) == past.story.odd_day for each in past.records)
    assert 0.2 < len(odd) / talk < 0.7


def test_the_price_of_a_segment_changes_once_by_15_to_25_percent_at_a_midnight(past):
    story, rates = past.story, defaultdict(set)
    for each in past.records:
        if not each["is_mms"]:
            rates[day_of(each) >= story.price_step].add(Decimal(each["amount_nanodollars"]) / parts(each["body"]))
    assert rates == {False: {story.price_before}, True: {story.price_after}}
    assert 0.15 <= story.price_after / story.price_before - 1 == story.price_change <= 0.25
    assert 0.4 < sum(day_of(each) < story.price_step for each in past.records) / 5_000 < 0.75
    assert {each["amount_nanodollars"] for each in past.records if each["is_mms"]} == {9_500_000}


def test_weekdays_and_hours_have_a_shape(past):
    talk = [each for each in past.records if not is_campaign(each)]
    weekday, hour = Counter(day_of(each).weekday() for each in talk), Counter(each["timestamp"][11:13] for each in talk)
    assert max(weekday[5], weekday[6]) < 0.7 * min(weekday[n] for n in range(5))
    assert sum(hour[f"{n:02}"] for n in range(9, 18)) > 0.7 * len(talk)
    assert sum(hour[f"{n:02}"] for n in range(5)) < 0.05 * len(talk)


def test_our_numbers_have_each_their_share_and_contacts_come_from_near_as_a_rule(past):
    ours = Counter(each["from"] if each["direction"] == "outbound" else each["to"] for each in past.records)
    assert set(ours) == set(NUMBERS)
    assert ours.most_common(1)[0][0] == NUMBERS[0]
    talk = [each for each in past.records if not is_campaign(each)]
    areas = Counter(contact(each)[1:4] for each in talk)
    assert len(areas) > 5
    assert 0.3 < areas["206"] / len(talk) < 0.9
    assert all(contact(each)[4:9] == "55501" and contact(each) not in NUMBERS for each in past.records)


def test_people_answer_each_other(past):
    pairs = defaultdict(list)
    for each in past.records:
        if not is_campaign(each):
            pairs[frozenset((each["from"], each["to"]))].append(each["direction"])
    both = [said for said in pairs.values() if len(set(said)) == 2]
    assert sum(map(len, both)) > 0.5 * sum(map(len, pairs.values()))
    assert all(len(pair & set(NUMBERS)) == 1 for pair in pairs)  # nobody of ours writes to ourselves
    assert len(pairs) > 100


def test_it_has_pictures_foreign_texts_dear_texts_and_failures(past):
    records, count = past.records, len(past.records)
    assert 0.01 < sum(each["is_mms"] for each in records) / count < 0.06
    assert all(len(each["media"]["data"]) == 1 for each in records if each["is_mms"])
    assert 0.04 < sum(each["message_encoding"] == 8 for each in records) / count < 0.1
    assert max(len(each["body"] or "") for each in records) > 280
    talk = [each["body"] for each in records if not each["is_mms"] and not is_campaign(each)]
    dear = [body for body in talk if parts(body) == 2 and parts(body.encode("ascii", "replace").decode()) == 1]
    assert past.story.dear - 0.012 < len(dear) / len(talk) < past.story.dear + 0.012
    assert not any(c in "‘’“”" for body in talk for c in body)  # which no send may have
    sent = [each for each in records if each["direction"] == "outbound" and not each["is_mms"]]
    codes = Counter(each["delivery_receipts"][0]["status_code"] for each in sent)
    assert codes[1004] > codes[1003] > 100
    failed = sum(n for code, n in codes.items() if code >= 1005) / len(sent)
    assert 0.02 < failed < 0.05
    assert abs(failed - past.story.failed) < 0.012
    assert {each["message_type"] for each in records} == {"longcode", "toll-free"}


def test_who_said_stop_hears_no_more_from_that_number_until_unstop(past):
    gone, back = set(), set()
    for each in past.records:
        ours, theirs = (each["to"], each["from"]) if each["direction"] == "inbound" else (each["from"], each["to"])
        if each["body"] == "STOP":
            gone.add((ours, theirs))
        elif each["body"] == "UNSTOP":
            back.add((ours, theirs))
            gone.remove((ours, theirs))
        assert each["direction"] == "inbound" or (ours, theirs) not in gone, each
    assert len(back) >= 1
    assert len(gone) >= 1
    assert {ours for ours, _ in gone | back} == {past.story.campaign_number}


# ------------------------------------------------------------------ the story


def test_a_story_is_told_without_making_the_past_and_says_what_is_in_it():
    sandbox = fr.Sandbox(seed=5, today="2026-10-31", days=60)
    story = sandbox.story
    assert sandbox._state._db.execute("select count(*) from messages").fetchone() == (0,)
    assert "not started" in repr(sandbox)
    said = repr(story)
    for each in (story.dear_campaign, story.odd_day, story.price_step, story.campaign_number, "Rug sale", "5,000"):
        assert str(each) in said
    with pytest.raises(dataclasses.FrozenInstanceError):
        story.odd_day = None
    sandbox.stop()
    assert sandbox.story == story


def test_the_same_seed_tells_the_same_story_and_another_seed_another():
    one, same, other = (fr.Sandbox(seed=seed, today="2026-10-31").story for seed in (1, 1, 2))
    assert one == same
    assert one.odd_day != other.odd_day


def test_a_past_too_short_for_something_says_that_it_is_not_there():
    story = fr.Sandbox(today="2026-10-31", days=1).story  # no whole day
    assert (story.campaign_days, story.dear_campaign, story.odd_day, story.odd_factor) == ((), None, None, 1)
    assert story.price_step == dt.date(2026, 10, 31)
    assert "on no day" in repr(story)
    assert "odd day   none" in repr(story)


@pytest.mark.parametrize("hour", [0, 1, 12, 23])
@pytest.mark.parametrize("days", [1, 2, 8])
def test_what_is_sent_when_the_past_is_over_costs_the_new_price(hour, days):
    end = dt.datetime(2026, 10, 31, hour, 30, tzinfo=dt.UTC)
    past = Past(1, end, days, 100)
    assert past.story.price_step <= end.date()
    made = [message for day in past.tell() for message in day]
    assert len(made) == 100
    assert all(end - dt.timedelta(days=days) <= _utc(message.at) < end for message in made)


def _utc(micros):
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)


@pytest.mark.parametrize("rule", ["documented", "3gpp"])
def test_prices_and_the_rule_that_are_asked_for_are_in_the_past_the_story_and_new_sends(rule):
    options = {"today": "2026-10-31", "messages": 500, "quirks": {"segments": rule}}
    with fr.Sandbox(**options, prices=("0.0050", Decimal("0.0125"))) as sandbox, fr.Sandbox(**options) as usual:
        account, story = sandbox.account(), sandbox.story
        df = account.messages(days=30, progress=False)
        sent = account.send(to="15305557784", body="Gee, nice marmot!")
        sandbox.tick(seconds=10)
        assert account.lookup(sent.id).cost == Decimal("0.0125")
        same = usual.account().messages(days=30, progress=False)
        assert df.drop(columns=["cost", "amount_nanodollars"]).equals(same.drop(columns=["cost", "amount_nanodollars"]))
        assert story.price_step == usual.story.price_step
    assert (story.price_before, story.price_after, story.segments) == (5_000_000, 12_500_000, rule)
    assert f"$0.0050 a segment, from {story.price_step} on $0.0125: +150.0%; segments: {rule}" in repr(story)
    short = df[~df.is_mms & (df.body.str.len() < 36)]  # one segment by any rule
    after = short.timestamp.dt.date >= story.price_step
    assert set(short.cost[~after]) == {Decimal("0.0050")}
    assert set(short.cost[after]) == {Decimal("0.0125")}


def test_a_file_keeps_the_prices_of_its_past(tmp_path):
    path = tmp_path / "sandbox.db"
    with fr.Sandbox(today="2026-10-31", messages=100, prices=("0.0050", "0.0100"), path=path) as sandbox:
        story, charged = sandbox.story, sandbox.charged()
    with fr.Sandbox(today="2026-10-31", messages=100, path=path) as sandbox:
        assert (sandbox.story, sandbox.charged()) == (story, charged)


@pytest.mark.parametrize(
    "prices",
    [
        *("0.0050", ("0.0050",), ("0.0050", "0.0060", "0.0070"), (0.005, 0.01), ("0", "0.0050"), ("-0.0050", "0.0050")),
        *(("0.0050", "0.00000000001"), ("0.0050", "1000.01"), ("0.0050", None), (True, "0.0050"), ("0.0050", "a")),
        *(
            (Decimal("NaN"), Decimal(1)),
            (Decimal("Infinity"), Decimal(1)),
            {"0.0050": "0.0100"},
            ("٠.٠٠٥", "0.0050"),
            5,
        ),
    ],
    ids=str,
)
def test_prices_that_are_not_two_exact_amounts_are_refused(prices):
    with pytest.raises(fr.InputError, match=r"prices=.* must be two amounts of dollars .*Pass e\.g\. prices="):
        fr.Sandbox(prices=prices)


@pytest.mark.parametrize("price", ["0.000000001", "1000", Decimal("1E-9"), Decimal(1000)])
def test_the_smallest_and_the_largest_price_are_taken(price):
    assert fr.Sandbox(prices=(price, price)).story.price_after == int(Decimal(price).scaleb(9))


def test_a_file_tells_the_story_of_its_own_past_whoever_opens_it(tmp_path):
    path = tmp_path / "sandbox.db"
    with fr.Sandbox(seed=3, today="2026-10-31", days=40, messages=300, path=path) as sandbox:
        story, keys = sandbox.story, (sandbox.access_key, sandbox.secret_key)
    with fr.Sandbox(seed=4, today="2026-11-30", days=10, messages=50, path=path) as sandbox:
        assert sandbox.story == story
        assert (sandbox.access_key, sandbox.secret_key) == keys
        assert "300 messages" in repr(sandbox)
        assert len(told(sandbox)) == 300  # the past of the file's beginning, though it is made only now


# ------------------------------------------------------------------ the ledger


@pytest.fixture(scope="module")
def busy():
    """Give a sandbox that took something of everything, and refused some."""
    with fr.Sandbox(seed=11, today="2026-10-31", days=40, messages=3_000, rate=0) as sandbox:
        texts = ["Hello", "x" * 161, "é" * 71, "🎉" * 141, ""]
        media = {"media_urls": ["https://example.com/a.png"]}
        for version in ("v2", "v2.1", "v2.2"):
            more = {} if version == "v2" else media
            assert [_send(sandbox, version, body=body) for body in texts] == [200 if version == "v2" else 202] * 4 + [
                422
            ]
            assert _send(sandbox, version, body="Look", **more) < 300
        sandbox.fault("drop_answer")
        with pytest.raises(requests.ConnectionError):
            _send(sandbox, body="Are you there?")
        assert _send(sandbox, body="Hello", **{"from": "12065550155"}) == 403
        sandbox.fault("503_retry_after")
        assert _send(sandbox, body="Hello") == 503
        sandbox.tick(seconds=60)
        yield sandbox


def _send(sandbox, version="v2.1", **said):
    url, auth = f"{sandbox.url}/{version}/messages", (sandbox.access_key, sandbox.secret_key)
    asked = {"to": "15305557784", "from": "12065550100", **said}
    return requests.post(url, json=asked, auth=auth, timeout=5).status_code


def paged(sandbox, between):
    """Add up the nanodollars of all pages of a range, by plain HTTP."""
    found, total, ids = f"{sandbox.url}/v2.1/messages?limit=250&{between}", 0, set()
    while found:
        said = requests.get(found, auth=(sandbox.access_key, sandbox.secret_key), timeout=10).json()
        ids |= {each["id"] for each in said["data"]}
        total += sum(each["attributes"]["amount_nanodollars"] for each in said["data"])
        found = said["links"].get("next")
    return total, len(ids)


@pytest.mark.parametrize(
    ("asked", "between"),
    [
        ((), "start_date=2000-01-01"),
        (("2026-10",), "start_date=2026-10-01&end_date=2026-11-01"),
        (("2026",), "start_date=2026-01-01"),
        (("2026-10-05",), "start_date=2026-10-05&end_date=2026-10-06"),
        ((dt.date(2026, 10, 1), "2026-10-20"), "start_date=2026-10-01&end_date=2026-10-21"),
        (("2026-09", dt.datetime(2026, 10, 31)), "start_date=2026-09-01&end_date=2026-10-31"),
        ((dt.datetime(2026, 10, 31, tzinfo=dt.UTC),), "start_date=2026-10-31"),
        ((None, "2026-10-09T00:00:00Z"), "start_date=2000-01-01&end_date=2026-10-09"),
        (("2026-10-08T22:00:00-02:00",), "start_date=2026-10-09"),
        (("2025",), "start_date=2025-01-01&end_date=2026-01-01"),
    ],
)
def test_the_ledger_agrees_with_the_records_to_the_nanodollar(busy, asked, between):
    charged = busy.charged(*asked)
    assert isinstance(charged, Decimal)
    total, _ = paged(busy, between)
    assert charged * 10**9 == total


def test_a_moment_is_in_the_range_that_begins_with_it_and_not_in_the_one_that_ends_with_it(busy):
    *_, later, earlier = (each["attributes"] for each in told(busy))  # newest first
    first, second = (dt.datetime.fromisoformat(each["timestamp"]) for each in (earlier, later))
    assert busy.charged(first, second) * 10**9 == earlier["amount_nanodollars"]
    assert busy.charged(None, first) == 0


def test_the_ledger_has_what_was_taken_and_nothing_else(busy):
    total, count = paged(busy, "start_date=2000-01-01")
    assert count == 3_000 + 3 * 5 + 1
    assert busy._state._db.execute("select count(*), sum(nanodollars) from charges").fetchone() == (count, total)
    today = busy.charged(dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC))
    segments = 3 * (1 + 2 + 2 + 3) + 1 + 1  # the four texts, "Look" by v2, and the text whose answer was dropped
    assert today == segments * Decimal("0.0040") + 2 * Decimal("0.0095")


def test_each_charge_is_what_its_message_costs_at_the_rate_of_its_moment(busy):
    story = busy.story
    step = int(dt.datetime.combine(story.price_step, dt.time(), dt.UTC).timestamp()) * 10**6
    rows = busy._state._db.execute(
        "select m.at, m.body, m.mms, c.at, nanodollars, rate, surcharge, segments, kind "
        "from messages m join charges c on c.message = m.place"
    ).fetchall()
    assert len(rows) == 3_016
    for at, body, mms, charged_at, nanodollars, rate, surcharge, segments, kind in rows:
        assert (charged_at, kind, surcharge) == (at, "mms" if mms else "sms", 0)
        assert rate == (9_500_000 if mms else story.price_before if at < step else story.price_after)
        assert segments == (1 if mms else parts(body))
        assert nanodollars == rate * segments


@pytest.mark.parametrize(
    "change",
    [
        "update charges set nanodollars = 0, rate = 0",
        "delete from charges",
        "insert into charges select message, at, 0, 0, 0, 1, 'sms' from charges",
        "insert into charges values (100000, 0, 1, 4000000, 0, 1, 'sms')",
    ],
)
def test_nothing_in_the_ledger_can_be_changed_removed_repeated_or_made_up(busy, change):
    before = busy.charged()
    with pytest.raises(sqlite3.IntegrityError):
        busy._state._db.execute(change)
    assert busy.charged() == before


def test_a_range_that_cannot_be_is_refused_in_a_sentence(busy):
    for wrong in ("2026-13", "2026-02-30", "2026-00", "yesterday", "", 5, float("nan")):
        with pytest.raises(fr.InputError, match="no year, month, date or datetime that exists"):
            busy.charged(wrong)
        with pytest.raises(fr.InputError, match="^end="):
            busy.charged("2026-01-01", wrong)
    with pytest.raises(fr.InputError, match="empty range"):
        busy.charged("2026-10-02", "2026-10-01")


@pytest.mark.parametrize(
    ("nanodollars", "said"),
    [
        (0, "0.0000"),
        (4_000_000, "0.0040"),
        (3_950_000, "0.00395"),
        (1, "0.000000001"),
        (12_345_678_900_000, "12345.6789"),
    ],
)
def test_money_is_written_with_four_decimals_or_as_many_as_it_has(nanodollars, said):
    assert f"{dollars(nanodollars):f}" == said


def test_the_ledger_begins_with_nothing_and_ends_with_the_sandbox():
    with fr.Sandbox(messages=0) as sandbox:
        assert str(sandbox.charged()) == "0.0000"
        assert _send(sandbox, body="Hello") == 202
        assert str(sandbox.charged()) == "0.0040"
    with pytest.raises(fr.InputError, match="its ledger is closed"):
        sandbox.charged()


def test_the_ledger_lies_in_the_file_and_a_clock_before_the_price_step_pays_the_old_price(tmp_path):
    path = tmp_path / "sandbox.db"
    with fr.Sandbox(seed=3, today="2026-10-31", days=40, messages=300, path=path) as sandbox:
        assert _send(sandbox, body="Hello") == 202
        charged, story = sandbox.charged(), sandbox.story
    with fr.Sandbox(seed=4, today=story.price_step - dt.timedelta(days=1), path=path) as sandbox:
        assert sandbox.charged() == charged
        assert _send(sandbox, body="Hello") == 202
        assert sandbox.charged() == charged + Decimal(story.price_before).scaleb(-9)


# ------------------------------------------------------------------ soon ready


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
