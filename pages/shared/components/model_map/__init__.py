"""The model in use as a small drawing that shows where the page looks and leads to other places."""

from pages.shared.components import component

model_map = component("model_map", ("layout",))
