"""A text in several versions by other luck, side by side, and the evidence behind the one that is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

import llm_core
from llm_core.generation.conversation import Conversation
from llm_core.generation.step import GenerationStep
from pages.shared.applications.answer_words import in_no_passage
from pages.shared.applications.drafts import Draft, as_it_is, drafts_of, looked_at, spelled, stopped_line, write
from pages.shared.applications.evidence import Evidence, all_heads, show
from pages.shared.applications.inputs import choice
from pages.shared.generation.ready import Ready, writer
from pages.shared.literal import literal
from pages.shared.traces import TraceRequest

WRITER = "smollm2-135m"
LONGEST_QUOTED = 60


@dataclass(frozen=True)
class Task:
    """What a model is asked to write.

    Attributes:
        use: Where it belongs; its texts are kept under this name.
        prompt: What the model is asked.
        parts: Texts of the prompt, by name, that the answer is held against.
        read_title: What these are called together.
        most_tokens: The most tokens of each version.
        seed: The first version's; the next one has the next.
        said: What the model does, as the headline says it after the model's name.
        versions: How many are written, each with the next seed; one if the likeliest token is always taken.
        temperature: How freely tokens are drawn; 0 takes the likeliest.
        repetition_penalty: How much a token is held back that was read or written before; 1 where the answer should
            say again what the text says.
        until: Writing ends where this is written; empty for nothing like that.
        keeps_to: The text whose words the answer should keep to: others are marked. Empty where it need not.
    """

    use: str
    prompt: str | Conversation
    parts: Mapping[str, str]
    read_title: str
    most_tokens: int
    seed: int
    said: str
    versions: int = 2
    temperature: float = 0.6
    repetition_penalty: float = 1.1
    until: str = ""
    keeps_to: str = ""

    def drafts(self, spec: llm_core.ModelSpec) -> list[Draft]:
        """The versions with nothing written yet."""
        return [
            Draft(
                spec,
                self.prompt,
                llm_core.GenerationSettings(
                    max_new_tokens=self.most_tokens,
                    temperature=self.temperature,
                    top_p=0.9 if self.temperature > 0 else 1.0,
                    repetition_penalty=self.repetition_penalty,
                    literal=True,
                    seed=self.seed + version,
                ),
                until=self.until,
            )
            for version in range(self.versions)
        ]


def writer_with_headline() -> tuple[Ready | None, st.delta_generator.DeltaGenerator]:
    """The model that writes, loaded with visible progress, and the room for the sentence above everything else."""
    headline = st.empty()
    return writer(TraceRequest(WRITER, "")), headline


def work(ready: Ready, task: Task, headline: st.delta_generator.DeltaGenerator) -> None:
    """Write what is missing, then show the versions and the evidence behind one of them."""
    name = literal(ready.model.name)
    headline.markdown(f"#### {name} {literal(task.said)}.")
    drafts = drafts_of(task.use, task.drafts(ready.model.spec))
    try:
        write(ready.model, drafts, ready.line)
    except llm_core.LlmCoreError:
        headline.empty()
        raise
    # Taken once: all that is shown below is of this moment, whatever another run of the page still writes.
    texts = [draft.steps for draft in drafts]
    written = [steps for steps in texts if steps]
    stopped_line(drafts)
    if not written:
        return
    headline.markdown(f"#### {name} {literal(task.said)}: {_in_short(written)}.")
    ready.line.say(_cost(ready.model.name, written))
    for number, (column, draft, steps) in enumerate(zip(st.columns(len(drafts)), drafts, texts, strict=True)):
        with column.container(border=True):
            if len(drafts) > 1:
                st.caption(f"Version {number + 1}, seed {draft.settings.seed}")
            said = spelled(ready.model, steps)
            st.markdown(as_it_is(said))
            if task.keeps_to:
                st.caption(in_no_passage(said.strip(), [task.keeps_to], "sentence of your text"))
    numbers = {f"Version {number + 1}": number for number, steps in enumerate(texts) if steps}
    names = list(numbers)
    chosen = choice("Evidence behind", names, f"{task.use}-version") if len(names) > 1 else names[0]
    steps = texts[numbers[chosen]]
    show(Evidence(steps, looked_at(steps, task.parts), task.read_title, all_heads(steps)), task.use)


def shortened(text: str) -> str:
    """The beginning of a text, for headlines."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_QUOTED else text[: LONGEST_QUOTED - 1] + "…"


def _in_short(texts: Sequence[Sequence[GenerationStep]]) -> str:
    steps = [step for text in texts for step in text]
    bits = sum(step.surprise for step in steps) / len(steps)
    versions = f"{len(texts)} versions" if len(texts) > 1 else "one version"
    return f"{versions}, {bits:.1f} bits of surprise a token"


def _cost(name: str, texts: Sequence[Sequence[GenerationStep]]) -> str:
    steps = [step for text in texts for step in text]
    read = len(texts[0][0].prompt.tokens)
    return f"{name} · {read:,} tokens read, {len(steps)} written in {sum(step.seconds for step in steps):.1f} s"
