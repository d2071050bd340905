"""The comparison of architectures through the app's own frame, and what it sends to the browser."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import llm_core
from llm_core.comparison.compared import Compared, compare_known
from llm_core.comparison.table import Side
from llm_core.comparison.word_similarity import words_across
from llm_core.engine.task import Task
from llm_core.progress import Progress
from llm_core.samples import MODELS, TEXT, sample, sample_profile
from pages.shared.asking import known
from pages.shared.comparison import panes as comparison_panes
from pages.shared.comparison.choices import TWO_SENTENCES, usual_models
from pages.shared.comparison.headline import headline
from pages.shared.comparison.packet import comparison_packet
from pages.shared.comparison.panes import Pane, PaneRequest, PaneStore
from pages.shared.components.architectures import architectures

ROOT = Path(__file__).parents[2]
TIMEOUT = 120


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.switch_page("pages/compare/architectures.py")
    return app


def drawn(app: AppTest) -> str:
    """The page's headline, after making sure that the page ran to its end."""
    assert not app.exception, app.exception
    headlines = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    assert len(headlines) == 1
    assert any(expander.label == "Save this comparison" for expander in app.main.expander)
    return headlines[0].replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


def unpacked(packet):
    """The header and arrays of a packet."""
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    arrays = {
        name: np.frombuffer(packet, told["dtype"], int(np.prod(told["shape"])), 4 + length + told["offset"]).reshape(
            told["shape"]
        )
        for name, told in header["arrays"].items()
    }
    return header, arrays


@pytest.fixture(scope="module")
def sides(compared) -> list[Side]:
    return [one.side for one in compared]


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    return [compare_known(name, sample(name, TEXT), sample_profile(name)) for name in MODELS]


@pytest.fixture(scope="module")
def packet(compared):
    panes = [Pane(PaneRequest(one.side.name, TEXT), one) for one in compared]
    return comparison_packet(panes, [one.side.name for one in compared], {"depth": 0.4})


def ready(store: PaneStore, request: PaneRequest) -> Pane:
    """A pane when it is made, or has failed."""
    for _ in range(1200):
        pane = store.ask(request)
        if not pane.working:
            return pane
        time.sleep(0.05)
    raise AssertionError("the pane was not made")


@pytest.fixture
def never_made(monkeypatch) -> list[Task]:
    """No pane is ever made; gives those that are no longer waited for."""
    left: list[Task] = []
    monkeypatch.setattr(comparison_panes, "look", lambda _: Progress(0.5, "Working"))
    monkeypatch.setattr(comparison_panes, "known", lambda _: None)
    monkeypatch.setattr(comparison_panes, "leave", left.append)
    return left


@pytest.mark.usefixtures("never_made")
def test_the_first_picture_needs_no_model_to_be_loaded(app):
    said = drawn(app.run())
    assert "smollm2-135m looks only back (0.0 % forward)" in said
    assert "the decoder of t5-mini-en-fr also looks at all 12 tokens of its source" in said


def test_the_usual_panes_are_one_of_each_family():
    specs = {spec.name: spec.family for spec in llm_core.catalog()}
    assert [specs[name] for name in usual_models()] == ["encoder", "decoder", "encoder-decoder"]


def test_models_and_texts_can_be_chosen(app, tiny_folder):
    folder = str(tiny_folder("gpt2"))
    app.query_params.update({"first": folder, "second": folder, "third": "none", "text2": "Another cat sat."})
    drawn(app.run())
    assert app.main.selectbox(key="third").value == "none"
    requests = [PaneRequest(folder, TEXT, (4, 7)), PaneRequest(folder, "Another cat sat.", (8, 11))]
    assert all(ready(comparison_panes.panes(), request).side is not None for request in requests)
    said = drawn(app.run())
    assert "(first text) and" in said
    assert "look only back" in said


def test_one_click_compares_two_sentences(app):
    app.run()
    next(button for button in app.main.button if button.label == "One model, two sentences").click().run()
    drawn(app)
    assert app.main.text_input(key="text2").value == TWO_SENTENCES[1]
    assert app.main.selectbox(key="first").value == app.main.selectbox(key="second").value
    next(button for button in app.main.button if button.label == "Three architectures").click().run()
    drawn(app)
    assert [app.main.selectbox(key=place).value for place in ("first", "second", "third")] == list(usual_models())


@pytest.mark.parametrize(
    "params",
    [
        {"first": "no such model!"},
        {"first": "../..", "second": "/", "third": "<script>"},
        {"text": " "},
        {"depth": "9999999999", "role": "king", "pair": "one", "word": "99 nothing", "text2": "  "},
        {"text": "?!", "text2": "🙂"},
    ],
)
def test_nonsense_leaves_the_page_standing(app, params):
    app.query_params.update(params)
    drawn(app.run())


def test_a_model_that_fails_says_why_and_leaves_the_others(tiny_folder, caplog):
    store = PaneStore()
    good = PaneRequest(str(tiny_folder("gpt2")), TEXT)
    bad = PaneRequest("no such model!", TEXT)
    long = PaneRequest(str(tiny_folder("gpt2")), "word " * 500)
    shown = [ready(store, request) for request in (good, bad, long)]
    assert [pane.side is not None for pane in shown] == [True, False, False]
    assert "no such model!" in shown[1].error
    assert shown[2].too_long
    header, _ = unpacked(comparison_packet(shown, ["good", "bad", "long"], {}))
    assert [bool(pane["error"]) for pane in header["panes"]] == [False, True, True]
    assert header["compared"] == [0]
    cut = ready(store, PaneRequest(long.model, long.text, truncate=True))
    assert cut.side.trace.tokens_cut > 0


def test_an_error_inside_the_library_is_a_sentence_and_not_tried_again_at_once(monkeypatch, tiny_folder):
    looked = []

    def broken(wanted):
        looked.append(wanted)
        raise ZeroDivisionError

    monkeypatch.setattr(comparison_panes, "look", broken)
    store, request = PaneStore(), PaneRequest(str(tiny_folder("gpt2")), TEXT)
    assert "because of an error inside the model's library" in ready(store, request).error
    assert ready(store, request).error
    assert len(looked) == 1
    monkeypatch.setattr(comparison_panes, "FORGIVEN_SECONDS", 0.0)
    assert ready(store, request).error
    assert len(looked) == 2


def test_a_pane_that_is_waited_for_no_longer_is_made_no_further(tiny_folder):
    store = PaneStore()
    request = PaneRequest(str(tiny_folder("gpt2")), f"{TEXT} {time.time()}")
    wanted = comparison_panes.pane_task(request)
    if store.ask(request).working:
        assert "Stopped" in store.ask(request, begin=False).error
        assert known(wanted) is None
    assert ready(store, request).side is not None
    assert store.ask(request, begin=False).side is not None


def test_waiting_can_be_stopped_and_taken_up_again(app, never_made):
    app.query_params["text"] = "Nobody has read this text before."
    app.run()
    assert not never_made
    app.main.button(key="stop").click().run()
    drawn(app)
    assert never_made
    assert not any(button.key == "stop" for button in app.main.button)
    app.main.button(key="go-on").click().run()
    drawn(app)
    assert app.main.button(key="stop")


def test_two_texts_of_one_model_are_compared_word_by_word(tiny_folder):
    folder = str(tiny_folder("bert"))
    shown = [ready(PaneStore(), PaneRequest(folder, text)) for text in ("the cat sat", "a cat")]
    header, arrays = unpacked(comparison_packet(shown, ["one", "other"], {}))
    assert header["panes"][1]["across"] == 0
    across = arrays["p1.across"]
    assert across.shape[1:] == (3, 2)
    own = [llm_core.trace(llm_core.load_model(folder), text) for text in ("the cat sat", "a cat")]
    assert across / 127 - 1 == pytest.approx(words_across(*own), abs=1 / 127)


def test_the_packet_holds_what_was_computed(packet, sides):
    header, arrays = unpacked(packet)
    for place, one in enumerate(sides):
        for stack in one.trace.stacks:
            overview = arrays[f"p{place}.{stack}.overview"]
            layer = one.trace.layers(stack)[-1]
            mean = one.trace.attention(stack, layer).mean(axis=0)
            visible = one.trace.mask(stack, layer).rows()
            assert overview[-1][visible] / 200 == pytest.approx(mean[visible], abs=1 / 200)
            assert (overview[-1][~visible] == 255).all()
            assert arrays[f"p{place}.{stack}.shares"].sum(axis=1) == pytest.approx(1, abs=1e-3)
    nearest = header["panes"][0]["stacks"][0]["nearest"]["previous token"]
    weights = sides[0].trace.attention("encoder", nearest["layer"], [nearest["head"]])[0]
    assert arrays[nearest["array"]] / 200 == pytest.approx(weights, abs=1 / 200)
    assert nearest["score"] == pytest.approx(np.diagonal(weights, -1).mean(), abs=1e-3)
    assert header["panes"][1]["stacks"][0]["nearest"]["next token"] is None
    assert header["pair"] == ["it", "cat"]
    assert len(header["texts"]) == 1
    assert sum(part["count"] for part in header["panes"][1]["parameters"]) == 134_515_008


def test_tokens_of_all_panes_share_the_numbers_of_their_pieces(packet):
    header, _ = unpacked(packet)
    links = []
    for pane in header["panes"]:
        token = next(token for token in pane["source"] if token["t"] == "tired")
        links.append(tuple(token["links"]))
    assert len(set(links)) == 1
    pieces = {link: text for text, link in header["texts"][0]["pieces"]}
    assert "".join(pieces[link] for link in links[0]) == "tired"


def test_a_written_word_points_at_the_word_it_was_written_for(packet):
    header, _ = unpacked(packet)
    pane = header["panes"][2]
    written = [token for token in pane["target"] if token["source"] is not None]
    aligned = {token["t"]: pane["source"][token["source"]]["t"] for token in written}
    assert aligned["chat"] == "cat"
    assert aligned["tapis"] == "mat"


def test_the_saved_page_is_whole(packet):
    page = architectures.page(packet, "a </title><script>alert(1)</script>", "dark")
    assert "<script>alert(1)" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert "components.architectures({" in page


def test_the_headline_tells_what_is_there(sides):
    assert headline([]) == "One text, read by different architectures"
    assert headline(sides[:1]) == "minilm-l6-mlm looks both ways."
    assert "smollm2-135m looks only back" in headline(sides[1:2])
