"""Apply / Scale: what "large" means, computed, published and measured."""

import streamlit as st

from pages.shared.notices import current
from pages.shared.scale.page import weigh

weigh(current(st.session_state["request"]))
