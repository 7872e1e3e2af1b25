"""One tour passes whatever Flowroute turns out to do, and each quirk does what its sentence says."""

from decimal import Decimal

import pytest
import requests
from fidelity import quirk_marks
from receiver import file_server, told

import flowroute_nb as fr
from flowroute_nb.sandbox.quirks import QUIRKS

ALTERNATIVES = [(quirk.name, value) for quirk in QUIRKS for value in list(quirk.values)[1:]]
mark = pytest.mark.fidelity
TOURED = [  # what the tour alone proves: nobody has published an example
    ("one record", "v2.2"),
    ("a set of records", "v2"),
    ("a set of records", "v2.2"),
    ("errors", "v2.2"),
]
THEIRS, STOPPED, TEXT = "15305550199", "12535550198", "Gee, nice marmot!"


def house(quirks=None, **options):
    return fr.Sandbox(quirks=quirks, **{"today": "2026-10-31", "messages": 60, "rate": 0, **options})


# ------------------------------------------------------------------ the tour


def sends(account, sandbox):
    """Send a text and, where there are any, an MMS; look both up, with what became of them."""
    files = {} if account.api == "v2" else {"media_urls": ["https://example.com/37.gif"]}
    sent = [account.send(to=THEIRS, body=TEXT, **more) for more in ([{}, files] if files else [{}])]
    sandbox.tick(seconds=10)
    assert sandbox.taken.id.tail(len(sent)).tolist() == [each.id for each in sent]
    row = account.lookup(sent[0].id)
    assert (row.body, row.direction, row.number, row.contact) == (TEXT, "outbound", sandbox.numbers[0], THEIRS)
    assert type(row.cost) is Decimal
    assert row.delivery in (("unknown",) if account.api == "v2" else ("delivered", "pending", "failed"))
    found = account.lookup([each.id for each in sent], errors="keep")
    assert (
        len(fr.expand(found, "delivery_receipts")) == 2 * found.delivery.isin(["delivered", "pending", "failed"]).sum()
    )
    if files and sandbox.quirks["mms_record"] == "present":
        assert fr.expand(found, "media").media_id.tolist() == [f"{sent[1].id[5:]}-1"]
    return sent[0].id


def lists(account, sandbox, ours):
    """Read everything, in one and page by page."""
    df = account.messages("2026-10-01", "2026-10-31", progress=False)
    assert df.id.is_unique
    assert df.timestamp.is_monotonic_increasing
    if sandbox.quirks["versions"] == "shared" or account.api != "v2":
        assert len(df) > 50
    assert ours in df.id.tolist()
    days = list(account.pages("2026-10-28", "2026-10-31"))
    assert len(days) == 4
    assert [name for day in days for name in day.id] == df[df.timestamp >= "2026-10-28"].id.tolist()
    return df


def stats(account, sandbox, df):
    """Add the days up."""
    said = account.stats()
    days = said[said.period == "day"]
    life = said[said.period == "lifetime"].iloc[0]
    assert (days.total.sum(), days.cost.sum()) == (life.total, life.cost)
    if (sandbox.quirks["mms_record"], sandbox.quirks["versions"]) == ("present", "shared"):
        assert (life.total, life.cost) == (len(df), df.cost.sum())


def errors(account, sandbox):
    """Be refused, each time for the right reason."""
    taken = len(sandbox.taken)
    with pytest.raises(fr.errors.NotFound):
        account.lookup("mdr2-none")
    with pytest.raises(fr.errors.Unauthorized):
        sandbox.account(api=account.api, secret_key="wrong").lookup("mdr2-none")
    with pytest.raises(fr.errors.Forbidden):
        account.send(to=THEIRS, from_="12065550109", body=TEXT)
    with pytest.raises(fr.errors.OptedOut):
        account.send(to=STOPPED, body=TEXT)
    with pytest.raises(fr.errors.Refused):  # a curly quote, 422
        account.send(to=THEIRS, body="“", smart_quotes="keep")
    assert len(sandbox.taken) == taken


def tour(sandbox):
    sandbox.receive(from_=STOPPED, to=sandbox.numbers[0], body="STOP")
    for api in ("v2", "v2.1", "v2.2"):
        account = sandbox.account(api=api)
        account._client._sleep = lambda _: None  # this sandbox takes any number of sends a second
        ours = sends(account, sandbox)
        df = lists(account, sandbox, ours)
        stats(account, sandbox, df)
        errors(account, sandbox)
    assert sorted(account.numbers().number) == sorted(sandbox.numbers)
    versions = [path.split("/")[1] for path in sandbox.log.path if "/messages?" in path]
    assert versions == sorted(versions)  # each account read with its own, one after the other
    assert set(versions) == {"v2", "v2.1", "v2.2"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("default", "", marks=[mark(row, version, "library", "reading") for row, version in TOURED]),
        *(pytest.param(*each, marks=[pytest.mark.untraced, *quirk_marks(each[0], "library")]) for each in ALTERNATIVES),
    ],
)
def test_one_tour_passes_under_every_quirk(name, value):
    with house({name: value} if value else None) as sandbox:
        tour(sandbox)


# ------------------------------------------------------------------ what each quirk does


class Probe:
    """Asks a sandbox as a plain client does."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.web = requests.Session()
        self.web.auth, self.web.trust_env = (sandbox.access_key, sandbox.secret_key), False

    def ask(self, method, path, **options):
        return self.web.request(method, f"{self.sandbox.url}{path}", timeout=10, **options)

    def send(self, version="v2.1", later=10, **said):
        said = {"to": THEIRS, "from": self.sandbox.numbers[0], "body": TEXT} | said
        got = self.ask("POST", f"/{version}/messages", json={k: v for k, v in said.items() if v is not None})
        self.sandbox.tick(seconds=later)
        return got

    def status(self, *args, **said):
        return self.send(*args, **said).status_code

    def record(self, version="v2.1", asked_as=None, **said):
        name = self.send(version, **said).json()["data"]["id"]
        return self.ask("GET", f"/{asked_as or version}/messages/{name}").json()

    def attribute(self, name, version="v2.1", **said):
        return self.record(version, **said)["data"]["attributes"].get(name, "absent")

    def callback(self, method, version="v2.2", kind="sms_callback"):
        said = {"callback_url": "https://example.com/hook"} if method == "PUT" else None
        return self.ask(method, f"/{version}/messages/{kind}", json=said)

    def told(self, kind, *answers):
        """Let a text arrive and send one, and give what was POSTed of it within some minutes."""
        with told(self.sandbox, *answers, kinds=(kind,)) as receiver:
            self.sandbox.receive(from_=THEIRS, to=self.sandbox.numbers[0], body=TEXT)
            self.send(later=300)
            return receiver.said()

    def listed(self, query="start_date=2026-10-01", version="v2.1"):
        return self.ask("GET", f"/{version}/messages?{query}")


def cost(body):
    return lambda p: p.send("v2.2", body=body).json()["data"]["attributes"]["price_details"]["segment_count"]


def error(p, version="v2.1"):
    return p.send(version, body="“").json()


def opted_out(p):
    p.sandbox.receive(from_=STOPPED, to=p.sandbox.numbers[0], body="STOP")
    (said,) = p.send(to=STOPPED).json()["errors"]
    where = {"code": "code" in said, "nested": isinstance(said["detail"], dict)}
    return next((name for name, here in where.items() if here), "detail")


def failing(p):
    """Send until one fails, and say what it cost."""
    for n in range(400):
        attributes = p.record(body=f"Marmot {n}", later=5)["data"]["attributes"]
        if attributes["status"] == "delivery failure":
            return attributes["amount_nanodollars"]
    raise AssertionError("none of 400 failed")


def wordless(p):
    name = p.sandbox.receive(from_=THEIRS, to=p.sandbox.numbers[0], media_urls=["https://example.com/37.gif"])
    p.sandbox.tick(seconds=10)
    return p.ask("GET", f"/v2.1/messages/{name}").json()["data"]["attributes"].get("body", "absent")


def days_of(query):
    return lambda p: sorted({each["attributes"]["timestamp"][:10] for each in p.listed(query).json()["data"]})


def media_status(p):
    name = p.record(media_urls=["https://example.com/37.gif"])["data"]["relationships"]["media"]["data"][0]["id"]
    return p.ask("GET", f"/v2.1/media/{name}").status_code


def last_page(p):
    said = p.listed("start_date=2026-10-01&limit=1000").json()
    return said.get("links", "absent")


def until_empty(p):
    """Send texts of a dollar each."""
    long = "é" * 70 * 250
    return [p.status(body=long) for _ in range(12)][-1]


def after_a_hundred_days(p):
    p.sandbox.tick(days=100)
    return len(p.listed().json()["data"]) > 0


def tries_of_each(p):
    said = [str(each) for each in p.told("sms_dlr_callback", 500)]
    (tries,) = {said.count(each) for each in said}
    return tries


def nearly_too_large(p):
    with file_server(760_000) as url:
        return p.status(media_urls=[url])


def shape(p):
    said = error(p, "v2")
    return "plain" if "error" in said else "array" if isinstance(said["errors"], list) else "object"


def body_of(p):
    got = p.ask("GET", "/v2.1/messages/mdr2-none")
    return got.headers["Content-Type"].split(";")[0] if got.content else "empty"


def same_second(p):
    with house(p.sandbox.quirks, rate=5) as busy:
        probe = Probe(busy)
        got = [probe.send(later=0) for _ in range(12)]
    return next(each for each in got if each.status_code == 429).headers.get("Retry-After")


def text_of_v2(p):
    return [p.status("v2", **said) for said in ({"body": TEXT}, {"body": None, "content": TEXT})]


MMS = {"media_urls": ["https://example.com/37.gif"]}
GSM_REST = "é" * 150  # of GSM-7 but not of ASCII: one segment by the standard, three by the documentation
PROBES = {
    "v2_text": (text_of_v2, {"both": [200, 200], "body": [200, 422], "content": [422, 200]}),
    "plus": (lambda p: p.status("v2.2"), {"either": 202, "required": 422}),
    "is_mms": (lambda p: p.status(is_mms="true"), {"either": 202, "boolean": 422}),
    "international": (lambda p: p.status(to="+442071838750"), {"taken": 202, "refused": 422}),
    "v2_bad_to": (lambda p: p.status("v2", to="5305550199"), {"403": 403, "500": 500, "422": 422}),
    "provisioned": (lambda p: p.status(**{"from": "18005550102"}), {"all": 202, "long_codes": 403}),
    "mms_limit": (nearly_too_large, {"767840": 202, "750000": 422}),
    "balance": (until_empty, {"endless": 202, "ten_dollars": 402}),
    "send_status": (lambda p: p.status(), {"202": 202, "200": 200}),
    "price_details": (
        lambda p: "price_details" in p.send("v2.2").json()["data"].get("attributes", {}),
        {"attributes": True, "data": False},
    ),
    "mms_price": (
        lambda p: "attributes" in p.send("v2.2", **MMS).json()["data"],
        {"present": True, "absent": False},
    ),
    "price_type": (
        lambda p: p.send("v2.2").json()["data"]["attributes"]["price_details"]["charged_cost"],
        {"text": "0.0040", "number": 0.004},
    ),
    "segments": (
        lambda p: [cost(body)(p) for body in ("x" * 300, GSM_REST, "😀" * 40)],
        {"documented": [3, 3, 1], "utf16": [3, 3, 2], "3gpp": [2, 1, 2]},
    ),
    "surcharge": (
        lambda p: p.attribute("amount_nanodollars"),
        {"none": 4_000_000, "in_amount": 7_000_000, "beside_amount": 4_000_000},
    ),
    "failed_cost": (failing, {"charged": 4_000_000, "free": 0}),
    "amount": (lambda p: p.attribute("amount_nanodollars"), {"number": 4_000_000, "text": "4000000"}),
    "amount_display": (lambda p: p.attribute("amount_display"), {"text": "$0.0040", "number": 0.004}),
    "timestamps": (
        lambda p: [len(p.attribute("timestamp", version)) for version in ("v2", "v2.1")],
        {"samples": [32, 23], "seconds": [20, 20], "micros": [27, 27], "offset": [25, 25]},
    ),
    "v2_mms_flag": (lambda p: p.attribute("is_mms", "v2"), {"has_mms": "absent", "is_mms": False}),
    "v2_message_type": (
        lambda p: p.attribute("message_type", "v2"),
        {"long-code": "long-code", "longcode": "longcode"},
    ),
    "v2_inner_type": (lambda p: p.attribute("type", "v2"), {"absent": "absent", "present": "messages"}),
    "foreign_numbers": (
        lambda p: p.attribute("to", to="+442071838750"),
        {"plus": "+442071838750", "digits": "442071838750"},
    ),
    "numbers_said": (lambda p: p.attribute("to", "v2.2"), {"digits": THEIRS, "plus": f"+{THEIRS}"}),
    "wordless": (wordless, {"null": None, "empty": "", "absent": "absent"}),
    "record_price": (
        lambda p: p.attribute("price_details", "v2.2") == "absent",
        {"absent": True, "present": False},
    ),
    "record_links": (lambda p: "links" in p.listed().json()["data"][0], {"absent": False, "self": True}),
    "included": (lambda p: "included" in p.record(**MMS), {"absent": False, "present": True}),
    "new_fields": (lambda p: p.attribute("zz_new") == "absent", {"none": True, "some": False}),
    "mms_receipts": (lambda p: len(p.attribute("delivery_receipts", **MMS)), {"sent": 2, "none": 0}),
    "status_words": (
        lambda p: p.attribute("status") in ("delivered", "failed", "message buffered"),
        {"kannel": False, "plain": True},
    ),
    "status_code": (
        lambda p: [each.get("status_code", "absent") for each in p.attribute("delivery_receipts")],
        {"number": [1004, None], "text": ["1004", None], "absent": [1004, "absent"]},
    ),
    "receipt_order": (
        lambda p: [each["level"] for each in p.attribute("delivery_receipts")],
        {"newest": [2, 1], "oldest": [1, 2]},
    ),
    "lag": (
        lambda p: p.ask("GET", f"/v2.1/messages/{p.send(later=0).json()['data']['id']}").status_code,
        {"seconds": 404, "none": 200},
    ),
    "versions": (lambda p: "data" in p.record("v2.1", "v2"), {"shared": True, "apart": False}),
    "mms_record": (lambda p: "data" in p.record(**MMS), {"present": True, "absent": False}),
    "end_date": (
        days_of("start_date=2026-10-06&end_date=2026-10-07&limit=100"),
        {"midnight": ["2026-10-06"], "whole_day": ["2026-10-06", "2026-10-07"]},
    ),
    "next_dates": (
        days_of("start_date=2026-10-06T23:59:59Z&end_date=2026-10-07&limit=100"),
        {"midnight": ["2026-10-06"], "as_given": []},
    ),
    "no_end_date": (
        lambda p: len(days_of("start_date=2026-10-06&limit=1000")(p)),
        {"now": 26, "one_day": 1},
    ),
    "order": (
        lambda p: (said := [each["attributes"]["timestamp"] for each in p.listed().json()["data"]]) == sorted(said),
        {"newest_first": False, "oldest_first": True},
    ),
    "default_limit": (lambda p: len(p.listed().json()["data"]), {"10": 10, "100": 100, "250": 250}),
    "max_limit": (
        lambda p: len(p.listed("start_date=2026-10-01&limit=260").json()["data"]),
        {"none": 260, "200": 200},
    ),
    "large_offset": (
        lambda p: p.listed("start_date=2026-10-01&offset=100000").status_code,
        {"empty": 200, "refused": 422},
    ),
    "last_page": (last_page, {"empty_links": {}, "no_links": "absent", "null_next": {"next": None}}),
    "retention": (after_a_hundred_days, {"for_ever": True, "90_days": False}),
    "media": (media_status, {"not_found": 404, "served": 200}),
    "message_total": (
        lambda p: type(p.ask("GET", "/v2/message-stats").json()["data"][0]["attributes"]["message_total"]),
        {"text": str, "number": int},
    ),
    "stats_versions": (
        lambda p: [p.ask("GET", f"/{version}/message-stats").status_code for version in ("v2", "v2.1", "v2.2")],
        {"v2": [200, 404, 404], "all": [200, 200, 200]},
    ),
    "number_type": (
        lambda p: [each["attributes"]["number_type"] for each in p.ask("GET", "/v2/numbers").json()["data"]][-2:],
        {"standard": ["standard", "tollfree"], "longcode": ["longcode", "toll-free"]},
    ),
    "number_attributes": (
        lambda p: len(p.ask("GET", "/v2/numbers/12065550100").json()["data"]["attributes"]),
        {"sample": 6, "newer": 9},
    ),
    "v2_errors": (shape, {"array": "array", "object": "object", "plain": "plain"}),
    "error_detail": (
        lambda p: type(error(p)["errors"][0]["detail"]),
        {"mirrors": dict, "text": str},
    ),
    "error_title": (lambda p: "title" in error(p)["errors"][0], {"present": True, "absent": False}),
    "error_body": (body_of, {"json": "application/vnd.api+json", "empty": "empty", "html": "text/html"}),
    "opted_out": (opted_out, {"code": "code", "detail": "detail", "nested": "nested"}),
    "retry_after": (same_second, {"none": None, "one_second": "1"}),
    "callback_types": (
        lambda p: [p.callback(method, "v2.1", "sms_callback").status_code for method in ("PUT", "GET")],
        {"all": [204, 200], "documented": [405, 404]},
    ),
    "callback_unset": (lambda p: p.callback("GET").status_code, {"404": 404, "null": 200}),
    "callback_removed": (
        lambda p: [p.callback(method).status_code for method in ("PUT", "DELETE")],
        {"204": [204, 204], "200": [204, 200]},
    ),
    "callback_version": (
        lambda p: [p.callback(m) for m in ("PUT", "GET")][1].json()["data"]["attributes"]["api_version"],
        {"v2.1": "v2.1", "v2": "v2", "v2.2": "v2.2"},
    ),
    "envelope": (
        lambda p: sorted(p.told("sms_callback")[0]),
        {"versions": ["data"], "flat": ["body", "from", "id", "to"], "bare": ["attributes", "id", "type"]},
    ),
    "webhook_amount": (
        lambda p: p.told("sms_callback")[0]["data"]["attributes"]["amount_nanodollars"],
        {"text": "4000000", "number": 4_000_000},
    ),
    "receipt_envelope": (
        lambda p: sorted(p.told("sms_dlr_callback")[0]),
        {"documented": ["data"], "bare": ["attributes", "id", "type"]},
    ),
    "callback_answer": (lambda p: len(p.told("sms_callback", 202)), {"200": 4, "any_2xx": 1}),
    "receipt_retries": (tries_of_each, {"four": 4, "once": 1}),
    "content_type": (
        lambda p: p.listed().headers["Content-Type"],
        {"json_api": "application/vnd.api+json", "json": "application/json; charset=utf-8"},
    ),
}


def test_every_quirk_has_a_probe_for_each_of_its_values():
    assert {name: list(said) for name, (_, said) in PROBES.items()} == {q.name: list(q.values) for q in QUIRKS}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, marks=quirk_marks(name, "sandbox"))
        for name, (_, said) in PROBES.items()
        for value in said
    ],
)
def test_a_quirk_does_what_it_says(name, value):
    probe, expected = PROBES[name]
    with house({name: value}, messages=600) as sandbox:
        assert probe(Probe(sandbox)) == expected[value]
