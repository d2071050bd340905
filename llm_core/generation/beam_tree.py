"""What a beam search looked at, as a tree, without torch and without the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from llm_core.generation.settings import EarlyStopping
from llm_core.generation.step import Prompt
from llm_core.text.tokens import Token

Fate: TypeAlias = Literal["continued", "found", "overtaken", "behind", "ended behind", "stopped"]
"""What became of a candidate.

A beam went on from it; its text ended and is among those found; it ended, but as many ended texts as there are beams
score higher; it could go on, but as many others as there are beams score higher; it ended without being among so many
best of its depth, which alone are kept; a beam would have gone on from it, but the search stopped.
"""

StopReason: TypeAlias = Literal["length", "full", "settled"]
"""Why a search stopped: its texts have all the tokens allowed; as many texts ended as there are beams, which is enough
with early stopping; or by the library's estimate no text that goes on would score higher than the worst of those."""


@dataclass(frozen=True)
class BeamNode:
    """One token that a beam could go on with.

    Attributes:
        number: Its place in :attr:`BeamTree.nodes`.
        parent: The node before it, or None at the beginning.
        depth: How many tokens its text has, from 1.
        token: The token.
        log_probability: Natural logarithm of its probability by the model alone after its parent.
        added: What it adds to its text's score: the same, unless a penalty or the model's files change it.
        score: Sum of what the tokens of its text add.
        rank: Its place among all candidates of its depth, from 0.
        fate: What became of it.
        final_score: The score divided by length to the power of the length penalty; None unless finished.
    """

    number: int
    parent: int | None
    depth: int
    token: Token
    log_probability: float
    added: float
    score: float
    rank: int
    fate: Fate
    final_score: float | None

    @property
    def survived(self) -> bool:
        """True if a beam went on from it."""
        return self.fate == "continued"

    @property
    def finished(self) -> bool:
        """True if its text ended here and was kept, be it only until others scored higher."""
        return self.fate in {"found", "overtaken"}


@dataclass(frozen=True)
class BeamText:
    """A text that a beam search ended with.

    Attributes:
        tokens: Its tokens, an end token included.
        score: Its final score: that of its last node over length to the power of the length penalty.
        node: The node of its last token.
    """

    tokens: tuple[Token, ...]
    score: float
    node: int


@dataclass(frozen=True, eq=False)
class BeamTree:
    """A whole beam search (Lowerre 1976; length penalty as the ``transformers`` library applies it).

    Attributes:
        prompt: What was read.
        nodes: Every candidate that was among the best of its depth, parents before children.
        texts: What came out, best first.
        num_beams: How many texts were kept at a time.
        length_penalty: Power of the length that scores are divided by.
        early_stopping: When the search was to end; see :class:`llm_core.GenerationSettings`.
        stopped: Why it ended.
        seconds: How long it took.
    """

    prompt: Prompt
    nodes: tuple[BeamNode, ...]
    texts: tuple[BeamText, ...]
    num_beams: int
    length_penalty: float
    early_stopping: EarlyStopping
    stopped: StopReason
    seconds: float

    @property
    def depth(self) -> int:
        """How many tokens the longest text has."""
        return max((node.depth for node in self.nodes), default=0)

    @property
    def width(self) -> int:
        """How many candidates of a depth are told of at most."""
        return max((node.rank + 1 for node in self.nodes), default=0)

    @property
    def changed(self) -> bool:
        """True if some token adds something else to its text's score than its log-probability."""
        return any(node.added != node.log_probability for node in self.nodes)

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return 500 * len(self.nodes)

    def path(self, number: int) -> tuple[BeamNode, ...]:
        """A node's text: the nodes from the beginning to it."""
        nodes = [self.nodes[number]]
        while (parent := nodes[-1].parent) is not None:
            nodes.append(self.nodes[parent])
        return tuple(reversed(nodes))
