"""A lesson's live picture: its headline, the picture of its kind, its numbers, and ways to save it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import llm_core
from llm_core.figures.palette import theme
from llm_core.lessons.records import Lesson
from pages.shared.lessons.evidence import Gathered
from pages.shared.lessons.pictures import heads, models, outputs, sizes, tokens, vectors
from pages.shared.lessons.scene import Scene
from pages.shared.literal import literal
from pages.shared.notices import Shown

logger = logging.getLogger(__name__)

DRAWN: Mapping[str, Callable[[Scene], None]] = {
    "tokens": tokens.draw,
    "vectors": vectors.draw_vectors,
    "scores": vectors.draw_scores,
    "positions": vectors.draw_positions,
    "attention": heads.draw_attention,
    "heads": heads.draw_heads,
    "feed_forward": sizes.draw_parts,
    "stream": vectors.draw_stream,
    "architectures": models.draw,
    "guess": outputs.draw,
    "sizes": sizes.draw_sizes,
}
"""What draws each kind of :data:`llm_core.lessons.pictures.PICTURES`."""


def draw_picture(shown: Shown, gathered: Gathered, lesson: Lesson, below: DeltaGenerator) -> None:
    """Draw it; what cannot be drawn of this model or text is said in its place.

    Args:
        shown: The trace and the model in use.
        gathered: The same with what is known of the model.
        lesson: Whose picture it is.
        below: Where its numbers and the ways to save it go.
    """
    with st.container(key=f"picture-{lesson.picture.kind}"):
        scene = Scene(shown, gathered, lesson, theme(st.context.theme.type), st.container(), below)
        try:
            DRAWN[lesson.picture.kind](scene)
        except llm_core.LlmCoreError as error:
            scene.say("This picture cannot be drawn here")
            st.info(literal(str(error)), icon=":material/info:")
        except Exception:
            logger.exception("The picture of lesson %s failed with %s", lesson.name, shown.request.model)
            scene.say("This picture could not be drawn")
            st.error("An error inside a library stopped it. Choose another text or model.", icon=":material/error:")
