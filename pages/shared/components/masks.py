"""A text whose masks were filled, with the candidates of each mask."""

from pages.shared.components import Component

masks = Component("masks")
