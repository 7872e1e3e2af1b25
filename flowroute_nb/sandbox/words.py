"""What the people of a sandbox's past say to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowroute_nb.sandbox.measures import DEAR, FOREIGN, LONG

if TYPE_CHECKING:
    import random

__all__ = ["CAMPAIGN", "CAMPAIGN_DEAR", "ODD", "STOP", "UNSTOP", "text", "trouble"]

CAMPAIGN = "Rug sale this week only: 20% off everything that ties the room together. Reply STOP to opt out."
# One long dash is not ASCII, so a segment holds 70 characters instead of 160 and the text takes two.
CAMPAIGN_DEAR = "Rug sale this week only — 20% off everything that ties the room together. Reply STOP to opt out."
STOP, UNSTOP = "STOP", "UNSTOP"
ODD = "website"  # stands in each text of trouble, and in no other
_TROUBLE = [
    "Is your website down? I cannot order",
    "Your website shows me an empty page",
    "Hello, the website says error {n}. What now?",
]
_OPENERS = [
    "Your order {n} has shipped",
    "Reminder: your appointment is tomorrow at {h}:30",
    "Your code is {n}",
    "Hi, is the table for {h} still free?",
    "We are running ten minutes late, sorry",
    "Your prescription is ready for pickup",
    "Could you call me back when you have a minute?",
    "The meeting moved to {h}:00, see you there",
]
_REPLIES = [
    "Thanks!",
    "On my way",
    "Yes",
    "No, sorry",
    "Can we do {h}:15 instead?",
    "Perfect, see you then",
    "Who is this?",
]
_FOREIGN = ["¡Gracias! Hasta mañana 😀", "Déjà payé, merci", "Grüße aus Köln", "Bis später ☕", "明日お願いします"]
_DEAR = [  # each would be one segment without its one or two characters that are not ASCII
    "Thank you for order {n}! It leaves our warehouse tomorrow and should be with you by the end of the week 😀",
    "We moved your appointment to {h}:15 — please answer Yes if that works for you, or call us to find another time",
    "This is the Café on Fifth: your table is booked for {h}:30. Please call us if anything changes. See you soon!",
    "The rug arrived today and it really ties the room together 🎉 We will be back for another one, thanks so much",
]
_LONG = (
    "Hello, this is a summary of your order {n}: two boxes of coffee filters, one kettle and the blue mugs you asked "
    "about. They leave our warehouse on Thursday and should be with you early next week. Reply with any questions, "
    "or call us between 9 and 5. Thank you for shopping with us!"
)


def text(chance: random.Random, *, outbound: bool, opening: bool) -> str:
    """Say something."""
    throw = chance.random()
    if throw < FOREIGN:
        return _one(chance, _FOREIGN)
    if throw < FOREIGN + DEAR:
        return _one(chance, _DEAR)
    if outbound and throw < FOREIGN + DEAR + LONG:
        return _one(chance, [_LONG])
    return _one(chance, _OPENERS if opening else _REPLIES)


def trouble(chance: random.Random) -> str:
    """Say what people say on the odd day."""
    return _one(chance, _TROUBLE)


def _one(chance: random.Random, texts: list[str]) -> str:
    said = texts[int(chance.random() * len(texts))]
    if "{" not in said:
        return said
    return said.format(n=1000 + int(chance.random() * 9000), h=8 + int(chance.random() * 10))
