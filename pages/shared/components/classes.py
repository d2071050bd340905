"""A text's class by two methods side by side, and the words that decided it."""

from pages.shared.components import Component

classes = Component("classes")
