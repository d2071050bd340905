"""What a model tuned to chat is asked, in parts; its template puts them together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Conversation:
    """One message of a user and how the answer is to begin; whatever stands in it is text and never a special token.

    Attributes:
        user: What the user says.
        system: What the model is told about itself first; empty leaves it to the template.
        answer_begins: How the answer begins, put into the model's mouth; it only writes on.
    """

    user: str
    system: str = ""
    answer_begins: str = ""

    @property
    def messages(self) -> list[dict[str, str]]:
        """The messages as chat templates take them."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.user}]
