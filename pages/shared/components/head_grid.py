"""All heads of a stack as small pictures: the map of the Attention page."""

from pages.shared.components import Component

head_grid = Component("head_grid")
