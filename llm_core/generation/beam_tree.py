"""What a beam search looked at, as a tree, without torch and without the model."""

from __future__ import annotations

from dataclasses import dataclass

from llm_core.generation.settings import EarlyStopping
from llm_core.generation.step import Prompt
from llm_core.tokens import Token


@dataclass(frozen=True)
class BeamNode:
    """One token that a beam could go on with.

    Attributes:
        number: Its place in :attr:`BeamTree.nodes`.
        parent: The node before it, or None at the beginning.
        depth: How many tokens its text has, from 1.
        token: The token.
        log_probability: Natural logarithm of its probability after its parent.
        score: Sum of those along its text.
        rank: Its place among all candidates of its depth, from 0.
        survived: True if a beam went on from it.
        finished: True if its text ended here and was kept for the end.
        final_score: The score divided by length to the power of the length penalty; None unless finished.
    """

    number: int
    parent: int | None
    depth: int
    token: Token
    log_probability: float
    score: float
    rank: int
    survived: bool
    finished: bool
    final_score: float | None


@dataclass(frozen=True)
class BeamText:
    """A text that a beam search ended with.

    Attributes:
        tokens: Its tokens, an end token included.
        score: Its final score: log-probability over length to the power of the length penalty.
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
        early_stopping: When the search ended; see :class:`llm_core.GenerationSettings`.
        seconds: How long it took.
    """

    prompt: Prompt
    nodes: tuple[BeamNode, ...]
    texts: tuple[BeamText, ...]
    num_beams: int
    length_penalty: float
    early_stopping: EarlyStopping
    seconds: float

    @property
    def depth(self) -> int:
        """How many tokens the longest text has."""
        return max((node.depth for node in self.nodes), default=0)

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
