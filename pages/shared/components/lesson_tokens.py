"""A text as the tokens that a model makes of it, each with its id."""

from pages.shared.components import Component

lesson_tokens = Component("lesson_tokens")
