"""Where nobody knows what Flowroute does: each choice, what else it could be, and who says so."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import NamedTuple

from flowroute_nb.errors import InputError

__all__ = ["DEFAULTS", "QUIRKS", "Quirk", "chosen"]


class Quirk(NamedTuple):
    """One choice that a client can notice: each value and what it means, the default first; and the source."""

    name: str
    values: dict[str, str]
    source: str

    @property
    def default(self) -> str:
        """What is chosen unless told."""
        return next(iter(self.values))


#: The sources, in words or by the last part of their address under https://developer.flowroute.com/.
# fmt: off
QUIRKS = (
    # ------------------------------------------------------------------------------------- a send is asked
    Quirk("v2_text", {"both": "v2 takes the text as `body`, `content` or both",
          "body": "only as `body`", "content": "only as `content`"},
          "api/messages/v2.0/send-a-message says body, every SDK of v2.0 sends content"),
    Quirk("plus", {"either": "numbers with or without `+`", "required": "v2.2 takes numbers with `+` alone"},
          "api/messages/v2.2/send-an-sms wants the +, .../send-an-mms shows none"),
    Quirk("is_mms", {"either": "`is_mms` may be a boolean or text", "boolean": "a boolean alone"},
          "api/messages/v2.1/send-an-mms says boolean; the samples of the SDK v3 send text"),
    Quirk("international", {"taken": "a full number of any country is taken",
          "refused": "only numbers of the US and Canada are (422)"},
          "nothing documented; v2.2 says E.164, the FAQ says US and Canada"),
    Quirk("v2_bad_to", {"403": "v2 refuses a `to` that isn't 11 digits with 403",
          "500": "with 500", "422": "with 422, as the newer versions"},
          "SDKs of v2.0: Python's docs say 403, Node's and Ruby's 500, PHP's no code"),
    Quirk("provisioned", {"all": "every number may send",
          "long_codes": "the toll-free number is not enabled for messaging (403)"},
          "sms/faq: all numbers are text-enabled; api/message-provision: not by default"),
    Quirk("mms_limit", {"767840": "a file of an MMS may have 767,840 bytes",
          "750000": "all files and the text together 750,000 bytes"},
          "api/errors quotes the one, api/messages/v2.1/send-an-mms says 750 kB including text"),
    Quirk("balance", {"endless": "the account is never empty",
          "ten_dollars": "after ten dollars of sends they are refused with 402"},
          "nothing documented; the figure is ours"),
    # ---------------------------------------------------------------------------------- a send is answered
    Quirk("send_status", {"202": "v2.1 and v2.2 answer a send with 202", "200": "with 200"},
          "api/messages/v2.1/send-an-sms says 202, docs/delivery-receipts 200"),
    Quirk("price_details", {"attributes": "v2.2 says the price under `data.attributes`",
          "data": "directly under `data`"},
          "api/messages/v2.2/send-an-sms reads like data, the Go client reads data.attributes"),
    Quirk("mms_price", {"present": "it says the price of an MMS too", "absent": "only that of an SMS"},
          "only the page of the SMS is known to name it; the Go client reads either"),
    Quirk("price_type", {"text": "its amounts are text", "number": "its amounts are numbers"},
          "the Go client has text, api/messages/v2.2/send-an-sms says decimal"),
    # ----------------------------------------------------------------------------------------------- money
    Quirk("segments", {"documented": "160 ASCII characters, then 140; 70 as soon as one is not ASCII",
          "utf16": "the same, and an emoji counts as two characters",
          "3gpp": "160 septets of GSM-7, then 153; else 70 UTF-16 units, then 67"},
          "docs/message-length-concatenation; 3GPP TS 23.038 and 23.040"),
    Quirk("surcharge", {"none": "there is no carrier's surcharge",
          "in_amount": "0.0030 a segment, part of the amount",
          "beside_amount": "0.0030 a segment in `price_details`, and the amount is without it"},
          "api/messages/v2.2/send-an-sms names it; whether amounts have it in is unknown. The figure is ours"),
    Quirk("failed_cost", {"charged": "a message that fails costs as any other", "free": "it costs nothing"},
          "nothing documented"),
    Quirk("amount", {"number": "`amount_nanodollars` is a number", "text": "it is text"},
          "numbers in every record seen, text in a webhook of 2024"),
    Quirk("amount_display", {"text": '`amount_display` is text, as in "$0.0040"', "number": "it is a number"},
          "the documentation says float, every sample is text"),
    # -------------------------------------------------------------------------------------------- a record
    Quirk("timestamps", {"samples": "v2 has six digits and `+00:00`, the newer versions two digits and `Z`",
          "seconds": "whole seconds and `Z`", "micros": "six digits and `Z`", "offset": "whole seconds and `+00:00`"},
          'samples of 2016, 2017 and 2024; "to the second" says api/messages/v2.0/look-up-set-of-messages'),
    Quirk("v2_mms_flag", {"has_mms": "v2 says `has_mms`", "is_mms": "v2 says `is_mms`"},
          "the samples of v2.0, and its list of fields"),
    Quirk("v2_message_type", {"long-code": "v2 says `long-code`",
          "longcode": "v2 says `longcode`, as the newer versions"}, "the samples of v2.0, and those of v2.1"),
    Quirk("v2_inner_type", {"absent": "a record's attributes have no `type`",
          "present": 'on v2 they have `"type": "messages"`'},
          "older samples of v2.0, as in docs/message-length-concatenation"),
    Quirk("numbers_said", {"digits": "records say numbers of the US and Canada as digits",
          "plus": "v2.2 says them with `+`"},
          "digits in everything seen; api/messages/v2.2/send-an-sms speaks of +"),
    Quirk("foreign_numbers", {"plus": "records write numbers of other countries with `+`",
          "digits": "without it"}, "not documented, and no such record was seen"),
    Quirk("wordless", {"null": "an MMS without text that came in has the body null",
          "empty": "it has an empty body", "absent": "it has no body"},
          "null in a webhook of 2022; a client had to mend null and absent in 2024"),
    Quirk("record_price", {"absent": "records of v2.2 have no `price_details`", "present": "they have"},
          "nothing documented; api/messages/v2.2/look-up-a-message-detail-record refers to another page"),
    Quirk("record_links", {"absent": "a record in a list has no links", "self": "it has a link to itself"},
          "samples of 2017 have none; an exporter of 2021 deletes one of each record"),
    Quirk("included", {"absent": "a record's media are named and no more",
          "present": "a look-up has them beside it, in `included`"},
          "a client of Flowroute misses them; api/messages/v2.2/receive-an-mms has them in the webhook"),
    Quirk("new_fields", {"none": "no field but the known ones",
          "some": "records and answers have fields nobody has heard of"},
          "api/flowroute-versioning-philosophy: they may come at any time"),
    # -------------------------------------------------------------------------------------------- receipts
    Quirk("mms_receipts", {"sent": "an MMS has receipts", "none": "it has none"},
          "api/messages/v2.2/set-a-callback-url-for-account has mms_dlr_callback; the field's text says not for MMS"),
    Quirk("status_words", {"kannel": "`smsc submit`, `message buffered`, `delivery success`, `delivery failure`",
          "plain": "in the end `delivered` or `failed`"},
          "the first two were seen, and Kannel has the others; the plain ones stand in a third party's tests"),
    Quirk("status_code", {"number": "a receipt's code is a number or null",
          "text": "it is text or null", "absent": "null is left out"},
          "samples have numbers and null, api/messages/v2.2/receive-a-dlr says string, a user got some without"),
    Quirk("receipt_order", {"newest": "a record's receipts are newest first", "oldest": "oldest first"},
          "one sample; api/messages/v2.2/receive-a-dlr promises no order"),
    # --------------------------------------------------------------------------------------------- reading
    Quirk("lag", {"seconds": "a record can be read one to three seconds after its send", "none": "at once"},
          "the last SDK's demo waits three seconds"),
    Quirk("versions", {"shared": "every version reads what another sent",
          "apart": "v2 reads `mdr1-` ids alone, the others `mdr2-`"}, "nothing documented"),
    Quirk("mms_record", {"present": "an MMS has a record", "absent": "it has none"},
          "clients of 2018 and 2021 read some; a branch of the SDK says there are none"),
    Quirk("end_date", {"midnight": "`end_date` is the midnight at the start of its day",
          "whole_day": "its day is included"}, "deduced from the `next` of a sample; undocumented"),
    Quirk("next_dates", {"midnight": "the dates of a list are rewritten to midnight", "as_given": "times of day count"},
          "the `next` of a sample; the parameters are documented with times"),
    Quirk("no_end_date", {"now": "a list without `end_date` goes until now", "one_day": "it is one day long"},
          "undocumented"),
    Quirk("order", {"newest_first": "lists are newest first", "oldest_first": "oldest first"},
          "one sample; undocumented"),
    Quirk("default_limit", {"10": "a page has 10 records unless told", "100": "100", "250": "250"},
          "undocumented; what three clients ask for"),
    Quirk("max_limit", {"none": "a page may have any number of records",
          "200": "at the most 200, whatever is asked for"},
          "an exporter asks for ten million; numbers have a limit of 200"),
    Quirk("large_offset", {"empty": "an offset behind the last record is an empty page", "refused": "it is a 422"},
          "undocumented"),
    Quirk("last_page", {"empty_links": "the last page has `links: {}`",
          "no_links": "it has no `links`", "null_next": "its `next` is null"},
          "an exporter of 2021 removes the empty one; the SDKs of PHP and .NET ask whether next is set"),
    Quirk("retention", {"for_ever": "records are kept", "90_days": "for 90 days"}, "undocumented; the figure is ours"),
    Quirk("media", {"not_found": "`GET /v2.1/media/{id}` is a 404", "served": "it is the media's resource"},
          "links to it were seen, no page documents it"),
    # ----------------------------------------------------------------------------------- stats and numbers
    Quirk("message_total", {"text": "`message_total` of the stats is text",
          "number": "it is a number, as its siblings"}, "api/messages/v2.0/look-up-message-stats-for-account"),
    Quirk("stats_versions", {"v2": "only v2 has stats", "all": "v2.1 and v2.2 have them too"},
          "documented for v2.0 alone"),
    Quirk("number_type", {"standard": "a number is `standard` or `tollfree`",
          "longcode": "it is `longcode` or `toll-free`"},
          "the SDK's sample and specification; api/numbers/v2.0/list-account-phone-numbers"),
    Quirk("number_attributes", {"sample": "a number has six attributes",
          "newer": "also `messaging_enabled`, `status` and `iso_country`"}, "the SDK's sample; the Go client"),
    # ---------------------------------------------------------------------------------------------- errors
    Quirk("v2_errors", {"array": "v2 has `errors[]`, as the others",
          "object": "its `errors` is one object", "plain": 'it says `{"error": "…"}`'},
          "api/messages/v2.0/send-a-message: an error object; its demo reads errors; a .NET client also reads error"),
    Quirk("error_detail", {"mirrors": "what is wrong with fields is told in an object like the request",
          "text": "always in a text"}, "samples have both; api/errors says text"),
    Quirk("error_title", {"present": "an error has a title", "absent": "it has none"}, "samples with and without"),
    Quirk("error_body", {"json": "every error has a body",
          "empty": "401, 404, 429 and 5xx have none", "html": "they have a page"},
          "nothing was seen of these on message endpoints"),
    Quirk("opted_out", {"code": "1110 is the `code` of the error",
          "detail": "it stands in the text of the detail", "nested": "it is the `code` in the detail"},
          "support article 717413: error code 1110; nobody has shown one"),
    Quirk("retry_after", {"none": "a 429 has no Retry-After", "one_second": "it says `Retry-After: 1`"},
          "none is documented or was seen"),
    Quirk("content_type", {"json_api": "answers are `application/vnd.api+json`",
          "json": "they are `application/json; charset=utf-8`"}, "nothing documented for answers"),
    # ------------------------------------------------------------------------------------------- callbacks
    Quirk("callback_types", {"all": "each callback type of any page can be set and read",
          "documented": "each only where its own page names it"},
          "api/messages/v2.1/set-a-callback-url-for-account, .../look-up-callback-details-for-account, and v2.2's"),
    Quirk("callback_unset", {"404": "reading a callback that is not set is a 404",
          "null": "it has a null `callback_url`"}, "undocumented"),
    Quirk("callback_removed", {"204": "removing one answers 204", "200": "200"}, "the Go client expects either"),
    Quirk("callback_version", {"v2.1": "the account's callbacks are of v2.1",
          "v2": "of v2: what comes in is flat", "v2.2": "of v2.2"},
          "api/messages/v2.1/look-up-callback-details-for-account: api_version"),
    Quirk("envelope", {"versions": "what comes in is flat on v2 and JSON:API on the others",
          "flat": "it is flat on all", "bare": "it is the bare resource, without `data`"},
          "docs/receive-an-inbound-message, api/messages/v2.1/receive-an-sms; flat in 2024, bare in 2023"),
    Quirk("webhook_amount", {"text": "the amount of an SMS that came in is text in its webhook",
          "number": "it is a number"}, "a webhook of 2024; the documentation"),
    Quirk("receipt_envelope", {"documented": "a receipt has `data`, `level`, `links` and a time",
          "bare": "it has none of these, but `to` and `from`"}, "api/messages/v2.2/receive-a-dlr; what one user got"),
    Quirk("callback_answer", {"200": "only a 200 ends the resending", "any_2xx": "any 2xx does"},
          "docs/receive-an-inbound-message; a module in wide use answers 202"),
    Quirk("receipt_retries", {"four": "a receipt is tried four times too", "once": "once"},
          "documented for what comes in alone"),
)
# fmt: on

DEFAULTS = {quirk.name: quirk.default for quirk in QUIRKS}
_BY_NAME = {quirk.name: quirk for quirk in QUIRKS}


def chosen(given: Mapping[str, str] | None) -> dict[str, str]:
    """Check the quirks that are asked for, and add the defaults of the others.

    Examples
    --------
    >>> chosen({"end_date": "whole_day"})["end_date"], chosen(None)["end_date"]
    ('whole_day', 'midnight')

    """
    if given is None:
        return dict(DEFAULTS)
    if not isinstance(given, Mapping):
        raise InputError(f"quirks is of type {type(given).__name__}. Give a dict, as in quirks={{'amount': 'text'}}.")
    for name, value in given.items():
        quirk = _BY_NAME.get(name)
        if quirk is None:
            near = difflib.get_close_matches(str(name), DEFAULTS, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]!r}?" if near else "The README has a table of them."
            raise InputError(f"quirks has no {name!r}. {hint}")
        if str(value) not in quirk.values:
            raise InputError(
                f"quirks={{{name!r}: {value!r}}} is no choice. Give {' or '.join(map(repr, quirk.values))}."
            )
    return DEFAULTS | {name: str(value) for name, value in given.items()}
