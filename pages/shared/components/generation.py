"""A text being written, token by token: timeline, pipeline, attention of the step, cache, branches."""

from pages.shared.components import Component

generation = Component("generation")
