"""The arithmetic of one head, step by step: from what entered the layer to what it adds to the residual stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llm_core.errors import SelectionError
from llm_core.inside.layer_record import ObservedLayer, Part, Projection, head_outputs
from llm_core.inside.norms import Norm, same
from llm_core.inside.worked_head import Differences, Path, Scores, WorkedHead, layer_of_head
from llm_core.recording.records import LOWEST, check_heads

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


def work_head(model: LoadedModel | None, layer: ObservedLayer, head: int, query: int) -> WorkedHead:
    """Work out one head for one query token.

    Args:
        model: The model that was observed; its own attention code is asked for what to compare with. None if it is
            not at hand: the weights are then compared with nothing.
        layer: From :func:`llm_core.observe_layer`.
        head: From 0.
        query: Position of the token that looks, from 0.

    Raises:
        SelectionError: There is no such head or query.
    """
    record = layer.record
    check_heads([head], record.heads)
    if not isinstance(query, int | np.integer) or not 0 <= query < record.mask.queries:
        raise SelectionError(f"Expected a query position from 0 to {record.mask.queries - 1}, got {query!r}.")
    group = record.heads // record.key_value_heads
    shared = head // group
    queries = _path(layer, "query", head, record.query[head, query : query + 1], rows=slice(query, query + 1))
    keys = _path(layer, "key", shared, record.key[shared])
    values = _path(layer, "value", shared, record.value[shared])
    scores = _scores(layer, head, query, keys.result @ queries.result[0])
    output = scores.weights @ values.result
    contribution, norms, attention_output = _through_projection(layer, head, query, output)
    return WorkedHead(
        layer=layer_of_head(layer, query),
        head=head,
        query_position=query,
        key_value_head=shared,
        sharing=tuple(range(shared * group, (shared + 1) * group)),
        residual=None if layer.residual is None else layer.residual[query].astype(np.float64),
        input=layer.inputs["query"][query].astype(np.float64) if "query" in layer.inputs else None,
        query=_row(queries),
        keys=keys,
        values=values,
        scaling=record.scaling,
        softcap=record.softcap,
        scores=scores,
        strongest_products=_strongest_products(layer, head, query, queries),
        output=output,
        contribution=contribution,
        contribution_norms=norms,
        attention_output=attention_output,
        differences=_differences(model, layer, head, query, (queries, keys, values), scores, output, attention_output),
    )


def _path(layer: ObservedLayer, part: Part, head: int, recorded: np.ndarray, rows: slice = slice(None)) -> Path:
    """A head's vectors from the layer's input on, or as recorded if that does not lead there."""
    projection: Projection | None = getattr(layer.projections, part)
    recorded = recorded.astype(np.float64)
    begun = Path(None, None, None, 1.0, recorded)
    if projection is None:
        return begun
    came = layer.inputs[part][rows].astype(np.float64)
    projected, norm, normed = _project(projection, head, came)
    result = (projected if normed is None else normed) * projection.factor
    rotation = layer.projections.rotation
    if rotation is not None and part != "value":
        angles = rotation.angles[rows]
        result = rotation.turning.turn(result, angles, rotation.factor)
    if not same(result, recorded):
        return begun
    return Path(projected, norm, normed, projection.factor, result)


def _project(projection: Projection, head: int, came: np.ndarray) -> tuple[np.ndarray, Norm | None, np.ndarray | None]:
    """One head's part of a projection of vectors (token d_model): before and after its norm."""
    place, norm = projection.place(head), projection.norm
    bias = 0.0 if projection.bias is None else projection.bias[place].astype(np.float64)
    projected = came @ projection.weight[place].astype(np.float64).T + bias
    if norm is None:
        return projected, None, None
    if norm.gain.ndim == 1 and norm.width != projection.width:
        # This norm is taken over all heads together.
        whole = came @ projection.weight.astype(np.float64).T
        whole = whole if projection.bias is None else whole + projection.bias
        return projected, norm, norm(whole)[:, place]
    return projected, norm.head(head), norm.head(head)(projected)


def _strongest_products(layer: ObservedLayer, head: int, query: int, queries: Path) -> np.ndarray | None:
    projection = layer.projections.query
    if projection is None or queries.projected is None:
        return None
    row = projection.starts[head] + int(np.argmax(np.abs(queries.projected[0])))
    products: np.ndarray = projection.weight[row] * layer.inputs["query"][query].astype(np.float64)
    return products


def _row(path: Path) -> Path:
    """The path of a single vector, without the axis of tokens."""
    projected = None if path.projected is None else path.projected[0]
    normed = None if path.normed is None else path.normed[0]
    return Path(projected, path.norm, normed, path.factor, path.result[0])


def _scores(layer: ObservedLayer, head: int, query: int, dots: np.ndarray) -> Scores:
    record, row = layer.record, np.array([query])
    scaled = dots * record.scaling
    capped = None if record.softcap is None else np.tanh(scaled / record.softcap) * record.softcap
    bias = None if record.bias is None else record.bias.rows(head, row)[0].astype(np.float64)
    visible = record.mask.rows(row)[0]
    if bias is not None:
        visible = visible & (bias > LOWEST / 2)
    scores = scaled if capped is None else capped
    masked = np.where(visible, scores if bias is None else scores + bias, LOWEST)
    sink = None if record.sink is None else float(record.sink[head])
    largest = float(masked.max()) if sink is None else max(float(masked.max()), sink)
    exponentials = np.exp(masked - largest)
    sink_exponential = 0.0 if sink is None else float(np.exp(sink - largest))
    total = float(exponentials.sum()) + sink_exponential
    return Scores(
        dots=dots,
        scaled=scaled,
        capped=capped,
        bias=bias,
        visible=visible,
        masked=masked,
        exponentials=exponentials,
        sink=sink,
        sink_exponential=sink_exponential,
        total=total,
        weights=exponentials / total,
    )


def _through_projection(
    layer: ObservedLayer, head: int, query: int, output: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """A head's contribution, the length of every head's, and their sum with the bias."""
    projection = layer.projections.output
    if projection is None:
        return None, None, None
    outputs = head_outputs(layer.record, query).astype(np.float64)
    outputs[head] = output
    contributions = np.stack(
        [projection.weight[:, projection.place(one)] @ outputs[one] for one in range(layer.record.heads)]
    )
    total = contributions.sum(axis=0)
    if projection.bias is not None:
        total = total + projection.bias
    return contributions[head], np.linalg.norm(contributions, axis=1), total


def _differences(
    model: LoadedModel | None,
    layer: ObservedLayer,
    head: int,
    query: int,
    paths: tuple[Path, Path, Path],
    scores: Scores,
    output: np.ndarray,
    attention_output: np.ndarray | None,
) -> Differences:
    record = layer.record
    shared = head * record.key_value_heads // record.heads
    recorded = (record.query[head, query : query + 1], record.key[shared], record.value[shared])
    compared: dict[str, tuple[np.ndarray, np.ndarray]] = {
        name: (path.result, library)
        for name, path, library in zip(("query", "key", "value"), paths, recorded, strict=True)
        if path.projected is not None
    }
    eager = None if model is None else _library_row(model, layer, query)
    if eager is not None:
        compared["weights"] = scores.weights, eager[0][head]
    if layer.heads_output is not None and layer.projections.output is not None:
        compared["head_output"] = output, layer.heads_output[query, layer.projections.output.place(head)]
    elif eager is not None:
        compared["head_output"] = output, eager[1][head]
    if layer.output is not None and attention_output is not None:
        compared["attention_output"] = attention_output, layer.output[query]
    largest = {name: float(np.abs(ours - library).max(initial=0.0)) for name, (ours, library) in compared.items()}
    sizes = {name: float(np.abs(library).max(initial=0.0)) for name, (_, library) in compared.items()}
    return Differences(
        query=largest.get("query"),
        key=largest.get("key"),
        value=largest.get("value"),
        weights=largest.get("weights"),
        head_output=largest.get("head_output"),
        attention_output=largest.get("attention_output"),
        share=max((largest[name] / sizes[name] if sizes[name] else largest[name] for name in largest), default=None),
    )


def _library_row(model: LoadedModel, layer: ObservedLayer, query: int) -> tuple[np.ndarray, np.ndarray] | None:
    # Here, since a head worked out from a trace alone must not wait for torch.
    from llm_core.inside.library_attention import library_row

    return library_row(model, layer.stack, layer.layer, layer.record, query)
