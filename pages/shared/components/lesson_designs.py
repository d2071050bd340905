"""Three architectures as squares of who looks at whom, the model in use marked."""

from pages.shared.components import Component

lesson_designs = Component("lesson_designs")
