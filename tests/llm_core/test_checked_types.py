"""The annotations of llm_core are checked while the tests run, by the import hook in tests/conftest.py."""

from __future__ import annotations

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from llm_core.heads.captions import describe_link
from llm_core.numbers import percent
from llm_core.recording.masks import MaskRecord, causal_mask, compact_mask


def test_an_array_with_an_axis_too_few_is_no_mask():
    with pytest.raises(TypeCheckError, match=r"llm_core\.recording\.masks\.compact_mask"):
        compact_mask(np.ones(3, bool))


def test_an_array_of_other_numbers_is_no_attention():
    with pytest.raises(TypeCheckError, match="parameter 'weights'"):
        describe_link(np.ones((1, 2, 2)), (), (), self_attention=True)


def test_two_arrays_of_a_record_that_name_the_same_axis_are_as_long_as_one_another():
    with pytest.raises(TypeCheckError, match="parameter 'end'"):
        MaskRecord(np.zeros(2, np.int32), np.zeros(3, np.int32), np.ones(4, bool))


def test_rows_of_a_mask_are_an_array_or_a_slice():
    with pytest.raises(TypeCheckError, match="parameter 'queries'"):
        causal_mask(3, 3).rows([0, 1])


def test_a_whole_number_is_a_float_as_everywhere_in_python():
    assert percent(1) == "100.0 %"


def test_a_test_that_asks_for_it_may_hand_over_what_the_annotations_forbid(unchecked_types):
    with pytest.raises(AttributeError):
        compact_mask("no array")
