"""What the way to a worker and back costs in time, and what a long text adds to the process that serves pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median

import torch

import llm_core
from benchmarks.classroom import memory
from benchmarks.plain import MODEL
from benchmarks.serving import serving
from benchmarks.tables import seconds, size, table
from benchmarks.texts import text_of
from benchmarks.timing import Comparison, compare
from benchmarks.visitors import Visitor
from llm_core.engine.engine import Engine
from llm_core.engine.local import LocalEngine
from llm_core.engine.task import ModelRef, task
from llm_core.figures.screen import screens
from llm_core.figures.windows import Window
from llm_core.models.loading import LoadedModel
from llm_core.recording.trace_record import Trace
from llm_core.tracing.asked import read

MOST = 1.1
PAIRS = {128: 21, 1024: 7}
HEADS_OF, HEAD_PAIRS = 128, 60
SHORT = "The cat sat on the mat because it was tired."
LONG_TOKENS = 4096
MOST_GROWN = 50_000_000


def report() -> str:
    """Markdown: a trace, another head, and what a long text adds to the process that serves pages."""
    model, engine = llm_core.load_model(MODEL), LocalEngine(1, threads=torch.get_num_threads())
    try:
        ref = ModelRef(llm_core.find_model(MODEL))
        rows = []
        for tokens, pairs in PAIRS.items():
            rows.append(_traces("`llm_core.trace`", llm_core.trace, model, engine, ref, tokens, pairs))
            rows.append(_traces("the same task", read, model, engine, ref, tokens, pairs))
        rows.append(_heads(model, engine, ref))
    finally:
        engine.close()
    short, long = asyncio.run(_grown(text_of(model.tokenizer, LONG_TOKENS)))
    head = ["through the engine, against", "tokens", "here", "engine", "engine / here", "quartiles", "target"]
    return (
        f"### The boundary, {MODEL}\n\n{table(head, rows)}\n\n"
        f"The process that serves pages takes {size(short)} with a short text on the Attention page and "
        f"{size(long - short)} more with one of {LONG_TOKENS:,} tokens (target: at most {size(MOST_GROWN)})."
    )


def _traces(
    what: str, here: Callable[..., Trace], model: LoadedModel, engine: Engine, ref: ModelRef, tokens: int, pairs: int
) -> list[str]:
    own, other = _new_texts(model, tokens), _new_texts(model, tokens, here.__name__)

    def there() -> Trace:
        found: Trace = engine.ask(task("tracing.asked:read", ref, next(other)))
        return found

    return _row(what, tokens, compare(lambda: here(model, next(own)), there, pairs), f"at most {MOST}")


def _new_texts(model: LoadedModel, tokens: int, name: str = "") -> Iterator[str]:
    """Texts of about so many tokens, no two alike, so that nothing is known of any of them."""
    body = text_of(model.tokenizer, tokens - 4)
    return (f"{number} {name} {body}" for number in count(100))


def _heads(model: LoadedModel, engine: Engine, ref: ModelRef) -> list[str]:
    """What a click on another head asks for; each head of each layer once."""
    text = text_of(model.tokenizer, HEADS_OF)
    here, there = read(model, text), engine.ask(task("tracing.asked:read", ref, text))
    whole = Window(0, len(here.tokens))
    own, other = _places(here), _places(here)

    def asked() -> object:
        layer, head = next(other)
        wanted = task("figures.screen:screens", there, "decoder", layer, [head], whole, whole)
        return engine.ask(task("figures.screen:together", [wanted]))

    def worked() -> object:
        layer, head = next(own)
        return screens(here, "decoder", layer, [head], whole, whole)

    return _row("another head", HEADS_OF, compare(worked, asked, HEAD_PAIRS), "")


def _places(trace: Trace) -> Iterator[tuple[int, int]]:
    layers = trace.layers("decoder")
    return ((layer, head) for layer in layers for head in range(trace.heads("decoder", layer)))


def _row(what: str, tokens: int, pair: Comparison, target: str) -> list[str]:
    times = [seconds(median(pair.first)), seconds(median(pair.second))]
    lower, upper = pair.spread
    return [what, f"{tokens:,}", *times, f"{pair.ratio:.2f}", f"{lower:.2f} to {upper:.2f}", target]


async def _grown(long: str) -> tuple[int, int]:
    """Bytes of the process that serves pages, with a short text on its page and with a long one."""
    found = []
    with serving() as address:
        for text in (SHORT, long):
            tab = Visitor(address, "attention", {"model": MODEL, "text": text})
            await tab.open()
            tab.find("bidi_component", component_name="attention_explorer_attention")
            found.append(memory()["page"])
            await tab.close()
    return found[0], found[1]
