"""A pass that begins in the middle: the first layers give what they gave before, and only the others are computed.

Whatever is changed in a layer, the layers before it do the same as without the change. A copy of the model, which
shares every weight, has stand-ins in their place that hand on what was kept. The shared model is not changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from llm_core.models.loading import LoadedModel
from llm_core.recording.recorder import Site
from llm_core.recording.self_writing import original_of
from llm_core.recording.stand_ins import Replaced, Watched, lists_of_layers, state_of, with_layers, with_state


@dataclass(frozen=True, eq=False)
class KeptLayers:
    """What the layers of a model gave in one pass.

    Attributes:
        path: Name of the list of layers within the model.
        place_of: Which layer of that list holds which attention.
        outputs: What each layer gave, filled by a pass of :meth:`watched`.
    """

    path: str
    place_of: Mapping[Site, int]
    outputs: list[Any] = field(default_factory=list)

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept."""
        return sum(state_of(output).nbytes for output in self.outputs)

    def watched(self, model: LoadedModel) -> Any:
        """A copy of the model whose next pass is kept."""

        def keep(_: Any, output: Any) -> None:
            self.outputs.append(_copied(output))

        return with_layers(model.network(), self.path, lambda layer: Watched(layer, keep))

    def resumed(self, model: LoadedModel, changed: Collection[Site]) -> Any:
        """A copy of the model that computes from the first of some changed layers on, for the inputs that were kept."""
        first = min((self.place_of[site] for site in changed), default=0)
        if first == 0:
            return model.network()
        before = iter(range(len(self.outputs)))

        def stand_in(layer: nn.Module) -> nn.Module:
            return Replaced(layer, lambda: _copied(self.outputs[first - 1])) if next(before) < first else layer

        return with_layers(model.network(), self.path, stand_in)


def layers_to_keep(model: LoadedModel) -> KeptLayers | None:
    """The list of layers that holds all attention of a model, with nothing kept yet; None if there is no such list."""
    network = model.network()
    modules = dict(network.named_modules())
    sites = {site for places in model.sites.values() for site in places}
    if not sites:
        return None
    for path in lists_of_layers(network):
        places: dict[Site, int] = {}
        for place, layer in enumerate(modules[path].children()):
            for module in layer.modules():
                for site in model.sites.get(original_of(module), ()):
                    places.setdefault(site, place)
        if set(places) == sites:
            return KeptLayers(path, places)
    return None


def _copied(output: Any) -> Any:
    """A layer's output with a state of its own, since some layers write into what they are given."""
    return with_state(output, state_of(output).clone())
