"""BertViz's pages carry everything they need, the trace's weights, and no token that could run."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import llm_core
from llm_core.figures.classic import MOST_TOKENS, classic_page
from llm_core.figures.palette import DARK, LIGHT

TEXT = "The cat sat on the mat because it was tired."


def parameters(page):
    """The JSON that BertViz put into its script."""
    start = re.search(r"const params = ", page).end()
    return json.JSONDecoder().raw_decode(page[start:])[0]


@pytest.mark.parametrize("view", ["head", "model"])
@pytest.mark.parametrize(("name", "stack"), [("bert", "encoder"), ("llama", "decoder"), ("t5", "cross")])
def test_the_page_holds_the_layers_weights_and_tokens(tiny, view, name, stack):
    trace = llm_core.trace(tiny(name), TEXT, "le chat" if name == "t5" else None)
    page = classic_page(trace, stack, 1, view, theme=LIGHT)
    data = parameters(page)
    block = data["attention"][0]
    np.testing.assert_allclose(np.array(block["attn"])[0], trace.attention(stack, 1), atol=1e-6)
    assert block["left_text"] == [token.label for token in trace.query_tokens(stack)]
    assert block["right_text"] == [token.label for token in trace.key_tokens(stack)]
    assert data["include_layers"] == [1]


@pytest.mark.parametrize("view", ["head", "model"])
def test_nothing_is_loaded_from_elsewhere(tiny, view):
    page = classic_page(llm_core.trace(tiny("bert"), TEXT), "encoder", 0, view, theme=DARK)
    assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page) == []


def test_no_token_can_end_the_script(smollm2):
    trace = llm_core.trace(smollm2, "</script><script>alert(1)</script> \ue000")
    page = classic_page(trace, "decoder", 0, "head", theme=LIGHT)
    clean = classic_page(llm_core.trace(smollm2, TEXT), "decoder", 0, "head", theme=LIGHT)
    assert page.lower().count("</script") == clean.lower().count("</script")
    assert "".join(parameters(page)["attention"][0]["left_text"]).startswith("</script><script>alert(")


def test_long_texts_are_refused_with_what_to_do(tiny):
    trace = llm_core.trace(tiny("t5"), "cat " * MOST_TOKENS, "le chat")
    with pytest.raises(llm_core.SelectionError, match="Use the matrix or the lines"):
        classic_page(trace, "encoder", 0, "head", theme=LIGHT)
