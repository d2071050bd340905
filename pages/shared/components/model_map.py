"""The model in use as a small drawing that shows where the page looks and leads to other places."""

from pages.shared.components import Component

model_map = Component("model_map")
