"""The whole model: one picture from the text to what comes out, whose blocks open."""

from pages.shared.components import Component

whole_model = Component("whole_model")
