"""Where a model's weights lie: in the machine's memory, on a graphics card, or spread over several.

Nothing outside a model has to know. Each of its modules takes what it is given to where its own weights are, and the
model gives everything out in the machine's memory. The library's own way (accelerate's ``dispatch_model``) hangs a new
``forward`` onto each module, by which a copy of a model would call the modules of the original; hooks of
``torch.nn.Module`` go with the copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from llm_core.errors import SettingError
from llm_core.models.devices import AUTO, CPU, check_device

FREE_SHARE = 0.8
"""So much of a card's free memory weights may take; what a model works out needs the rest."""

CACHES = ("past_key_values",)
"""What a model keeps between tokens stays with the layers that made it."""


def cards() -> Mapping[str, int]:
    """The graphics cards that torch can use, with the bytes that weights may take on each."""
    if not torch.cuda.is_available():
        return {}
    free = {f"cuda:{number}": torch.cuda.mem_get_info(number)[0] for number in range(torch.cuda.device_count())}
    return {card: int(count * FREE_SHARE) for card, count in free.items()}


def check_there(device: str) -> None:
    """Refuse a device that this machine does not have.

    Raises:
        SettingError: The name is none, or there is no such graphics card.
    """
    check_device(device)
    if device in {CPU, AUTO}:
        return
    found = list(cards())
    if _numbered(device) not in found:
        raise SettingError(
            f"Expected a graphics card that torch can use, got {device}, and here is "
            f"{', '.join(found) or 'none that it can use'}. Choose one that is here, or auto, or cpu."
        )


def place(model: Any, device: str) -> None:
    """Bring a model's weights to where they are to be used, before anybody shares it.

    Args:
        model: The library's own model, in the machine's memory.
        device: ``"cpu"``, ``"cuda:N"``, or ``"auto"`` for as many cards as it takes; what fits on none of them stays
            in the machine's memory.
    """
    places = _places(model, device)
    if set(places.values()) == {CPU}:
        return
    # The originals are kept until all are moved, or another tensor could take the id of one.
    moved: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
    for path, module in model.named_modules():
        for holder in (module._parameters, module._buffers, vars(module)):
            for name, tensor in list(holder.items()):
                if isinstance(tensor, torch.Tensor):
                    if id(tensor) not in moved:
                        moved[id(tensor)] = tensor, _moved(tensor, _place_of(f"{path}.{name}".lstrip("."), places))
                    holder[name] = moved[id(tensor)][1]
    for module in model.modules():
        homes = {tensor.device for tensor in [*module.parameters(), *module.buffers()]}
        if len(homes) == 1:
            module.register_forward_pre_hook(partial(_take_home, homes.pop()), with_kwargs=True)
    model.register_forward_hook(_give_out)


def devices_of(model: Any) -> tuple[str, ...]:
    """Where a model's weights are, in the order of its layers."""
    return tuple(dict.fromkeys(str(weight.device) for weight in model.parameters()))


def _places(model: Any, device: str) -> dict[str, str]:
    """The device of each part of a model, by the part's name; the nearest name holds."""
    if device == CPU:
        return {"": CPU}
    if device != AUTO:
        return {"": _numbered(device)}
    found = cards()
    weights = {id(tensor): tensor for tensor in [*model.parameters(), *model.buffers()]}
    needed = sum(tensor.nbytes for tensor in weights.values())
    roomiest = max(found, key=lambda card: found[card], default=CPU)
    # Whole if that can be: not every model says which of its modules must not be taken apart.
    if not found or needed <= found[roomiest]:
        return {"": roomiest}
    from accelerate import infer_auto_device_map

    room: dict[int | str, int] = {**dict(enumerate(found.values())), CPU: 2 * needed}
    spread = infer_auto_device_map(
        model,
        max_memory=room,
        no_split_module_classes=list(model._no_split_modules or ()),
    )
    names = [*found]
    return {part: CPU if place == CPU else names[place] for part, place in spread.items()}


def _numbered(device: str) -> str:
    return device if ":" in device else f"{device}:0"


def _place_of(name: str, places: Mapping[str, str]) -> str:
    """The device of a tensor: that of the smallest part which is named and holds it."""
    while name and name not in places:
        name = name.rpartition(".")[0]
    # A weight of a module whose parts are in several places, used by what the module itself works out.
    return places.get(name, CPU)


def _moved(tensor: torch.Tensor, device: str) -> torch.Tensor:
    there = tensor.detach().to(device)
    return nn.Parameter(there, requires_grad=False) if isinstance(tensor, nn.Parameter) else there


def _take_home(home: torch.device, _: nn.Module, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Bring what a module is given to where its weights are."""
    from accelerate.utils import send_to_device

    return send_to_device(args, home), send_to_device(kwargs, home, skip_keys=list(CACHES))


def _give_out(_: nn.Module, __: Any, output: Any) -> Any:
    """Bring what the whole model gives out into the machine's memory."""
    from accelerate.utils import send_to_device

    return send_to_device(output, torch.device(CPU), skip_keys=list(CACHES))
