"""How much of everything a sandbox's past has: its measures stand here and nowhere else."""

# Who
NUMBERS = ["12065550100", "12065550101", "14255550103", "18005550102"]  # three long codes and a toll-free one
NUMBER_SHARES = [0.68, 0.2, 0.08, 0.04]
CAMPAIGN_NUMBER = NUMBERS[3]
AREAS = [206, 425, 253, 360, 503, 530, 509, 541, 971, 458, 775, 916, 415, 510, 408, 707, 208, 801, 303, 602, 702, 505]
LAST_FOUR = range(110, 200)  # of 555: made for stories such as this one, and none of them is ours
FEW, MESSAGES_EACH = 90, 8  # so many contacts at least; one more for each so many messages

# When
WEEKDAYS = [1.0, 1.05, 1.1, 1.0, 0.95, 0.35, 0.3]  # Monday first: what a weekday is to a usual one
HOURS = [1, 1, 1, 1, 1, 2, 5, 12, 25, 40, 45, 42, 35, 38, 42, 44, 40, 30, 18, 12, 8, 5, 3, 2]  # UTC
NOISE = 0.10  # standard deviation of a day

# What happened
CAMPAIGN_DAY, CAMPAIGN_HOUR = 1, 17  # Tuesdays
CAMPAIGN = 1.35  # so many times the texts of a usual day come on top: the day is at least 1.8 times what it would be
DEAR_CAMPAIGN_OF = 3  # where there are so many campaigns, the text of one takes two segments
ODD_FACTOR = (2.9, 3.4)  # one day is so many times its weekday; seen through the noise of the others, 2.5 to 4
ODD_DAYS = (0, 2, 3, 4)  # it is a working day without a campaign
PRICE_STEP = (0.45, 0.7)  # this far into the past, at a midnight, the price of a segment goes up
PRICES_BEFORE = [3_300_000, 3_400_000]  # nanodollars: a step of about 21 or 18 %

# What is said
BEGINS = 0.7  # it is us who begin a conversation
REPLY, TURNS = 0.38, 6  # each text is answered so often, until so many were said
MMS, WORDLESS = 0.03, 0.5  # of all texts; of these without a word
FOREIGN, DEAR = 0.03, 0.03  # of the texts are not ASCII: short ones; and those that take two segments for it
LONG = 0.05  # of what we say
FAILED, DELIVERED = 0.035, 0.7  # of what we sent; of the rest, which is only accepted otherwise, as by landlines
OPT_OUT_FROM = 20  # texts of a campaign's day: then one of those who got it answers STOP
PATIENCE = 2  # campaigns that so many miss: then the one who left first says UNSTOP
