"""What a text will cost is said before it is sent: a range, exactly, and why."""

import threading
from decimal import Decimal

import pytest
from samples import OURS, TOLL_FREE, message, records

import flowroute_nb as fr
from flowroute_nb import costs

PICTURE = ["https://example.com/37.gif"]


def asked(sandbox):
    return len(sandbox.log)


@pytest.fixture
def ours():
    """An account whose records were never asked for."""
    with fr.Sandbox(today="2026-10-31", messages=600, rate=0) as running:
        yield running.account()


@pytest.fixture
def prices():
    return costs.rates(records(*(message(4_000_000, at=n) for n in range(812))))


def test_the_reason_says_how_many_segments_at_what_price_how_often_seen_and_since_when(ours, prices):
    found = ours.estimate("x" * 200, to="15305557784", from_=OURS, rates=prices)
    assert found.reason == "2 segments at 0.0040, seen 812 times since 2026-10-01"
    assert (found.low, found.high) == (Decimal("0.0080"), Decimal("0.0080"))
    assert repr(found) == f"<Estimate cost=$0.0080 why={found.reason}>"
    assert "$0.0080</td>" in found._repr_html_()
    assert found.reason in found._repr_html_()


def test_with_rates_nothing_is_asked_of_the_service(ours, prices):
    before = asked(ours.sandbox)
    ours.estimate("Gee, nice marmot!", rates=prices)
    assert asked(ours.sandbox) == before


def test_what_is_sent_then_costs_what_was_said():
    with fr.Sandbox(today="2026-10-31", messages=2_000, rate=0) as sandbox:
        account = sandbox.account()
        for body in ("Gee, nice marmot!", "x" * 161, "x" * 420, "ü" * 71, "Hi José – see you at five."):
            found = account.estimate(body, to="15305557784", progress=False)
            sent = account.send(to="15305557784", body=body)
            sandbox.tick(seconds=10)
            assert found.low <= account.lookup(sent.id).cost <= found.high
        found = account.estimate(None, to="15305557784", media_urls=PICTURE)
        assert found.low == found.high == Decimal("0.0095")
        assert found.segments is None
        assert found.reason.startswith("1 MMS at 0.0095, seen ")


@pytest.mark.parametrize("rule", ["documented", "3gpp", "utf16"])
def test_the_range_holds_whichever_rule_is_billed(rule):
    bodies = ["x" * 290, "ü" * 71, "[" * 100, "`" * 150, "😀" * 69, "é" * 150]
    with fr.Sandbox(today="2026-10-31", messages=500, rate=0, quirks={"segments": rule}) as sandbox:
        account = sandbox.account()
        said = [account.estimate(body, progress=False) for body in bodies]
        sent = [account.send(to="15305557784", body=body) for body in bodies]
        sandbox.tick(seconds=10)
        paid = account.lookup([each.id for each in sent]).cost
        exact = [one for one, cost in zip(said, paid, strict=True) if not one.low <= cost <= one.high]
    assert [one.segments.text[0] for one in exact] == []


def test_segments_are_said_by_both_rules(ours, prices):
    found = ours.estimate("x" * 290, rates=prices)
    assert (found.segments.count, found.segments.standard) == (3, 2)
    assert (found.low, found.high) == (Decimal("0.0080"), Decimal("0.0120"))
    assert found.reason.startswith("3 segments by Flowroute's rule or 2 by the standard, at 0.0040, seen")
    assert "$0.0080 to $0.0120" in repr(found)


def test_several_recipients_multiply(ours, prices):
    found = ours.estimate("x" * 290, to=["15305557784", 12065550199, "(206) 555-0101"], rates=prices)
    assert (found.recipients, found.low, found.high) == (3, Decimal("0.0240"), Decimal("0.0360"))
    assert "at 0.0040 to each of 3 recipients, seen" in found.reason


def test_without_a_record_alike_there_is_a_sentence_and_no_zero(ours, prices):
    for found in (ours.estimate("x", rates=prices.head(0)), ours.estimate("x", media_urls=PICTURE, rates=prices)):
        assert found.low is found.high is None
        assert "No record of" in found.reason
        assert "not known" in repr(found)


def test_prices_of_other_countries_are_not_guessed(ours, prices):
    found = ours.estimate("x", to=["15305557784", "+44 20 7946 0958"], rates=prices)
    assert found.low is None
    assert "other countries" in found.reason


def test_the_price_of_the_number_it_is_sent_from_counts_and_that_of_all_where_none_is_known():
    said = [message(4_000_000, at=n) for n in range(5)]
    said += [message(5_000_000, at=n, from_=TOLL_FREE, message_type="toll-free") for n in range(7)]
    prices, account = costs.rates(records(*said)), fr.Account(access_key="a", secret_key="b")
    assert account.estimate("x", from_=TOLL_FREE, rates=prices).low == Decimal("0.0050")
    found = account.estimate("x", rates=prices)
    assert (found.low, found.high) == (Decimal("0.0040"), Decimal("0.0050"))
    assert found.reason == "1 segment at 0.0040 to 0.0050, seen 12 times since 2026-10-01"
    assert "seen 12 times by other numbers" in account.estimate("x", from_="12065550107", rates=prices).reason


def test_the_newest_price_counts_and_what_does_not_agree_is_said(ours):
    said = [message(3_400_000, at=n) for n in range(50)] + [message(4_000_000, at=50 + n) for n in range(50)]
    odd = message(1, at=80.5)
    found = ours.estimate("x", from_=OURS, rates=costs.rates(records(*said, odd)))
    assert found.low == found.high == Decimal("0.0040")
    assert found.reason == "1 segment at 0.0040, seen 50 of 51 times since 2026-10-03"


@pytest.mark.parametrize(
    ("quirk", "low", "high"), [("beside_amount", "0.0080", "0.0140"), ("in_amount", "0.0140", "0.0140")]
)
def test_a_surcharge_that_the_amounts_are_without_widens_the_range(quirk, low, high):
    quirks = {"surcharge": quirk, "record_price": "present"}
    with fr.Sandbox(today="2026-10-31", messages=500, quirks=quirks) as sandbox:
        found = sandbox.account(api="v2.2").estimate("x" * 200, progress=False)
    assert (found.low, found.high) == (Decimal(low), Decimal(high))


def test_the_past_is_read_once_for_an_account_and_its_branches_in_any_thread(ours):
    mine, said = ours.branch(), []
    work = [
        threading.Thread(target=lambda who=who: said.append(who.estimate("x", progress=False)))
        for who in [ours, mine] * 4
    ]
    for each in work:
        each.start()
    for each in work:
        each.join()
    once = asked(ours.sandbox)
    assert {each.low for each in said} == {Decimal("0.0040")}
    assert len(said) == 8
    ours.branch().estimate("x")
    assert asked(ours.sandbox) == once
    requests = ours.sandbox.log.path.str.partition("?")[0]
    assert requests.tolist() == ["/v2.1/messages"] * once
    assert ours.sandbox.log.path.is_unique


def test_a_reading_that_failed_is_tried_again_by_the_next(ours):
    with ours.sandbox.fault("redirect", times=100), pytest.raises(fr.FlowrouteError):
        ours.branch().estimate("x", progress=False)
    assert ours.estimate("x", progress=False).low == Decimal("0.0040")


def test_an_account_that_had_nothing_looks_again():
    with fr.Sandbox(today="2026-10-31", messages=0, rate=0) as sandbox:
        account = sandbox.account()
        assert account.estimate("x", progress=False).low is None
        account.send(to="15305557784", body="x")
        sandbox.tick(seconds=10)
        assert account.estimate("x", progress=False).low == Decimal("0.0040")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"body": ""}, "The body is empty"),
        ({"body": 7}, "The body is of type int"),
        ({"body": "x", "to": "555"}, "to: The number"),
        ({"body": "x", "to": []}, "to is an empty list"),
        ({"body": "x", "to": {"a": 1}}, "to is of type dict"),
        ({"body": "x", "from_": "555"}, "from_: The number"),
        ({"body": "x", "media_urls": "https://example.com/a.gif"}, "media_urls is of type str"),
        ({"body": "x", "is_mms": "yes"}, "is_mms='yes' is neither"),
        ({"body": "x", "rates": "0.0040"}, "rates is a str"),
        ({"body": "x", "rates": records(message(1))}, "rates lacks the columns 'rate', 'since'"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is_asked(ours, given, said):
    before = asked(ours.sandbox)
    with pytest.raises(fr.InputError, match=said):
        ours.estimate(given.pop("body"), **given)
    assert asked(ours.sandbox) == before


def test_a_wrong_keyword_is_named(ours):
    with pytest.raises(TypeError, match=r"Account.estimate\(\) has no keyword 'rate'. Did you mean 'rates'"):
        ours.estimate("x", rate=1)


def test_a_price_of_nearly_30_days_ago_is_known():
    with fr.Sandbox(today="2026-10-31", messages=0, rate=0) as sandbox:
        account = sandbox.account()
        account.send(to="15305557784", body="x")
        sandbox.tick(days=29, hours=23)
        assert account.estimate("x", progress=False).low == Decimal("0.0040")


def test_a_text_sent_as_an_mms_has_the_price_of_an_mms():
    said = [message(4_000_000, at=n) for n in range(5)]
    said += [message(9_500_000, at=n, body=None, is_mms=True) for n in range(5)]
    account = fr.Account(access_key="AK1234567", secret_key="planted-secret")
    found = account.estimate("x" * 300, is_mms=True, rates=costs.rates(records(*said)))
    assert (found.low, found.high, found.segments) == (Decimal("0.0095"), Decimal("0.0095"), None)


def test_the_price_of_the_account_s_own_number_counts():
    said = [message(4_000_000, at=n) for n in range(5)]
    said += [message(5_000_000, at=n, from_=TOLL_FREE, message_type="toll-free") for n in range(7)]
    account = fr.Account(access_key="AK1234567", secret_key="planted-secret", from_=TOLL_FREE)
    found = account.estimate("x", rates=costs.rates(records(*said)))
    assert (found.low, found.high) == (Decimal("0.0050"), Decimal("0.0050"))


def test_the_price_of_texts_that_came_in_does_not_count():
    said = [message(4_000_000, at=n) for n in range(5)]
    said += [message(7_000_000, at=n, direction="inbound") for n in range(5)]
    account = fr.Account(access_key="AK1234567", secret_key="planted-secret", from_=OURS)
    found = account.estimate("x", rates=costs.rates(records(*said)))
    assert (found.low, found.high) == (Decimal("0.0040"), Decimal("0.0040"))
