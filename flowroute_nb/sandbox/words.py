"""What the people of a sandbox's past say to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

__all__ = ["CAMPAIGN", "STOP", "text"]

FOREIGN, LONG = 0.06, 0.05  # of the texts are not ASCII; of ours so many are long

CAMPAIGN = "Rug sale this week only: 20% off everything that ties the room together. Reply STOP to opt out."
STOP = "STOP"
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
_LONG = (
    "Hello, this is a summary of your order {n}: two boxes of coffee filters, one kettle and the blue mugs you asked "
    "about. They leave our warehouse on Thursday and should be with you early next week. Reply with any questions, "
    "or call us between 9 and 5. Thank you for shopping with us!"
)


def text(chance: random.Random, *, outbound: bool, opening: bool) -> str:
    """Say something."""
    throw, which = chance.random(), chance.random()
    if throw < FOREIGN:
        return _FOREIGN[int(which * len(_FOREIGN))]
    if outbound and throw < FOREIGN + LONG:
        said = _LONG
    else:
        choice = _OPENERS if opening else _REPLIES
        said = choice[int(which * len(choice))]
    if "{" not in said:
        return said
    return said.format(n=1000 + int(chance.random() * 9000), h=8 + int(chance.random() * 10))
