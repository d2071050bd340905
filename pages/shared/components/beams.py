"""A beam search as a tree: which texts were kept, which were let go, and what each scored."""

from pages.shared.components import Component

beams = Component("beams")
