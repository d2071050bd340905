"""Apply / Applications: what the models are used for, each answer with its evidence."""

import streamlit as st

from pages.shared.address import chosen_or
from pages.shared.applications import ads, classification, code, questions, texts

USES = {
    "Ad copy": ads.draw,
    "Questions": questions.draw,
    "Classification": classification.draw,
    "Code": code.draw,
    "Story and translation": texts.draw,
}

use = st.segmented_control(
    "Use",
    list(USES),
    default="Ad copy",
    key="use",
    required=True,
    bind="query-params",
    label_visibility="collapsed",
)
st.caption(
    "Each use runs on the model that suits it, whichever model the sidebar names, and on this machine only. "
    "These models are small: an answer can be wrong in every word, which is why each shows what it rests on."
)
USES[chosen_or(use, "Ad copy")]()
