"""The row of marks above a lesson: which lessons there are, which were read, and how their questions went."""

from pages.shared.components import Component

lesson_marks = Component("lesson_marks")
