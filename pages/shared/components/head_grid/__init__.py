"""All heads of a stack as small pictures: the map of the Attention page."""

from pages.shared.components import component

head_grid = component("head_grid", ("places",))
