"""An answer token by token: how likely each was, what else could stand there, what in the prompt it looked at."""

from pages.shared.components import Component

evidence = Component("evidence")
