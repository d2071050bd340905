"""English text of an exact number of tokens."""

from __future__ import annotations

from typing import Any

PASSAGE = (
    "The cat sat on the mat because it was tired. In the spring of 1831 the harbour froze twice, and nobody could say "
    "why. When Maria asked for the recipe, her grandmother laughed and wrote down only three of the seven steps. "
    "Light takes about eight minutes to travel from the Sun to the Earth, yet a photon may need a hundred thousand "
    "years to leave the Sun's core. He folded the letter, unfolded it, and read the last line again: “Don't wait for "
    "me.” A bicycle stays upright mostly because its front wheel steers into the fall. The committee met on Tuesday, "
    "argued until midnight and agreed on nothing except the date of its next meeting. Owls hear a mouse under snow; "
    "their left ear sits higher than the right. If the price of copper doubles, who pays for the wires? Yesterday's "
    "bread makes excellent soup. She had learned Portuguese from the radio, chess from a neighbour and patience from "
    "neither. Water expands when it freezes, which is why ice floats and why pipes burst in January. "
)


def text_of(tokenizer: Any, tokens: int) -> str:
    """The beginning of the repeated passage that has exactly so many tokens, special ones included."""
    text = PASSAGE * (1 + tokens // 64)
    spans = tokenizer(text, return_offsets_mapping=True, verbose=False)["offset_mapping"]
    # A word cut in two may be split another way, so ends near the wanted one are tried as well.
    for _, end in spans[max(0, tokens - 12) : tokens + 12]:
        cut = text[:end].strip()
        if cut and len(tokenizer(cut, verbose=False)["input_ids"]) == tokens:
            return cut
    raise ValueError(f"Expected a beginning of the passage with {tokens} tokens, found none. Change the passage.")
