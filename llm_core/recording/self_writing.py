"""Models that change themselves while they run, and how threads can share their weights all the same.

Some models keep what they worked out in one pass for the next one: rotary frequencies that follow the length of the
text (``dynamic`` and ``longrope``), tables that grow, an attention that is exchanged for another one. The next picture
would depend on the last text, and on what another thread reads meanwhile. Such a model is copied for each pass, with
everything but its weights, which all copies share.
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import torch
from torch import nn

CHANGING_ROPES = ("dynamic", "longrope")
"""Kinds of rotary positions whose frequencies the library changes while a model runs."""

_ORIGINAL = "_attention_explorer_original"


class _Original:
    """Names the module that a copy was made of; a copy of it names the same one."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def __deepcopy__(self, _: object) -> _Original:
        return self


def prepare_copies(model: nn.Module) -> None:
    """Let the modules of later copies tell which module of this model they were made of."""
    for module in model.modules():
        module.__dict__[_ORIGINAL] = _Original(module)


def private_copy(model: Any) -> Any:
    """A copy of a model with a state of its own, which shares the weights."""
    return copy.deepcopy(model, {id(weight): weight for weight in model.parameters()})


def original_of(module: nn.Module) -> nn.Module:
    """The module of the shared model that a module is a copy of, or itself."""
    known = module.__dict__.get(_ORIGINAL)
    return module if known is None else known.module


def writes_to_itself(model: Any, inputs: Mapping[str, Any]) -> bool:
    """True if a model may change itself while it runs: it did in a pass over ``inputs``, or its code says it can."""
    return _changing_rope(model) or _written_to(model) or changed_by(model, inputs)


def changed_by(model: Any, inputs: Mapping[str, Any]) -> bool:
    """True if a pass changes anything of a model but what it returns; the pass runs on a copy."""
    trial = private_copy(model)
    before = _state(trial)
    with torch.inference_mode():
        trial(**inputs)
    return before != _state(trial)


def _state(model: nn.Module) -> dict[tuple[str, str], object]:
    """Which objects a model's modules hold, and how often each buffer was written to."""
    state: dict[tuple[str, str], object] = {}
    for name, module in model.named_modules():
        for holder in (module.__dict__, module._buffers, module._modules):
            for key, value in holder.items():
                if key not in {"_buffers", "_modules", "_parameters"}:
                    state[name, key] = (id(value), getattr(value, "_version", 0) if _counts(value) else 0)
    return state


def _counts(value: object) -> bool:
    return isinstance(value, torch.Tensor) and not value.is_inference()


def _changing_rope(model: nn.Module) -> bool:
    for module in model.modules():
        kinds = getattr(module, "rope_type", None)
        kinds = kinds.values() if isinstance(kinds, dict) else [kinds]
        if any(isinstance(kind, str) and changing in kind for kind in kinds for changing in CHANGING_ROPES):
            return True
    return False


def _written_to(model: nn.Module) -> bool:
    return any(_writes(kind) for kind in {_kind_of(module) for module in model.modules()})


def _kind_of(module: nn.Module) -> Any:
    return type(module)


@cache
def _writes(kind: Any) -> bool:
    """True if ``forward`` of a class, or a method of its own that it calls, assigns to ``self``."""
    methods: dict[str, ast.FunctionDef] = {}
    for parent in kind.__mro__:
        if parent.__module__.startswith("torch.") or parent is object or parent.__name__ == "PreTrainedModel":
            continue
        for method in _classes(parent.__module__).get(parent.__qualname__, ()):
            methods.setdefault(method.name, method)
    waiting, seen = ["forward"], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in methods:
            continue
        seen.add(name)
        for node in ast.walk(methods[name]):
            if _is_write(node):
                return True
            waiting.extend(_own_calls(node))
    return False


@cache
def _classes(module: str) -> dict[str, list[ast.FunctionDef]]:
    """The methods of each class of a module, by the class's name."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, SyntaxError, KeyError):
        return {}
    return {
        node.name: [part for part in node.body if isinstance(part, ast.FunctionDef)]
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _is_write(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return _of_self(node.value if isinstance(node, ast.Subscript) else node)
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name) and function.id in {"setattr", "delattr"} and node.args:
            return _of_self(node.args[0])
        if isinstance(function, ast.Attribute) and _of_self(function.value):
            if function.attr in {"register_buffer", "add_module", "register_module"}:
                return True
            return function.attr.endswith("_") and not function.attr.endswith("__")
    return False


def _of_self(node: ast.AST) -> bool:
    """True if an expression is ``self`` or an attribute reached from it."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id == "self"


def _own_calls(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _of_self(node.func.value):
        yield node.func.attr
