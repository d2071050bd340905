"""Graphics cards that are not there: tensors that say they lie on one, for machines that have none.

They are kept in the machine's memory, and torch does their arithmetic there, but it sees another device: what mixes
devices is refused, and only what was brought back can become an array. So whatever forgets to bring tensors together
fails as it would on a real card. The name is that of a backend which torch knows and nobody here has.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

CARDS = ("card:0", "card:1")
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_"}
"""Operations that take numbers of places from the machine's memory, as they do for real cards."""


class Far(torch.Tensor):
    """A tensor on a card, around the one in memory that holds its numbers."""

    near: torch.Tensor

    @staticmethod
    def __new__(cls, near: torch.Tensor, device: torch.device) -> Far:
        # Or no view of one that was made outside of it could be had in inference mode.
        with torch.inference_mode(False):
            made: Far = torch.Tensor._make_wrapper_subclass(
                cls,
                near.size(),
                strides=near.stride(),
                storage_offset=near.storage_offset(),
                dtype=near.dtype,
                device=device,
            )
        made.near = near
        return made

    def __repr__(self) -> str:
        return f"Far({self.near!r}, {self.device})"

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        # Or torch would call all that comes of it by the class of what went in.
        with torch._C.DisableTorchFunctionSubclass():
            # Which torch refuses subclasses, and does for every device.
            if func is torch.Tensor.tolist:
                return args[0].cpu().tolist()
            # Which tells tied weights.
            if func is torch.Tensor.data_ptr:
                return args[0].near.data_ptr()
            return func(*args, **(kwargs or {}))

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        # In inference mode operations come here that are made of others.
        made_of_others = func.decompose(*args, **kwargs)
        if made_of_others is not NotImplemented:
            return made_of_others
        name = func.overloadpacket.__name__
        if name == "copy_":
            _near(args[0]).copy_(_near(args[1]))
            return args[0]
        if name == "_to_copy":
            target = torch.device(kwargs.pop("device", None) or args[0].device)
            return _on(target, func(_near(args[0]), **kwargs))
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        devices = {tensor.device for tensor in tensors if tensor.dim() or tensor.device.type != "cpu"}
        if len(devices) > 1 and (name not in INDEXING or args[0].device.type == "cpu"):
            raise RuntimeError(
                f"{name}: expected all tensors to be on the same device, got {sorted(map(str, devices))}"
            )
        target = torch.device(kwargs.get("device") or next(one.device for one in tensors if isinstance(one, Far)))
        if "device" in kwargs:
            kwargs["device"] = torch.device("cpu")
        if name == "histc":
            # Which counts whole numbers on a card only.
            args = (args[0].float(), *args[1:])
        near = func(*tree_map_only(Far, _near, args), **tree_map_only(Far, _near, kwargs))
        # What was written to is given back itself.
        given = {id(_near(tensor)): tensor for tensor in tensors}
        return tree_map_only(torch.Tensor, lambda one: given.get(id(one), _on(target, one)), near)


def _near(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.near if isinstance(tensor, Far) else tensor


def _on(device: torch.device, near: torch.Tensor) -> torch.Tensor:
    return near if device.type == "cpu" else Far(near, device)


def _empty(size: Any, *, dtype: Any = None, device: Any = None, **_: Any) -> torch.Tensor:
    return Far(torch.empty(size, dtype=dtype), device)


def _empty_strided(size: Any, stride: Any, *, dtype: Any = None, device: Any = None, **_: Any) -> torch.Tensor:
    return Far(torch.empty_strided(size, stride, dtype=dtype), device)


def _copy_from(source: torch.Tensor, target: torch.Tensor, _: bool = False) -> torch.Tensor:
    _near(target).copy_(_near(source))
    return target


class _Backend(_DummyBackendModule):
    """What torch asks a kind of device for before it sets numbers of chance apart."""

    def get_rng_state(self, _: Any = None) -> torch.Tensor:
        return torch.zeros(1, dtype=torch.uint8)

    def set_rng_state(self, *_: Any) -> None:
        """Nothing is drawn on a card."""


_setup_privateuseone_for_python_backend("card", _Backend())
# All that makes tensors from nothing (arange, full, tensors of lists) goes through these two.
_library = torch.library.Library("aten", "IMPL", "PrivateUse1")
_library.impl("empty.memory_format", _empty)
_library.impl("empty_strided", _empty_strided)
# And lists of places on their way into an index through this one.
_library.impl("_copy_from", _copy_from)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--cards``: all models of these processes lie on a card that is not there, however they are loaded."""
    parser.addoption("--cards", action="store_true", help="use every model on a graphics card that is not there")


def pytest_configure(config: pytest.Config) -> None:
    """Do as ``--cards`` says."""
    if config.getoption("--cards"):
        from llm_core.models import loading, placement

        loading.place = lambda model, _: placement.place(model, CARDS[0])
