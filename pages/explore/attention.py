"""Explore / Attention: which token looks at which, for any layer and any set of heads."""

import streamlit as st

from llm_core.captions import describe
from llm_core.figures.palette import theme
from pages.shared import attention_controls, attention_pictures
from pages.shared.export import downloads
from pages.shared.literal import literal
from pages.shared.notices import about, current

shown = current(st.session_state["request"])
trace = shown.trace
colours = theme(st.context.theme.type)

headline = st.container()
picture, controls = st.columns([3, 1], gap="medium")
with picture:
    view = attention_controls.draw_view()
with controls:
    choice = attention_controls.draw(shown, view)
with picture:
    page = attention_pictures.draw(trace, choice, colours)

stack, layer, heads = choice.stack, choice.layer, choice.heads
predicate = describe(
    trace.attention(stack, layer, heads),
    trace.query_tokens(stack),
    trace.key_tokens(stack),
    self_attention=stack != "cross",
    query=choice.query,
)
headline.markdown(f"#### {choice.place}, {literal(predicate)}.")

with st.expander("How to read this"):
    st.markdown(attention_pictures.explanation(trace, choice, colours), unsafe_allow_html=True)
    st.caption(about(shown))
with st.expander("The numbers as a table"):
    st.dataframe(attention_pictures.table(trace, choice), hide_index=True)
with st.expander("Save this picture"):
    downloads(trace, stack, layer, heads, page)
