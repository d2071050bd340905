"""The live pictures that a lesson's file may name; pages draw them."""

from __future__ import annotations

from collections.abc import Mapping

from llm_core.lessons.kinds import Argument

STACK = Argument("reading", words=("reading", "writing", "encoder", "decoder", "cross"))
LAYER = Argument("opening", words=("opening", "first", "middle", "last"), number=True)
HEAD = Argument("opening", words=("opening",), number=True)
QUERY = Argument("opening", words=("opening", "first", "last"), number=True)

PLACE: Mapping[str, Argument] = {"stack": STACK, "layer": LAYER, "head": HEAD, "query": QUERY}
"""Arguments that name a head and a token; ``"opening"`` is where the Attention page would open."""

PICTURES: Mapping[str, Mapping[str, Argument]] = {
    "tokens": {},
    "vectors": {"query": QUERY},
    "positions": {"head": HEAD},
    "scores": PLACE,
    "attention": PLACE,
    "heads": {"stack": STACK},
    "feed_forward": {},
    "stream": {"query": QUERY},
    "architectures": {},
    "guess": {},
    "sizes": {},
}
"""By name, what a file may say about each."""

PAGES = (
    *("attention", "inside_a_head", "embeddings", "generation", "architectures", "applications", "scale"),
    *("whole_model", "lessons"),
)
"""Pages that a lesson's action may link to; ``whole_model`` is the front page."""
