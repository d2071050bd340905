"""Learn / Lessons: the theory in eleven short lessons, each on a live picture with questions answered by looking."""

import streamlit as st

from pages.shared.lessons.page import teach
from pages.shared.notices import current

teach(current(st.session_state["request"]))
