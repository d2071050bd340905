"""Explore / Embeddings: what a token is to the model, and how context changes it."""

import streamlit as st

from pages.shared.embeddings.page import explore
from pages.shared.notices import current

explore(current(st.session_state["request"]))
