"""A worked head whose every number is given by hand: the same bytes on every machine, and known beforehand."""

from __future__ import annotations

import numpy as np

from llm_core.inside.norms import Norm
from llm_core.inside.rotations import Rotation, Turning
from llm_core.inside.worked_head import Differences, HeadLayer, Path, Scores, WorkedHead
from llm_core.recording.records import LOWEST
from llm_core.recording.trace_record import Trace
from pages.shared.components.inside_head import Step
from pages.shared.inside.packet import inside_packet
from pages.shared.looking import Looking
from tests.made_traces import made_trace

SEES = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.6, 0.3, 0.1]]


def made_head(text: str = "red green blue") -> tuple[WorkedHead, Trace]:
    """Head 1 of layer 1 of a decoder in which "green" looks: rotary, two heads that share a key, an RMSNorm."""
    trace = made_trace({"decoder": [[SEES, SEES], [SEES, SEES]]}, text)
    angles = np.array([[0.0, 0.0], [0.5, 0.25], [1.0, 0.5]])
    layer = HeadLayer(
        model_name="made",
        stack="decoder",
        layer=1,
        query_tokens=trace.tokens,
        key_tokens=trace.tokens,
        heads=2,
        mask="causal",
        padded=False,
        bias_by_distance=False,
        biases={"query": False, "key": False, "value": False, "output": True},
        norm=Norm("RMSNorm", "norm", np.ones(4), None, 0.0),
        tables=(),
        tables_norm=None,
        first=np.ones(4, np.float32),
        rotation=Rotation(Turning("halves", 4), angles),
    )
    keys = np.array([[1.0, 0, 2, 1], [0.5, 1, 0, 0], [-1, 1, 0, 2]])
    work = WorkedHead(
        layer=layer,
        head=1,
        query_position=1,
        key_value_head=0,
        sharing=(0, 1),
        residual=np.array([2.0, 0, -2, 4]),
        input=np.array([1.0, 0, -1, 2]),
        query=Path(np.array([2.0, 1, 0, -1]), None, None, 1.0, np.array([1.0, 2, 0, -1])),
        keys=Path(keys[:, ::-1].copy(), None, None, 1.0, keys),
        values=_unchanged([[1, 2], [3, -1], [5, 5]]),
        scaling=0.5,
        softcap=None,
        scores=_scores(),
        strongest_products=np.array([1.0, 0, 1, 0]),
        output=np.array([2.5546, -0.3319]),
        contribution=np.array([2.0, -1, 0, 2]),
        contribution_norms=np.array([5.0, 3]),
        attention_output=np.array([3.0, 0, 4, 0]),
        differences=Differences(1.25e-7, 2e-7, 0.0, 3e-8, 4e-7, 1.1e-6, share=2e-6),
    )
    return work, trace


def made_packet(step: Step = "match", **given: bool) -> bytes:
    """What the page sends of the head, opened at a step."""
    work, trace = made_head()
    place = Looking("decoder", 1, (1,), 1, None, rows=None, columns=None)
    return inside_packet(work, trace, place, step, **given)


def _unchanged(vectors: list[list[float]]) -> Path:
    array = np.array(vectors, float)
    return Path(array.copy(), None, None, 1.0, array)


def _scores() -> Scores:
    """Of queries times keys 0, 2.5 and -1, the last of which is closed; exp(-1.25) is 0.2865."""
    dots = np.array([0.0, 2.5, -1])
    return Scores(
        dots=dots,
        scaled=dots * 0.5,
        capped=None,
        bias=None,
        visible=np.array([True, True, False]),
        masked=np.array([0.0, 1.25, LOWEST]),
        exponentials=np.array([0.2865, 1, 0]),
        sink=None,
        sink_exponential=0.0,
        total=1.2865,
        weights=np.array([0.2227, 0.7773, 0]),
    )
