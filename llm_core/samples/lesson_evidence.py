"""What lessons need beside a shipped trace, so that they can be drawn and asked before any model is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from llm_core.embeddings.position_records import DistanceBias, PositionCode, PositionTable, RotaryAngles
from llm_core.feed_forward.neuron_record import FeedForwardNeurons, Neuron, PushedToken
from llm_core.lessons.evidence import Evidence, Guess
from llm_core.recording.trace_record import Trace
from llm_core.samples import MODELS, TEXT, sample_profile
from llm_core.text.tokens import Token

FILE = Path(__file__).parent / "lessons.safetensors"
MOST_POSITIONS = 64
"""Positions of a learned table that are shipped."""

_PUSHES = ("promotes", "suppresses")


def ships_evidence(trace: Trace) -> bool:
    """True for a trace that ships with the app and has beside it what lessons need."""
    return trace.model_name in MODELS and trace.text == TEXT and trace.model_name in _file()[0]


def shipped_evidence(trace: Trace) -> Evidence | None:
    """What lessons need beside a trace, or None if it is none of those that ship with the app."""
    if not ships_evidence(trace):
        return None
    profile, told = sample_profile(trace.model_name), _file()[0].get(trace.model_name)
    if profile is None or told is None:
        return None
    return Evidence(
        trace,
        parameters=profile.parameters,
        geometry=profile.geometry,
        positions=tuple(_position(trace.model_name, place, kept) for place, kept in enumerate(told["positions"])),
        guess=_guess(trace, told["guess"]),
        neurons=_neurons(told["neurons"]),
    )


def save_evidence(found: Iterable[Evidence]) -> None:
    """Write what :func:`shipped_evidence` reads."""
    arrays: dict[str, np.ndarray] = {}
    told: dict[str, Any] = {}
    for evidence in found:
        name = evidence.trace.model_name
        codes = [_kept(arrays, f"{name}.{place}", code) for place, code in enumerate(evidence.positions)]
        neurons = None if evidence.neurons is None else asdict(evidence.neurons)
        told[name] = {"positions": codes, "guess": None, "neurons": neurons}
        if evidence.guess is not None:
            guess = evidence.guess
            kept = {"kind": guess.kind, "position": guess.position}
            tokens = {"context": guess.context, "likeliest": guess.likeliest}
            told[name]["guess"] = kept | {key: [asdict(token) for token in some] for key, some in tokens.items()}
            if guess.kind == "mask":
                arrays[f"{name}.logits"] = guess.logits
    save_file(arrays, FILE, metadata={"lessons": json.dumps(told)})


def _kept(arrays: dict[str, np.ndarray], name: str, code: PositionCode) -> dict[str, Any]:
    if isinstance(code, PositionTable):
        arrays[name] = np.ascontiguousarray(code.vectors[:MOST_POSITIONS])
        return {"way": "table", "stack": code.stack, "learned": code.learned}
    if isinstance(code, RotaryAngles):
        arrays[name] = np.ascontiguousarray(code.frequencies)
        return {"way": "rotary", "stack": code.stack, "layers": code.layers}
    arrays[name] = np.ascontiguousarray(code.bias)
    farthest = [int(code.distances[0]), int(code.distances[-1])]
    return {"way": "bias", "stack": code.stack, "layer": code.layer, "distances": farthest, "learned": code.learned}


def _position(name: str, place: int, kept: Mapping[str, Any]) -> PositionCode:
    array = _file()[1][f"{name}.{place}"].astype(np.float32, copy=False)
    if kept["way"] == "table":
        return PositionTable(kept["stack"], array, kept["learned"])
    if kept["way"] == "rotary":
        return RotaryAngles(kept["stack"], kept["layers"], array)
    first, last = kept["distances"]
    return DistanceBias(kept["stack"], kept["layer"], np.arange(first, last + 1), array, kept["learned"])


def _guess(trace: Trace, kept: Mapping[str, Any] | None) -> Guess | None:
    if kept is None or trace.logits is None:
        return None
    if kept["kind"] == "mask":
        logits = _file()[1][f"{trace.model_name}.logits"].astype(np.float32, copy=False)
    else:
        logits = trace.logits[kept["position"]]
    context, likeliest = (tuple(Token(**token) for token in kept[key]) for key in ("context", "likeliest"))
    return Guess(kept["kind"], context, kept["position"], logits, likeliest)


def _neurons(kept: Mapping[str, Any] | None) -> FeedForwardNeurons | None:
    if kept is None:
        return None
    neurons = tuple(Neuron(**{**one, **{key: _pushed(one[key]) for key in _PUSHES}}) for one in kept["neurons"])
    return FeedForwardNeurons(**{**kept, "token": Token(**kept["token"]), "neurons": neurons})


def _pushed(kept: list[dict[str, Any]] | None) -> tuple[PushedToken, ...] | None:
    if kept is None:
        return None
    return tuple(PushedToken(Token(**one["token"]), one["logit"]) for one in kept)


@cache
def _file() -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with safe_open(FILE, framework="numpy") as file:
        told: dict[str, Any] = json.loads(file.metadata()["lessons"])
        return told, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
