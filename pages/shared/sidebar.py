"""The form that every page shares: which model reads which text."""

from __future__ import annotations

import streamlit as st

import llm_core
from llm_core.heads.examples import EXAMPLES
from pages.shared.traces import TraceRequest

DEFAULT_MODEL = llm_core.catalog()[0].name
DEFAULT_TEXT = EXAMPLES[0].text


def choose() -> TraceRequest:
    """Draw the form and give what was last submitted."""
    reads_target = st.session_state.get("family") == "encoder-decoder"
    with st.sidebar:
        st.markdown("### Attention Explorer")
        with st.form("choice", border=False):
            model = st.selectbox(
                "Model",
                _names(),
                key="model",
                bind="query-params",
                accept_new_options=True,
                filter_mode="contains",
                help=_models_in_words(),
            )
            text = st.text_area("Text", value=DEFAULT_TEXT, key="text", bind="query-params", height=120)
            target = ""
            if reads_target:
                target = st.text_input(
                    "Target, read by the decoder",
                    key="target",
                    bind="query-params",
                    placeholder="Leave empty and the model writes it",
                )
            st.form_submit_button("Run the model", type="primary", width="stretch")
        st.caption("Or ask one of these:")
        sides = st.columns(2, gap="small")
        for place, example in enumerate(EXAMPLES):
            sides[place % 2].button(
                example.question,
                key=f"example-{example.question}",
                help=example.text,
                on_click=_use,
                args=(example.text,),
                width="stretch",
            )
    return TraceRequest(
        model=model or DEFAULT_MODEL,
        text=text or "",
        target=target or "",
        truncate=bool(text) and st.session_state.get("cut_text") == text,
    )


def _names() -> list[str]:
    """The catalog, and the model in use if it came from elsewhere."""
    names = [spec.name for spec in llm_core.catalog()]
    used = st.session_state.get("model") or st.query_params.get("model")
    return names if used is None or used in names else [*names, used]


def _use(text: str) -> None:
    st.session_state["text"] = text
    if "target" in st.session_state:
        # A target written for another text would be read beside this one.
        st.session_state["target"] = ""


def _models_in_words() -> str:
    offline = [f"**{spec.name}**: {spec.summary}" for spec in llm_core.catalog() if spec.offline]
    hub = ", ".join(spec.name for spec in llm_core.catalog() if not spec.offline)
    return (
        "\n\n".join(offline)
        + f"\n\nThese come from the hub and need the internet: {hub}."
        + "\n\nOr type a hub id, the path of a model folder or of a .gguf file, and press Enter."
    )
