"""Architectures side by side: rows that line up across panes, linked by what their tokens stand for."""

from pages.shared.components import Component

architectures = Component("architectures")
