"""Home / The whole model: what goes in, what happens to it, and what comes out."""

import streamlit as st

from pages.shared.notices import current

shown = current(st.session_state["request"])
trace = shown.trace
layers = sum(len(trace.layers(stack)) for stack in trace.stacks if stack != "cross")
st.markdown(f"#### {len(trace.tokens):,} tokens go through {layers} layers")
st.page_link("pages/explore/attention.py", label="See which token looks at which")
