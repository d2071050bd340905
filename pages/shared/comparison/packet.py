"""A comparison as one packet: small facts in the header, attention of every layer as bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from llm_core.comparison.alignment import Alignment, Reading, align
from llm_core.comparison.attention import mask_shape
from llm_core.comparison.compared import Compared, known_scores
from llm_core.comparison.differences import differences
from llm_core.comparison.objectives import objective
from llm_core.comparison.survey import Survey, spread
from llm_core.comparison.table import Side
from llm_core.heads.examples import EXAMPLES
from llm_core.heads.guidance import best_unguided, guided_among, in_words
from llm_core.heads.roles import ROLES, roles_of
from llm_core.numbers import percent
from llm_core.recording.masks import MaskRecord
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from pages.shared.asking import ask, task
from pages.shared.comparison.facts import (
    STACK_NAMES,
    about,
    blank_fields,
    candidates_fields,
    costs,
    measures,
    parameters_fields,
)
from pages.shared.comparison.panes import Pane
from pages.shared.components.architectures import (
    ComparedStack,
    ComparedText,
    ComparedWord,
    ComparisonFacts,
    ComparisonHeader,
    ComparisonView,
    EmptyPane,
    NearestHead,
    ReadyPane,
    SourceToken,
    TargetToken,
    TooFewQueries,
)
from pages.shared.components.packing import in_half_percents, pack, token_fields
from pages.shared.strict_json import strict_json


def comparison_packet(panes: Sequence[Pane], names: Sequence[str], view: ComparisonView) -> bytes:
    """Everything the component draws.

    Args:
        panes: What there is to show.
        names: What each is called.
        view: Depth, role and pair of words to open at.
    """
    arrays: dict[str, np.ndarray] = {}
    ready = [(place, pane.side) for place, pane in enumerate(panes) if pane.side is not None]
    alignment = align([Reading(side.trace.text, side.trace.tokens) for _, side in ready])
    empty: list[EmptyPane] = [
        {"name": name, "error": pane.error, "note": _note(pane)} for pane, name in zip(panes, names, strict=True)
    ]
    described: list[EmptyPane | ReadyPane] = list(empty)
    sides = dict(ready)
    same_model = _same_model_before(ready)
    for order, (place, side) in enumerate(ready):
        compared = panes[place].compared
        assert compared is not None
        pane = _pane(empty[place], f"p{place}", compared, alignment, order, arrays)
        across = pane["across"] = same_model.get(place)
        if across is not None:
            between = task("comparison.word_similarity:words_across", sides[across].trace, side.trace)
            arrays[f"p{place}.across"] = _cosine_bytes(ask(between))
        described[place] = pane
    named = [replace(side, name=names[place]) for place, side in ready]
    facts: ComparisonFacts = {
        "panes": described,
        "texts": _texts(ready, alignment),
        "roles": [{"name": role.name, "meaning": role.meaning} for role in ROLES.values()],
        "differences": [
            {"name": row.name, "values": row.values, "sentence": row.sentence} for row in differences(named)
        ],
        "compared": [place for place, _ in ready],
        "pair": _askedabout([side.trace.text for _, side in ready]),
    }
    # The browser draws all anew only if something but the view has changed.
    text = strict_json([facts, [side.trace.identity for _, side in ready]])
    header: ComparisonHeader = {**facts, "version": hashlib.sha256(text.encode()).hexdigest(), "view": view}
    return pack(header, arrays)


def _same_model_before(ready: Sequence[tuple[int, Side]]) -> dict[int, int]:
    """For panes of a model that reads another text in an earlier pane: which pane that is."""
    found: dict[int, int] = {}
    for order, (place, side) in enumerate(ready):
        for earlier, other in ready[:order]:
            if other.trace.model_name == side.trace.model_name and other.trace.text != side.trace.text:
                found.setdefault(place, earlier)
    return found


def _cosine_bytes(cosine: np.ndarray) -> np.ndarray:
    """Cosines from -1 to 1 in steps of 1/127, one byte each."""
    steps: np.ndarray = np.rint((cosine + 1) * 127)
    return steps.astype(np.uint8)


def _note(pane: Pane) -> str:
    if pane.side is None:
        return "This pane is being made." if pane.working else ""
    cut = pane.side.trace.tokens_cut
    shipped = "This is a trace that came with the app; the model runs in a moment. " if pane.shipped else ""
    trace = pane.side.trace
    reading = trace.stacks[0]
    left_out = (
        "How alike words become is told up to what goes into its last layer: what that gives out cannot be told apart "
        "from what a final norm makes of it. "
        if trace.states.get(reading) and not trace.stream_is_whole(reading)
        else ""
    )
    return (shipped + left_out + (f"The last {cut:,} tokens were cut off." if cut else "")).strip()


def _askedabout(texts: Sequence[str]) -> tuple[str, str] | None:
    """The two words that the example's question is about, if the text is an example."""
    return next(((one.word, one.finds) for text in texts for one in EXAMPLES if one.text == text), None)


def _texts(ready: Sequence[tuple[int, Side]], alignment: Alignment) -> list[ComparedText]:
    """Each different text once, as pieces."""
    texts: dict[str, ComparedText] = {}
    for order, (place, side) in enumerate(ready):
        known = texts.setdefault(side.trace.text, {"panes": [], "pieces": []})
        known["panes"].append(place)
        known["pieces"] = [(piece.text, piece.link) for piece in alignment.pieces[order]]
    return list(texts.values())


def _pane(
    empty: EmptyPane, name: str, compared: Compared, alignment: Alignment, order: int, arrays: dict[str, np.ndarray]
) -> ReadyPane:
    side = compared.side
    trace, profile = side.trace, side.profile
    written = "".join(token.label.replace("·", " ") for token in trace.target_tokens if not token.is_special).strip()
    blank = profile.outcome.blank
    hidden = None if blank is None else (len(blank.before), len(blank.before) + len(blank.word))
    aim = objective(trace.family, trace.text, hidden=hidden, target=written)
    source: list[SourceToken] = [
        {**chip, "links": links} for chip, links in zip(token_fields(trace.tokens), alignment.links[order], strict=True)
    ]
    return {
        **empty,
        "family": trace.family,
        "source": source,
        "target": _target(compared),
        "objective": {
            "name": aim.name,
            "sentence": aim.sentence,
            "examples": [{"given": example.given, "answer": example.answer} for example in aim.examples],
        },
        "stacks": [_stack(name, compared, stack, arrays) for stack in trace.stacks],
        "words": _words(name, compared, alignment, order, arrays),
        "blank": blank_fields(blank, trace.text),
        "following": candidates_fields(profile.outcome.following),
        "written": candidates_fields(profile.outcome.written),
        "parameters": parameters_fields(profile.parameters),
        "measures": measures(side),
        "costs": costs(side),
        "about": about(side),
        "across": None,
    }


def _stack(name: str, compared: Compared, stack: Stack, arrays: dict[str, np.ndarray]) -> ComparedStack:
    side = compared.side
    trace, found = side.trace, side.surveys[stack]
    layers = trace.layers(stack)
    masks: dict[bytes, int] = {}
    mask_of = []
    for layer in layers:
        cells = _pooled_mask(trace.mask(stack, layer), found)
        mask_of.append(masks.setdefault(cells.tobytes(), len(masks)))
    shape = (len(masks), *found.overview.shape[1:])
    arrays[f"{name}.{stack}.masks"] = np.frombuffer(b"".join(masks), np.uint8).reshape(shape)
    opened = arrays[f"{name}.{stack}.masks"][mask_of].astype(bool)
    arrays[f"{name}.{stack}.overview"] = in_half_percents(found.overview, opened)
    arrays[f"{name}.{stack}.shares"] = found.directions.by_layer.astype(np.float32)
    arrays[f"{name}.{stack}.entropy"] = _means(found.scores.entropy)
    return {
        "stack": stack,
        "label": STACK_NAMES[stack],
        "layers": layers,
        "queries": len(trace.query_tokens(stack)),
        "keys": len(trace.key_tokens(stack)),
        "block": found.block,
        "maskOf": mask_of,
        "mask": mask_shape(side, stack),
        "directions": found.directions.names,
        "nearest": _nearest(name, compared, stack, opened, arrays),
    }


def _pooled_mask(mask: MaskRecord, found: Survey) -> np.ndarray:
    """1 where any token of a cell may look, as uint8 of shape (row column)."""
    rows, columns = found.overview.shape[1:]
    cells = np.zeros((rows, columns), np.uint8)
    size = found.block
    positions = spread(mask.queries, 4 * rows) if size > 1 else np.arange(mask.queries)
    visible = mask.rows(positions).astype(np.uint8)
    pooled = np.maximum.reduceat(visible, np.arange(0, mask.keys, size), axis=1)
    np.maximum.at(cells, positions // size, pooled)
    return cells


def _means(by_head: np.ndarray) -> np.ndarray:
    """Means over heads, 0 where nothing was told."""
    told = np.isfinite(by_head)
    means: np.ndarray = np.where(told, by_head, 0).sum(axis=1) / np.maximum(told.sum(axis=1), 1)
    return means.astype(np.float32)


def _nearest(
    name: str, compared: Compared, stack: Stack, opened: np.ndarray, arrays: dict[str, np.ndarray]
) -> dict[str, NearestHead | TooFewQueries | None]:
    """By role, the head that fits it best, or None where the text does not call for it."""
    trace, scores = compared.side.trace, compared.side.surveys[stack].scores
    found: dict[str, NearestHead | TooFewQueries | None] = {}
    for role in roles_of(stack):
        values, nearest = scores.roles[role.name], compared.nearest.get((stack, role.name))
        if nearest is None:
            few = scores.withheld.get(role.name)
            found[role.name] = None if few is None else {"queries": few, "fewest": scores.fewest}
            continue
        row, layer, head = nearest.row, nearest.layer, nearest.head
        array = f"{name}.{stack}.{layer}.{head}"
        arrays[array] = in_half_percents(compared.overviews[stack, layer, head], opened[row])
        score = float(values[row, head])
        note = _unguided_instead(trace, stack, scores.layers, values, (layer, head))
        queries, random = int(scores.queries[role.name][row]), float(scores.random[role.name][row])
        found[role.name] = {
            "layer": layer,
            "head": head,
            "score": score,
            "queries": queries,
            "random": None if np.isnan(random) else round(random, 6),
            "array": array,
            "note": note,
        }
    return found


def _unguided_instead(
    trace: Trace, stack: Stack, layers: Sequence[int], values: np.ndarray, place: tuple[int, int]
) -> str:
    """Of a head that training guided, that it was, and the best of the others; nothing of any other head."""
    if not guided_among(trace.guided_heads, stack, place[0], [place[1]]):
        return ""
    best = best_unguided(trace.guided_heads, stack, layers, lambda layer: known_scores(values, layers.index(layer)))
    others = "" if best is None else f"; of the others best is {in_words(stack, best.layer, best.head)}: "
    return f"guided in training{others}{'' if best is None else percent(best.share)}"


def _target(compared: Compared) -> list[TargetToken]:
    """The decoder's tokens, each word with the source word that it is linked with."""
    fields = token_fields(compared.side.trace.target_tokens)
    return [{**chip, "source": source} for chip, source in zip(fields, compared.sources, strict=True)]


def _words(
    name: str, compared: Compared, alignment: Alignment, order: int, arrays: dict[str, np.ndarray]
) -> list[ComparedWord]:
    found, text = compared.words, compared.side.trace.text
    if found is None:
        return []
    arrays[f"{name}.cosine"] = _cosine_bytes(found.cosine)
    edges = np.cumsum([0, *(len(piece.text) for piece in alignment.pieces[order])])
    links = [piece.link for piece in alignment.pieces[order]]
    return [
        {
            "text": text[start:end],
            "links": [link for place, link in enumerate(links) if edges[place] < end and start < edges[place + 1]],
        }
        for start, end in found.words
    ]
