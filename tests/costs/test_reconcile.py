"""Our sums stand beside what the service counted or charged, and what differs is named."""

import datetime as dt
import itertools
import random
from decimal import Decimal

import pandas as pd
import pytest
from samples import ENGINES, message, records

import flowroute_nb as fr
from flowroute_nb import costs


def stats(df, *, tz="UTC", **change):
    """Count a frame as the service would, plainly; ``change`` is a function of a day's rows that counts otherwise."""
    days = df.timestamp.dt.tz_convert(tz).dt.strftime("%Y-%m-%d")
    rows = []
    for period, length in (("day", 10), ("month", 7)):
        for date, here in df.groupby(days.str[:length]):
            total, amount = len(here), int(here.amount_nanodollars.fillna(0).sum())
            rows.append([date, period, *change.get("count", lambda _, *sums: sums)(here, total, amount)])
    return pd.DataFrame(rows, columns=["date", "period", "total", "amount_nanodollars"])


def month(n=600, **more):
    """Make thirty whole days of records, of all kinds."""
    said = [
        message(
            4_000_000 + n % 7 * 100_000,
            at=-12 + n * 720 / 601,
            direction="inbound" if n % 3 == 0 else "outbound",
            failed=n % 20 == 1,
            is_mms=n % 11 == 0,
            **more,
        )
        for n in range(n)
    ]
    df = records(*said)
    df.attrs["flowroute"] = {"start": "2026-10-01T00:00:00+00:00", "end": "2026-10-31T00:00:00+00:00"}
    return df


def differing(found):
    return found[~found.agrees]


@pytest.mark.parametrize(
    "quirks", [{}, {"failed_cost": "free"}, {"amount": "text", "message_total": "number"}], ids=str
)
def test_a_sandbox_s_stats_agree_with_its_records_to_the_nanodollar(quirks):
    with fr.Sandbox(today="2026-10-31", messages=1_000, quirks=quirks) as sandbox:
        account = sandbox.account()
        df, said = account.messages(days=30, progress=False), account.stats()
    found = costs.reconcile(df, said)
    assert found.agrees.all()
    assert found.attrs["flowroute_costs"]["agrees"] is True
    assert found[found.period == "month"][["date", "messages", "counted", "difference"]].values.tolist() == [
        ["2026-10", 1_000, 1_000, Decimal("0.0000")]
    ]
    assert found[found.period == "day"].cost.sum() == df.cost.sum()


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same(engine, account):
    df, said = account.messages("2026-10-02", "2026-10-30", progress=False), account.stats()
    found, expected = costs.reconcile(ENGINES[engine](df), said), costs.reconcile(df, said)
    pd.testing.assert_frame_equal(found.drop(columns="reason")[:-1], expected.drop(columns="reason")[:-1])
    pd.testing.assert_frame_equal(costs.reconcile(ENGINES[engine](df), "8.00"), costs.reconcile(df, "8.00"))


def test_days_and_months_that_were_not_read_wholly_say_what_was_read():
    with fr.Sandbox(today="2026-10-31", messages=1_000) as sandbox:
        account = sandbox.account()
        df, said = account.messages("2026-10-05T10:00", "2026-10-07", progress=False), account.stats()
    found = costs.reconcile(df, said)
    assert found.date.tolist() == ["2026-10-05", "2026-10-06", "2026-10-07", "2026-10"]
    assert found.agrees.tolist() == [False, True, True, False]
    assert found.reason.tolist()[::3] == [
        "only 10:00 to 23:59 of it was read",
        "only 2026-10-05 10:00 to 2026-10-07 23:59 of it was read",
    ]


def test_messages_that_have_no_record_are_named():
    with fr.Sandbox(today="2026-10-31", messages=1_000, quirks={"mms_record": "absent"}) as sandbox:
        account = sandbox.account()
        df, said = account.messages("2026-10-05", "2026-10-30", progress=False), account.stats()
    found = differing(costs.reconcile(df, said)[:-1])
    assert len(found)
    assert (found.difference < 0).all()
    assert found.reason.str.contains(r"of theirs came after the reading, or have no record, as MMS may").all()


def nanodollars(df):
    return int(df.amount_nanodollars.sum())


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        (lambda df, *_: (len(df), nanodollars(df[df.delivery != "failed"])), "that failed cost nothing there"),
        (lambda df, *_: (len(df), nanodollars(df[df.direction == "outbound"])), "that came in is not in it"),
        (
            lambda df, *_: (sum(df.direction == "outbound"), nanodollars(df[df.direction == "outbound"])),
            "came in (?:is|are)",
        ),
        (lambda df, *_: (sum(~df.is_mms), nanodollars(df[~df.is_mms])), "MMS, (?:is|are) not counted there"),
        (lambda _, n, amount: (n - 1, amount), "of ours they don't count"),
        (lambda _, n, amount: (n, amount + 1), "as many messages, and other amounts"),
    ],
)
def test_what_is_counted_otherwise_over_there_is_named_on_every_day(count, reason):
    df = month()
    found = differing(costs.reconcile(df, stats(df, count=count)).query("period == 'day'"))
    assert len(found) > 15
    assert found.reason.str.contains(reason).all()


def test_two_things_at_once_are_named_both():
    df = month()

    def count(here, total, amount):
        left = here[(here.direction == "inbound")], here[here.delivery == "failed"]
        return total - len(left[0]), amount - sum(int(each.amount_nanodollars.sum()) for each in left)

    found = costs.reconcile(df, stats(df, count=count)).query("period == 'month'")
    assert "that came in are not counted there" in found.reason.iloc[0]
    assert "that failed cost nothing there" in found.reason.iloc[0]


#: What the service may count otherwise: which records, whether it does not count them either, and the sentence.
CAUSES = {
    "failed is free": (lambda df: df.delivery == "failed", False, "{} that failed cost nothing there"),
    "failed is not counted": (lambda df: df.delivery == "failed", True, "{} that failed are not counted there"),
    "inbound is free": (lambda df: df.direction == "inbound", False, "the cost of {} that came in is not in it"),
    "inbound is not counted": (lambda df: df.direction == "inbound", True, "{} that came in are not counted there"),
    "mms is free": (lambda df: df.is_mms, False, "the cost of {}, MMS, is not in it"),
    "mms is not counted": (lambda df: df.is_mms, True, "{}, MMS, are not counted there"),
    "surcharges": (lambda df: df.price_details.notna(), None, "it has the surcharges of {} in it"),
}


def overlapping():
    """Make records of each kind there can be, so many of each cause and of such amounts that no two sums are alike."""
    sent, surcharges = [], {}
    chance = random.Random(1)  # noqa: S311  no secret
    kinds = itertools.product((True, False, False), ("inbound", "failed", "failed", "sent"), (True, False))
    for n, (is_mms, what, has_surcharge) in enumerate(kinds):
        options = {"direction": "inbound" if what == "inbound" else "outbound", "failed": what == "failed"}
        amount, surcharge = chance.randrange(10**12), chance.randrange(10**12)
        if has_surcharge:
            charged = f"{Decimal(amount + surcharge).scaleb(-9):f}"
            options["price_details"] = {"segment_count": 1, "charged_cost": charged}
        sent.append(message(amount, at=n / 10, is_mms=is_mms, **options))
        surcharges[sent[-1]["id"]] = surcharge if has_surcharge else 0
    df = records(*sent)
    df.attrs["flowroute"] = {"start": "2026-10-01T00:00:00+00:00", "end": "2026-10-02T00:00:00+00:00"}
    return df, surcharges


def counted_otherwise(df, surcharges, causes):
    """Count record by record what the service does where these causes are true."""
    masks = {cause: CAUSES[cause][0](df).tolist() for cause in causes}
    messages = nanodollars = 0
    for at, (record, amount) in enumerate(zip(df.id, df.amount_nanodollars.tolist(), strict=True)):
        true = [cause for cause in causes if masks[cause][at]]
        messages += not any(CAUSES[cause][1] for cause in true)
        if not [cause for cause in true if cause != "surcharges"]:
            nanodollars += amount + (surcharges[record] if "surcharges" in true else 0)
    return messages, nanodollars


def sentences(df, causes):
    return [CAUSES[cause][2].format(f"{int(CAUSES[cause][0](df).sum())} messages") for cause in causes]


PAIRS = [each for each in itertools.combinations(CAUSES, 2) if each[0].split()[0] != each[1].split()[0]]


@pytest.mark.parametrize("causes", [(cause,) for cause in CAUSES] + PAIRS, ids=" and ".join)
def test_every_two_causes_are_found_also_where_they_share_messages(causes):
    df, surcharges = overlapping()
    messages, nanodollars = counted_otherwise(df, surcharges, causes)
    said = stats(df, count=lambda *_: (messages, nanodollars)).query("period == 'day'")
    reason = costs.reconcile(df, said).query("period == 'day'").reason.iloc[0]
    for sentence in sentences(df, causes):
        assert sentence in reason
    assert reason.count(";") == len(causes) - 1


@pytest.mark.parametrize(
    "causes", [each for each in PAIRS if not any(CAUSES[one][1] for one in each)], ids=" and ".join
)
def test_every_two_causes_of_an_invoice_are_found(causes):
    df, surcharges = overlapping()
    _, nanodollars = counted_otherwise(df, surcharges, causes)
    reason = costs.reconcile(df, Decimal(nanodollars).scaleb(-9)).reason.iloc[0]
    assert all(sentence in reason for sentence in sentences(df, causes))


def test_mms_that_are_not_counted_and_a_failed_mms_that_is_free_are_told_apart_from_one_cause():
    """One MMS failed: what is left out for both reasons is left out once."""
    df = records(
        message(4_000_000),
        message(4_100_000, at=0.1, failed=True),
        message(9_500_000, at=0.2, is_mms=True),
        message(9_600_000, at=0.3, is_mms=True, failed=True),
    )
    df.attrs["flowroute"] = {"start": "2026-10-01T00:00:00+00:00", "end": "2026-10-02T00:00:00+00:00"}
    said = stats(df, count=lambda *_: (2, 4_000_000)).query("period == 'day'")
    reason = costs.reconcile(df, said).query("period == 'day'").reason.iloc[0]
    assert reason == "2 messages that failed cost nothing there; 2 messages, MMS, are not counted there"


@pytest.mark.parametrize(("decimals", "unit"), [(4, 10**5), (2, 10**7)])
def test_stats_that_are_rounded_agree_and_say_so(decimals, unit):
    df = records(*(message(4_123_457, at=n / 3) for n in range(30)))
    found = costs.reconcile(df, stats(df, count=lambda _, n, amount: (n, round(amount / unit) * unit)))
    assert found.agrees.all()
    assert set(found.reason) == {f"rounded to {decimals} decimals"}


def test_surcharges_that_amounts_are_without_are_named():
    price = {"base_rate": "0.0040", "surcharge_rate": "0.0030", "segment_count": 1, "charged_cost": "0.0070"}
    df = records(*(message(4_000_000, at=n / 2, price_details=price) for n in range(20)))
    found = costs.reconcile(df, stats(df, count=lambda _, n, __: (n, 7_000_000 * n)))
    assert found.reason.str.contains("it has the surcharges of .* in it").all()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "America/New_York"])
def test_days_of_another_zone_are_found_and_agree_once_it_is_given(zone):
    df = month(n=900)
    said = stats(df, tz=zone)
    found = costs.reconcile(df, said)
    reasons = differing(found[found.period == "day"][1:-1]).reason
    assert len(reasons) > 20
    assert reasons.str.contains(f"the stats' days begin in another zone: give tz='{zone}'").all()
    assert costs.reconcile(df, said, tz=zone)[2:-3].agrees.all()


@pytest.mark.parametrize(("left_out", "is_proposed"), [([], True), (["2026-10-03"], False)], ids=["two", "one"])
def test_another_zone_is_proposed_for_two_more_agreeing_days_and_not_for_one(left_out, is_proposed):
    """One message at 2:00 UTC is of the day before in Los Angeles, so that two days differ by it."""
    df = records(*(message(4_000_000, at=24 * n) for n in range(-1, 7)), message(5_000_000, at=62))
    df.attrs["flowroute"] = {"start": "2026-09-30T00:00:00+00:00", "end": "2026-10-08T00:00:00+00:00"}
    said = stats(df, tz="America/Los_Angeles")
    said = said[~said.date.isin([*left_out, "2026-10-07"])]  # the last day is whole in UTC alone
    found = costs.reconcile(df, said).set_index("date").reason
    assert ("give tz='America/Los_Angeles'" in found["2026-10-04"]) is is_proposed


def test_records_without_an_amount_are_named_and_days_the_stats_lack_too():
    df = records(message(4_000_000), message(None, at=1), message(4_000_000, at=30))
    said = stats(df, count=lambda _, n, __: (n, 4_000_000 * n))
    found = costs.reconcile(df, said[said.date != "2026-10-02"])
    assert found.reason.tolist()[0] == "1 message of ours has no amount; or only 12:00 to 23:59 of it was read"
    assert found.reason.tolist()[1] == "the stats do not have it; or only 00:00 to 18:00 of it was read"
    assert pd.isna(found.counted[1])
    assert found.charged[1] is None


# ------------------------------------------------------------------ an invoice


@pytest.fixture
def october():
    return month()


def test_an_invoice_that_agrees_says_so(october):
    found = costs.reconcile(october, str(october.cost.sum()))
    assert found[["date", "period", "agrees", "difference"]].values.tolist() == [
        ["2026-10-01 to 2026-10-30", "invoice", True, Decimal("0.0000")]
    ]
    assert found.reason[0] == ""


@pytest.mark.parametrize("given", ["12.40", Decimal("12.40"), "$12.40", 12])
def test_an_invoice_may_be_text_a_decimal_or_a_whole_number(given, october):
    found = costs.reconcile(october, given)
    assert found.charged[0] == Decimal(str(given).replace("$", ""))
    assert found.difference[0] == october.cost.sum() - found.charged[0]
    assert "is the invoice of the same days" in found.reason[0]


def test_an_invoice_rounded_to_cents_agrees(october):
    found = costs.reconcile(october, f"{october.cost.sum():.2f}")
    assert found.agrees[0]
    assert found.reason[0] == "rounded to 2 decimals"


@pytest.mark.parametrize(
    ("given", "agrees", "reason"),
    [
        ("8.57", True, "rounded to 2 decimals"),
        ("8.566", True, "rounded to 3 decimals"),
        ("8.56", True, "cut off after 2 decimals"),
        (Decimal("8.5658"), True, ""),
        *((each, False, "no part of our sum explains it") for each in ("8", "9", 9, "8.5", "8.6", "$8.6", "8.55")),
        (Decimal("9E+0"), False, "no part of our sum explains it"),
    ],
)
def test_an_invoice_agrees_when_it_is_rounded_to_cents_or_finer_and_a_dollar_is_a_dollar(given, agrees, reason):
    found = costs.reconcile(records(message(8_565_800_000)), given)
    assert bool(found.agrees[0]) is agrees
    assert found.reason[0].startswith(reason) if reason else found.reason[0] == ""


@pytest.mark.parametrize(("amount", "given"), [(8_565_000_000, "8.56"), (8_565_000_000, "8.57"), (-5_000_000, "-0.01")])
def test_a_half_may_be_rounded_up_or_to_the_even_cent(amount, given):
    found = costs.reconcile(records(message(amount)), given)
    assert (bool(found.agrees[0]), found.reason[0]) == (True, "rounded to 2 decimals")


@pytest.mark.parametrize(("amount", "agrees"), [(8_569_999_999, True), (8_570_000_000, False)])
def test_what_is_cut_off_is_less_than_a_cent(amount, agrees):
    assert bool(costs.reconcile(records(message(amount)), "8.56").agrees[0]) is agrees


def test_a_first_and_a_last_day_that_were_read_to_the_midnight_are_whole():
    df = records(message(4_000_000, at=-12), message(4_000_000, at=30))
    df.attrs["flowroute"] = {"start": "2026-10-01T00:00:00+00:00", "end": "2026-10-03T00:00:00+00:00"}
    found = costs.reconcile(df, stats(df, count=lambda _, n, amount: (n, amount + 1))).query("period == 'day'")
    assert found.date.tolist() == ["2026-10-01", "2026-10-02"]
    assert found.reason.str.startswith("as many messages, and other amounts").all()
    assert not found.reason.str.contains("was read").any()


def test_an_invoice_without_what_came_in_is_explained(october):
    ours = october[october.direction == "outbound"].cost.sum()
    found = costs.reconcile(october, f"{ours:.2f}")
    assert not found.agrees[0]
    assert found.reason[0] == "the cost of 200 messages that came in is not in it; rounded to 2 decimals"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (12.4, r"The total is a float, 12.4, and money is exact here. Give it as text: reconcile\(df, '12.4'\)."),
        ("twelve", "neither a frame nor an amount: 'twelve'"),
        ("12,40", "neither a frame nor an amount: '12,40'"),
        (True, "neither a frame nor an amount: True"),
        (None, "neither a frame nor an amount: of type NoneType"),
        (Decimal("NaN"), "neither a frame nor an amount"),
        (
            pd.DataFrame({"date": ["2026-10-05"], "period": ["day"], "total": ["x"], "amount_nanodollars": [1]}),
            "'total' of stats is of type .*whole numbers",
        ),
        (pd.DataFrame({"date": []}), "stats lacks the columns 'period', 'total' and 'amount_nanodollars'"),
    ],
)
def test_what_is_neither_stats_nor_an_amount_is_refused_with_the_fix(given, said, october):
    with pytest.raises(fr.InputError, match=said):
        costs.reconcile(october, given)


def test_nothing_gives_a_typed_nothing():
    empty = records()
    some = costs.reconcile(month(), stats(month()))
    assert costs.reconcile(empty.drop(columns="cost"), stats(month()))[:0].dtypes.equals(some.dtypes)
    assert costs.reconcile(empty, "0.00")[["agrees", "reason"]].values.tolist() == [[True, ""]]
    assert costs.reconcile(empty, "1").reason.tolist() == ["no records were given: read the days of the invoice"]


def test_attributes_are_plain_enough_for_a_file(october, tmp_path):
    found = costs.reconcile(october, "12.40")
    found.drop(columns=["cost", "charged", "difference"]).to_parquet(tmp_path / "a.parquet")
    assert dt.datetime.fromisoformat(found.attrs["flowroute_costs"]["start"]).year == 2026
