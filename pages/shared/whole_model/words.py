"""What the front page says: the sentence above the picture, its legend, what it leaves out, and the ways on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias
from urllib.parse import urlencode

import streamlit as st

from llm_core.numbers import at_least_percent, percent
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token
from llm_core.whole_model.blocks import Block, Part, main_stack
from llm_core.whole_model.flow import FAINTEST, LINKS_PER_ROW, Links
from llm_core.whole_model.opening import is_mask
from llm_core.whole_model.record import WholeRecord
from llm_core.whole_model.rows import MOST_READ, Rows
from pages.shared.components.whole_model import SequenceName, WholeModelLegend, WholeModelWay
from pages.shared.whole_model.place import Place

Page: TypeAlias = Literal["attention", "embeddings", "generation"]

HINT = "Click a block to open it. Point at a token to follow its path, click to keep it."


HEADLESS = (
    "This encoder has no output head: it ends in one vector for each token. Their mean stands for the whole text, and "
    "similar texts have similar means."
)


def legend(trace: Trace, record: WholeRecord | None) -> list[WholeModelLegend]:
    """What the strokes mean, in the order in which one meets them."""
    told: list[WholeModelLegend] = [
        {"kind": "stream", "words": "a token’s residual stream, from its vector to what comes out"}
    ]
    meanings: dict[Stack, str] = {
        "encoder": "attention in the encoder: from tokens before and after",
        "decoder": "attention in the decoder: only from tokens before",
        "cross": "cross-attention: from the encoder’s text to the decoder’s",
    }
    told += [{"kind": stack, "words": meanings[stack]} for stack in trace.stacks]
    told.append({"kind": "network", "words": "feed-forward: each token by itself"})
    if record is not None and (record.additions or record.feed_forward):
        told.append({"kind": "dots", "words": "the larger, the more a block adds to the stream"})
    return told


def left_out(
    trace: Trace,
    record: WholeRecord | None,
    rows: Mapping[SequenceName, Rows],
    links: Mapping[tuple[Stack, int], Links],
) -> list[str]:
    """What the picture does not show, one sentence each."""
    drawn = min(found.drawn for found in links.values())
    said = [
        f"Lines are the mean of a layer’s heads. Each token shows its {LINKS_PER_ROW} strongest, from "
        f"{percent(FAINTEST, 0)} on: in every layer they carry {at_least_percent(drawn, 0)} or more of all attention. "
        f"Lines from {_resting(trace)} are drawn faint: heads rest there when they find nothing to take over."
    ]
    pooled = [name for name, own in rows.items() if own.pooled]
    if pooled:
        sizes = max(int(rows[name].sizes.max()) for name in pooled)
        read = f", and the attention of a row is read from {MOST_READ} of its tokens" if sizes > MOST_READ else ""
        said.append(
            f"{sum(rows[name].tokens for name in pooled):,} tokens share {sum(len(rows[name]) for name in pooled)} "
            f"rows, up to {sizes} neighbours in one{read}. A row ends in what comes out at its last token."
        )
    if trace.tokens_cut:
        said.append(f"The last {trace.tokens_cut:,} tokens of the text were cut off.")
    if record is not None and not record.feed_forward:
        said.append(
            "How much each block adds could not be told for this model: its layers put their parts together in a way "
            "that is not recognised, so nothing is drawn for it."
        )
    return said


def _resting(trace: Trace) -> str:
    return {
        "encoder": "special tokens",
        "decoder": "the first token and from special ones",
        "encoder-decoder": "special tokens and from the decoder’s first",
    }[trace.family]


def caption(trace: Trace) -> str:
    """The picture in a sentence, for those who cannot see it."""
    layers = " and ".join(
        f"{len(trace.layers(stack))} layers of the {stack}" for stack in trace.stacks if stack != "cross"
    )
    return (
        f"The whole of {trace.model_name} from left to right: {len(trace.tokens):,} tokens, their vectors, {layers}, "
        "each with attention and a feed-forward network, and what comes out. Its numbers stand in the table below."
    )


def aside(trace: Trace) -> str:
    """Words for the room below the encoder of an encoder-decoder."""
    if trace.family != "encoder-decoder":
        return ""
    wrote = "What is written so far" if trace.target_generated else "The target"
    return (
        "The encoder reads the whole text at once. Its last vectors run on in amber, and every layer of the decoder "
        f"looks at them. {wrote} comes in below and looks only backwards."
    )


def before_out(trace: Trace, position: int) -> str:
    """What stands before the token whose outcome is shown: an encoder guesses at a mask only."""
    if trace.family != "encoder":
        return "Next after"
    return "Most likely at" if is_mask(trace.tokens[position]) else "What it says at"


def in_sight(trace: Trace, position: int) -> str:
    """What an encoder's scores are at a token that it sees, as a sentence; empty where it has to guess."""
    if trace.family != "encoder" or is_mask(trace.tokens[position]):
        return ""
    return (
        "The model sees this token, so this is no guess. It was trained to fill blanks: write its mask in the word’s "
        "place to have it guessed."
    )


def ways(trace: Trace, place: Place, head: int | None = None) -> dict[Part, WholeModelWay]:
    """Where a click on the way from a block goes: page and address, by kind of block; at the head that is shown."""
    block = place.block
    kept = {name: str(st.session_state[name]) for name in ("model", "text", "target") if st.session_state.get(name)}
    attention: dict[str, str] = {}
    if block is not None and block.part == "attention":
        attention = {"stack": block.stack, "layer": str(block.layer)}
        if head is not None:
            attention["head"] = str(head)

    def way(page: Page, own: dict[str, str], words: str | None = None) -> WholeModelWay:
        # A page changed within a visit keeps model and text, whose widgets own these parts of the address.
        made: WholeModelWay = {"page": page, "own": own, "href": f"{page}?{urlencode({**kept, **own})}"}
        if words is not None:
            made["words"] = words
        return made

    headless = trace.logits is None
    return {
        "attention": way("attention", attention),
        "feed_forward": way("embeddings", {"part": "map"}, "Vectors at every layer")
        if headless
        else way("embeddings", {"part": "lens"}),
        "embedding": way("embeddings", {"part": "neighbours"}),
        "output": way("embeddings", {"part": "sentences"}, "Compare sentences")
        if headless
        else way("generation", {}, "Fill in masks" if trace.family == "encoder" else None),
    }


def headline(trace: Trace, place: Place, position: int, best: tuple[Token, float] | None) -> str:
    """One sentence that says what goes in, what happens to it and what comes out, or what the open block does.

    Args:
        trace: What a pass recorded.
        place: Where the visitor is.
        position: Of the token whose outcome is told.
        best: The likeliest token there and its probability, or None.
    """
    if place.block is not None and place.block.part not in {"output"}:
        return _of_block(trace, place.block)
    counts = {stack: len(trace.layers(stack)) for stack in trace.stacks if stack != "cross"}
    here = trace.query_tokens(main_stack(trace))[position]
    read = _tokens(len(trace.tokens))
    if trace.family == "encoder-decoder":
        begin = f"{_layers(counts['encoder'])} read {read}, {_number(counts['decoder']).lower()} write"
    else:
        begin = f"{_layers(next(iter(counts.values())))} read {read}"
    if best is None:
        return f"{begin} and end in one vector for each, whose mean stands for the whole text"
    number, said = best[0].id, f"“{best[0].text}” with {percent(best[1])}"
    if trace.family != "encoder":
        return f"{begin}; after “{here.text}” they expect {said}"
    if is_mask(here):
        return f"{begin} both ways; at the mask they expect {said}"
    verb = "give back" if number == here.id else "say"
    return f"{begin} both ways; seeing “{here.text}”, they {verb} {said}"


def _of_block(trace: Trace, block: Block) -> str:
    several = len([stack for stack in trace.stacks if stack != "cross"]) > 1
    which = f"the {block.stack}’s " if several and block.stack != "cross" else ""
    if block.part == "embedding":
        stack = block.stack
        width = trace.states[stack][0].shape[-1] if trace.states.get(stack) else 0
        return f"Every token of {which or 'the text'} begins as {width:,} numbers".replace("’s ", "")
    tokens = len(trace.query_tokens(block.stack))
    if block.part == "feed_forward":
        return f"In {which}layer {block.layer}, feed-forward works on each of {_tokens(tokens)} by itself"
    heads = trace.heads(block.stack, block.layer)
    if block.stack == "cross":
        return f"In cross-attention {block.layer}, {heads} heads bring the encoder’s text to {_tokens(tokens)}"
    ways_there = "in both directions" if trace.mask(block.stack, block.layer).kind == "full" else "only backwards"
    return f"In {which}layer {block.layer}, {heads} heads let {_tokens(tokens)} look {ways_there}"


def _tokens(count: int) -> str:
    return "1 token" if count == 1 else f"{count:,} tokens"


def _layers(count: int) -> str:
    return f"{_number(count)} layer{'' if count == 1 else 's'}"


def _number(count: int) -> str:
    words = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
    return words[count - 1] if 1 <= count <= len(words) else str(count)
