"""Words worth following through their contexts.

What tells the meanings apart stands before the word, since a decoder reads only that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SPRING = {
    "season": [
        "After the long cold winter came a warm spring.",
        "Snow melts and flowers bloom in spring.",
        "The birds return from the south every spring.",
        "The seasons are summer, autumn, winter and spring.",
    ],
    "coil": [
        "The mattress creaked because of a broken metal spring.",
        "The mechanic replaced the rusty steel coil spring.",
        "Inside the old clock there is a tightly wound spring.",
        "The lid pops up, pushed by a small metal spring.",
    ],
}
BAT = {
    "animal": [
        "Sleeping upside down in the dark cave was a bat.",
        "Owls, moths and other animals of the night, such as the bat.",
        "The vet treated the wing of an injured fruit bat.",
        "Like a mouse with wings looks the small brown bat.",
    ],
    "club": [
        "The baseball player stepped up and swung his bat.",
        "For the next cricket match she bought a new bat.",
        "The pitcher threw the ball and he hit it with the bat.",
        "Each player brings a glove, a ball and a wooden bat.",
    ],
}
BANK = {
    "money": [
        "She opened a savings account at the bank.",
        "He asked for a loan and a mortgage from his bank.",
        "The cashier counted the money in the bank.",
        "The interest rates were raised by the central bank.",
    ],
    "river": [
        "The boat drifted down the river towards the muddy bank.",
        "The fisherman sat beside the stream on the grassy bank.",
        "After the flood, the river had washed away its bank.",
        "Ducks climbed out of the water onto the bank.",
    ],
}

WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {"spring": SPRING, "bat": BAT, "bank": BANK}
"""Sentences by word and meaning; the meanings of the first are told apart best."""
