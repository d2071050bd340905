"""Inside a head: one query token against all keys, number by number, in steps."""

from pages.shared.components import Component

inside_head = Component("inside_head")
