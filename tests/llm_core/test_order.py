"""The largest of many numbers, against sorting all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from llm_core.order import largest


@given(arrays(np.float32, array_shapes(max_dims=3, max_side=12), elements=st.integers(-3, 3)), st.integers(0, 15))
def test_the_largest_come_first_and_of_equal_ones_the_first(values, count):
    sorted_out = np.argsort(-values, axis=-1, kind="stable")[..., :count]
    assert np.array_equal(largest(values, count), sorted_out)


@pytest.mark.parametrize("values", [[0.0, -np.inf, 3.0, -np.inf], [-np.inf, -np.inf]])
def test_what_is_ruled_out_comes_last(values):
    places = largest(np.array(values), len(values)).tolist()
    assert places == np.argsort(-np.array(values), kind="stable").tolist()
