"""Code generation: a program from a wish in words, highlighted, parsed where that can be done, and never run."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import llm_core
from llm_core.applications.code import FENCE, LANGUAGES, block_length, code_of, coding, lines_of, python_fault
from llm_core.numbers import counted, percent
from pages.shared.applications import scored
from pages.shared.applications.drafts import Draft, drafts_of, looked_at, spelled, stopped_line, write
from pages.shared.applications.evidence import Evidence, all_heads, show
from pages.shared.applications.inputs import asked, choice, examples, text_field
from pages.shared.applications.versions import writer_with_headline
from pages.shared.generation.ready import Ready, said_plainly
from pages.shared.literal import literal

MOST_TOKENS = 80

_WISHES = {
    "Reverse a text": ("Python", "A function that reverses a string."),
    "Add two numbers": ("JavaScript", "A function that adds two numbers."),
    "Customers in Paris": ("SQL", "Select the names of all customers who live in Paris."),
    "List files": ("Shell", "List all files in the current folder."),
    "A heading": ("HTML", "A page with one heading and one link."),
}


def draw() -> None:
    """The panel: language and wish, the code, whether it parses, and how sure the model was of each line."""
    ready, headline = writer_with_headline()
    if ready is None:
        return
    examples(
        "code", {name: {"code-language": language, "code-wish": wish} for name, (language, wish) in _WISHES.items()}
    )
    language = choice("Language", list(LANGUAGES), "code-language")
    wish = text_field("What the code should do", "code-wish", _WISHES["Reverse a text"][1], height=80)
    language, wish = asked("code", (language, wish), "Write the code")
    st.caption(
        "This model has 135 million parameters. It writes short, common snippets; longer ones are often wrong although "
        "they look right. Nothing that it writes is run here. Read it before you run it anywhere."
    )
    with said_plainly(ready):
        _code(ready, language, wish, headline)


def _code(ready: Ready, language: str, wish: str, headline: DeltaGenerator) -> None:
    name = literal(ready.model.name)
    prompt = coding(wish, language)
    settings = llm_core.GenerationSettings(max_new_tokens=MOST_TOKENS, temperature=0)
    (draft,) = drafts_of("code", [Draft(ready.model.spec, prompt, settings, until=FENCE)])
    headline.markdown(f"#### {name} writes {language}.")
    try:
        write(ready.model, [draft], ready.line, code=LANGUAGES[language])
    except llm_core.LlmCoreError:
        headline.empty()
        raise
    stopped_line([draft])
    written = draft.steps
    steps = written[: block_length([step.token.text for step in written])]
    code = code_of(spelled(ready.model, written))
    if not steps or not code.strip():
        headline.markdown(f"#### {name} wrote no {language}.")
        return
    lines = lines_of(steps)
    shaky = min((line for line in lines if not line.is_blank), key=lambda line: line.probability)
    headline.markdown(
        f"#### {name} writes {counted(len(code.splitlines()), 'line')} of {language}; it was least sure of line "
        f"{shaky.number} ({percent(shaky.probability)} a token)."
    )
    ready.line.say(
        f"{ready.model.name} · {len(steps[0].prompt.tokens)} tokens read, {len(written)} written "
        f"in {sum(step.seconds for step in written):.1f} s"
    )
    st.code(code, language=LANGUAGES[language], line_numbers=True, wrap_lines=True)
    st.markdown(verdict(code, language, draft.finished and written[-1].finish != "length"))
    if language == "Python":
        scored.show({"": "code"})
    looked = looked_at(written, {"Your wish": wish})
    looked = replace(looked, weights=looked.weights[: len(steps)])
    show(Evidence(steps, looked, "What was asked", all_heads(steps), lines=lines), "code")


def verdict(code: str, language: str, complete: bool) -> str:
    """What can be said of a program without running it."""
    cut = "" if complete else " The text ends at the most tokens that are written here, so its end may be missing."
    if language != "Python":
        return f"It was not checked: only Python is parsed here. Nothing was run.{cut}"
    fault = python_fault(code)
    if fault is None:
        return f"It is valid Python: it parses. Whether it does what you asked, nobody has tried. Nothing was run.{cut}"
    return f"It is not valid Python: {literal(fault)}. Nothing was run.{cut}"
