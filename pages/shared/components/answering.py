"""An answer and the passages it was written from, coloured by the attention they got."""

from pages.shared.components import Component

answering = Component("answering")
