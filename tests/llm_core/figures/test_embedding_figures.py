"""Pictures of the Embeddings page by their numbers."""

from __future__ import annotations

import re
from dataclasses import fields

import numpy as np
import pytest

import llm_core
from llm_core.embeddings.neighbours import nearest_tokens
from llm_core.embeddings.point_cloud import PointCloud, cloud_of_texts
from llm_core.embeddings.point_projections import project
from llm_core.embeddings.position_records import PositionTable, RotaryAngles, sinusoids
from llm_core.embeddings.positions import position_codes
from llm_core.embeddings.sentence_vectors import SentenceVectors, sentence_vectors
from llm_core.embeddings.token_table import token_table, vector_of, word_pieces
from llm_core.embeddings.word_contexts import word_in_contexts
from llm_core.figures.context_view import curves_figure, gaps_figure
from llm_core.figures.labels import place_labels
from llm_core.figures.lens_view import answer_figure, lens_figure
from llm_core.figures.nearness_view import neighbours_figure, sentences_figure, sum_figure
from llm_core.figures.palette import DARK, LIGHT, blend, contrast, readable
from llm_core.figures.points import MOST_LABELS, PointsStyle, points_figure
from llm_core.figures.position_view import (
    agreement_figure,
    bias_figure,
    clocks_figure,
    similarity_figure,
    table_figure,
)
from llm_core.lens.logit_lens import logit_lens
from llm_core.numbers import decimal

TEXT = "The cat sat on the mat because it was tired."


def cloud_and_places(model, dimensions=2):
    cloud = cloud_of_texts([llm_core.trace(model, TEXT), llm_core.trace(model, "The cat sat.")], "encoder")
    return cloud, cloud.by_layer(project(cloud.rows(unit_length=True, centre_layers=True), "pca", dimensions))


def many(count, groups=1):
    chooser = np.random.default_rng(0)
    return PointCloud(
        vectors=chooser.normal(size=(1, count, 8)).astype(np.float32),
        labels=tuple(f"w{place}" for place in range(count)),
        groups=np.arange(count) % groups,
        group_names=tuple(f"g{group}" for group in range(groups)),
        positions=np.arange(count),
        ids=np.arange(count),
    )


def colours_of(figure) -> set[str]:
    return {colour.upper() for colour in re.findall(r"#[0-9a-fA-F]{6}", figure.to_json())}


def palette_of(theme) -> set[str]:
    named = {getattr(theme, field.name) for field in fields(theme) if field.name not in ("name", "heads")}
    return {colour.upper() for colour in named | set(theme.heads)}


def test_each_frame_holds_one_layer_of_the_same_projection(minilm):
    cloud, places = cloud_and_places(minilm)
    figure = points_figure(places, cloud, 3, PointsStyle(LIGHT, "encoder", "group"))
    assert len(figure.frames) == 7
    first = np.flatnonzero(cloud.groups == 0)
    np.testing.assert_allclose(figure.data[0].x, places[3, first, 0], rtol=1e-6)
    for layer, frame in enumerate(figure.frames):
        np.testing.assert_allclose(frame.data[0]["y"], places[layer, first, 1], rtol=1e-6)
        assert [len(trace["x"]) for trace in frame.data] == [len(trace.x) for trace in figure.data]
    low, high = figure.layout.xaxis.range
    assert low <= places[..., 0].min()
    assert high >= places[..., 0].max()


def test_playing_comes_back_to_the_layer_it_began_at(minilm):
    cloud, places = cloud_and_places(minilm)
    figure = points_figure(places, cloud, 3, PointsStyle(LIGHT, "encoder", "group"))
    play, stop = figure.layout.updatemenus[0].buttons
    assert list(play.args[0]) == [*map(str, range(7)), "3"]
    assert list(stop.args[0]) == ["3"]


def test_all_layers_at_once_join_each_points_way(minilm):
    cloud, places = cloud_and_places(minilm)
    figure = points_figure(places, cloud, 0, PointsStyle(LIGHT, "encoder", "layer"))
    paths, layers = figure.data[0], figure.data[1]
    np.testing.assert_allclose(paths.x[:7], places[:, 0, 0], rtol=1e-6)
    assert np.isnan(paths.x[7])
    assert layers.marker.color.tolist() == np.repeat(np.arange(7), len(cloud.labels)).tolist()


@pytest.mark.parametrize("dimensions", [2, 3])
def test_what_is_searched_for_stands_out(minilm, dimensions):
    cloud, places = cloud_and_places(minilm, dimensions)
    style = PointsStyle(LIGHT, "encoder", "position", frozenset({2}))
    found = points_figure(places, cloud, 0, style).data[-1]
    assert found.name == "found"
    np.testing.assert_allclose(found.x, places[0, [2], 0], rtol=1e-6)
    assert list(found.text) == ["cat"]


def test_ten_thousand_points_go_to_the_graphics_card_without_labels():
    cloud = many(10_000)
    figure = points_figure(cloud.vectors[:, :, :2], cloud, 0, PointsStyle(LIGHT, "encoder", "frequency"))
    assert figure.data[0].type == "scattergl"
    assert figure.data[0].mode == "markers"
    assert len(figure.data[0].x) == 10_000
    np.testing.assert_array_equal(figure.data[0].marker.color, cloud.ids)


def test_few_points_are_labelled_and_groups_told_by_shape_as_well():
    cloud = many(MOST_LABELS, groups=3)
    figure = points_figure(cloud.vectors[:, :, :2], cloud, 0, PointsStyle(LIGHT, "encoder", "group"))
    shown = figure.data[:3]
    assert len({trace.marker.symbol for trace in shown}) == 3
    assert len({trace.marker.color for trace in shown}) == 3
    assert sum(bool(text) for trace in shown for text in trace.text) > MOST_LABELS / 2


def test_labels_that_would_lie_on_each_other_stand_apart_or_are_left_out():
    points = np.array([[0.5, 0.5], [0.5, 0.5001], [0.9, 0.9]], np.float32)
    texts, sides = place_labels(points, ["one", "two", "three"], np.zeros(2), np.ones(2))
    assert texts == ["one", "two", "three"]
    assert sides[0] != sides[1]
    crowd, _ = place_labels(np.full((9, 2), 0.5, np.float32), list("abcdefghi"), np.zeros(2), np.ones(2))
    assert crowd[0] == "a"
    assert "" in crowd
    assert place_labels(np.zeros((0, 2), np.float32), [], np.zeros(2), np.ones(2)) == ([], [])


def test_hostile_labels_are_no_markup():
    cloud = PointCloud(
        vectors=np.zeros((1, 1, 2), np.float32),
        labels=("<b>&",),
        groups=np.zeros(1, int),
        group_names=("<i>",),
        positions=np.zeros(1, int),
        ids=np.zeros(1, int),
    )
    figure = points_figure(np.zeros((1, 1, 2), np.float32), cloud, 0, PointsStyle(LIGHT, "encoder", "group"))
    assert "<b>&" not in str(figure.data[0].text)
    assert "&lt;b&gt;&amp;" in figure.data[0].hovertext[0]


def test_the_lens_grid_holds_the_likeliest_tokens(tiny):
    model = tiny("gpt2")
    lens = logit_lens(model, llm_core.trace(model, TEXT))
    figure = lens_figure(lens, theme=DARK, column=1)
    np.testing.assert_array_equal(figure.data[0].z, lens.probabilities[:, :, 0])
    words = np.array(figure.data[1].text).reshape(lens.answer_ranks.shape)
    assert words[-1, 2] == lens.words[int(lens.answers[2])].label[:12]
    assert figure.layout.xaxis.tickvals == tuple(range(len(lens.tokens)))
    assert figure.layout.shapes[0].x0 == 0.5
    ranks = answer_figure(lens, 2, theme=DARK).data[0]
    np.testing.assert_array_equal(ranks.y, lens.answer_ranks[:, 2])


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_words_on_every_shade_can_be_read(theme):
    for full in (theme.encoder, theme.decoder, theme.negative):
        for share in np.linspace(0, 1, 21):
            ground = blend(theme.background, full, float(share))
            assert contrast(readable(theme, ground), ground) >= 3.9


def test_blending_by_hand():
    assert blend("#000000", "#FFFFFF", 0.0) == "#000000"
    assert blend("#000000", "#FF8000", 0.5) == "#804000"


def test_neighbours_are_bars_in_order_with_their_lengths(minilm):
    table = token_table(minilm)
    found = nearest_tokens(table, vector_of(table, word_pieces(minilm, "cat")), 8)
    figure = neighbours_figure(found, 1.1, "encoder", theme=LIGHT)
    np.testing.assert_array_equal(figure.data[0].x, found.cosine)
    np.testing.assert_array_equal(figure.data[1].x, found.norms)
    assert figure.layout.yaxis.ticktext == found.labels
    by_product = nearest_tokens(table, vector_of(table, word_pieces(minilm, "cat")), 8, measure="dot")
    np.testing.assert_array_equal(neighbours_figure(by_product, 1.1, "encoder", theme=LIGHT).data[0].x, by_product.dot)


def test_sentences_are_a_grid_of_cosines(minilm):
    made = sentence_vectors(minilm, ["A cat sleeps.", "A dog barks.", "Rain falls."])
    figure = sentences_figure(made, "encoder", theme=LIGHT)
    np.testing.assert_array_equal(figure.data[0].z, made.similarities)
    assert figure.data[1].text[1] == decimal(made.similarities[0, 1], 2)


def test_two_hundred_sentences_are_a_grid_no_taller_than_a_screen_whose_names_do_not_overlap():
    chooser = np.random.default_rng(0)
    sentences = tuple(f"sentence {place}" for place in range(200))
    made = SentenceVectors("m", sentences, chooser.normal(size=(200, 8)).astype(np.float32), "mean", stated=True)
    figure = sentences_figure(made, "encoder", theme=LIGHT)
    assert figure.data[0].z.shape == (200, 200)
    assert len(figure.data) == 1
    assert figure.layout.height <= 1000
    assert len(figure.layout.yaxis.tickvals) * 18 <= figure.layout.height
    assert figure.layout.yaxis.ticktext[1].startswith("5  sentence 4") or figure.layout.yaxis.tickvals[1] == 4
    assert len(figure.to_json()) < 6_000_000


def test_more_groups_than_colours_and_shapes_have_no_legend():
    some, many_ = many(48, groups=24), many(50, groups=25)
    shown = points_figure(some.vectors[:, :, :2], some, 0, PointsStyle(LIGHT, "encoder", "group"))
    hidden = points_figure(many_.vectors[:, :, :2], many_, 0, PointsStyle(LIGHT, "encoder", "group"))
    assert shown.layout.showlegend
    assert not hidden.layout.showlegend
    assert hidden.layout.height < shown.layout.height


def test_the_arrows_of_a_sum_join_its_points():
    places = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.1, 1]], np.float32)
    figure = sum_figure(places, ["king", "man", "woman", "the sum", "queen"], [(0, 3), (1, 2)], 3, [4], theme=LIGHT)
    assert [(arrow.ax, arrow.ay, arrow.x, arrow.y) for arrow in figure.layout.annotations] == [
        (0, 0, 0, 1),
        (1, 0, 1, 1),
    ]
    assert list(figure.data[0].text) == ["king", "man", "woman"]


def test_context_curves_are_the_records(tiny):
    made = word_in_contexts(tiny("bert"), "cat", {"a": ["the cat sat", "a cat"], "b": ["it was a cat", "cat on mat"]})
    figure = curves_figure(made, theme=LIGHT)
    by_name = [(trace.name, trace.y) for trace in figure.data if trace.name != "gap"]
    raw, centred = made.curves(centred=False), made.curves(centred=True)
    expected = [raw.same, raw.different, raw.random, centred.same, centred.different, centred.random]
    for (_, drawn), wanted in zip(by_name, expected, strict=True):
        np.testing.assert_array_equal(drawn, wanted)
    assert f"{centred.gap.max():.2f}" in figure.layout.annotations[1].text
    alone = curves_figure(made, [True], theme=LIGHT)
    assert len(alone.data) == 4
    assert [title.text.partition(":")[0] for title in alone.layout.annotations] == ["centred"]
    assert alone.layout.xaxis.domain == (0, 1)
    np.testing.assert_array_equal(gaps_figure({"m": made}, theme=LIGHT).data[0].y, centred.gap)


def test_clock_hands_point_where_the_angles_say():
    angles = RotaryAngles("decoder", "", np.array([1.0, 0.01], np.float32))
    figure = clocks_figure(angles, 5, 2, theme=LIGHT)
    query, key = figure.data[1], figure.data[2]
    assert query.x[1] == pytest.approx(0.95 * np.cos(5), abs=1e-5)
    assert key.y[1] == pytest.approx(0.72 * np.sin(2), abs=1e-5)
    curve = agreement_figure(angles, 3, theme=LIGHT).data[2]
    assert curve.y[3] == pytest.approx((np.cos(3) + np.cos(0.03)) / 2, abs=1e-5)


def test_biases_are_curves_by_distance(translator):
    encoder = position_codes(translator)[0]
    figure = bias_figure(encoder, [0, 5], theme=LIGHT)
    assert [trace.name for trace in figure.data] == ["0", "5"]
    np.testing.assert_array_equal(figure.data[1].y, encoder.bias[5])
    np.testing.assert_array_equal(figure.data[1].x, encoder.distances)


def test_position_tables_are_drawn_as_they_are():
    table = PositionTable("encoder", sinusoids(200, 16), learned=False)
    np.testing.assert_array_equal(table_figure(table.vectors, "t", theme=LIGHT).data[0].z, table.vectors[:128])
    similar = similarity_figure(table, "t", theme=LIGHT).data[0].z
    assert similar.shape == (128, 128)
    assert similar[3, 3] == pytest.approx(1)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_no_picture_names_a_colour_of_its_own(theme, minilm, tiny):
    cloud, places = cloud_and_places(minilm)
    lens = logit_lens(tiny("gpt2"), llm_core.trace(tiny("gpt2"), "The cat"))
    pictures = [
        points_figure(places, cloud, 0, PointsStyle(theme, "encoder", colouring))
        for colouring in ("group", "position", "layer", "frequency")
    ]
    pictures += [lens_figure(lens, theme=theme), answer_figure(lens, 0, theme=theme)]
    table = PositionTable("encoder", sinusoids(20, 16), learned=False)
    pictures += [table_figure(table.vectors, "t", theme=theme), similarity_figure(table, "t", theme=theme)]
    for figure in pictures:
        assert colours_of(figure) <= palette_of(theme)
