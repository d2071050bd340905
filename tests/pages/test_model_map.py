"""The model map through the app's own frame: on every page, without a model, and what a click in it does."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import llm_core
from llm_core.measures.model_map import model_map
from llm_core.samples import TEXT, sample, sample_map
from pages.shared import looking
from pages.shared.asking import facts_of, is_loaded
from pages.shared.model_map import known
from pages.shared.model_map.packet import map_packet, table
from pages.shared.traces import TraceRequest

ROOT = Path(__file__).parents[2]
PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "pages").glob("*/*.py") if "shared" not in path.parts)
TIMEOUT = 180


def header_of(packet):
    length = int.from_bytes(packet[:4], "little")
    return json.loads(packet[4 : 4 + length])


def maps(app):
    """Packets of the maps in the sidebar."""
    return [
        header_of(part.proto.bytes)
        for part in app.sidebar.get("bidi_component")
        if part.proto.component_name == "attention_explorer_model_map"
    ]


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)


@pytest.mark.parametrize("page", PAGES)
def test_the_map_is_on_every_page(app, page):
    app.switch_page(page).run()
    assert not app.exception, app.exception
    (drawn,) = maps(app)
    assert (drawn["name"], drawn["total"]) == ("minilm-l6-mlm", 22_744_506)
    assert drawn["page"] == ("" if page.endswith("whole_model.py") else Path(page).stem)


def test_the_map_of_a_shipped_model_asks_for_nothing(app, monkeypatch):
    def refuse(*_):
        raise AssertionError("something was asked for")

    monkeypatch.setattr(known, "look", refuse)
    app.run()
    assert len(maps(app)) == 1


def test_a_model_has_its_map_once_it_is_loaded(tiny_folder):
    request = TraceRequest(str(tiny_folder("bart")), "The cat")
    if not is_loaded(request.model):
        assert known.known_map(request) is None
    facts = facts_of(request.model)
    drawn = waited_for(request)
    assert (drawn.name, drawn.family) == (facts.name, facts.family)


def test_a_model_whose_map_fails_has_none_and_says_nothing(tiny_folder, monkeypatch):
    request = TraceRequest(str(tiny_folder("gpt2")), "The cat")
    facts_of(request.model)
    with monkeypatch.context() as broken:
        for error in (RuntimeError("an error inside a library"), llm_core.TextError("a sentence")):

            def failing(*_, error=error):
                raise error

            broken.setattr(known, "look", failing)
            assert known.known_map(request) is None
    assert waited_for(request) is not None, "a failure must not be kept"


def waited_for(request):
    """The map of a loaded model, asked for until it is there."""
    deadline = time.monotonic() + TIMEOUT
    while (drawn := known.known_map(request)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return drawn


def test_a_message_is_small():
    for name in ("minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr"):
        assert len(map_packet(sample_map(name), "attention")) < 800


def test_unlike_layers_are_sent_one_by_one_and_like_ones_once(tiny):
    model = tiny("t5")
    drawn = model_map(model, llm_core.trace(model, "cat", "chat"))
    encoder, decoder = header_of(map_packet(drawn, ""))["stacks"]
    assert [run[0] for run in encoder["layers"]] == [1, 1]
    assert [run[0] for run in decoder["layers"]] == [1, 2]


@pytest.mark.parametrize("name", ["minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr"])
def test_the_table_adds_up(name):
    rows = table(sample_map(name))
    numbers = [int(count.replace(",", "")) for count in rows["parameters"]]
    assert sum(numbers[:-1]) == numbers[-1] == sample_map(name).total
    assert rows["share"][-1] == "100.0 %"


def test_the_model_in_numbers_opens_with_the_table(app):
    app.run()
    button = next(button for button in app.sidebar.button if button.label == "The model in numbers")
    button.click().run()
    assert not app.exception, app.exception
    assert any("22.7 M parameters" in said.value for said in app.markdown)
    tables = [list(frame.value["block"]) for frame in app.dataframe if "block" in frame.value]
    assert any("attention" in blocks for blocks in tables), "the page's own table names its blocks otherwise"


def test_a_place_asked_for_is_looked_at_and_checked(monkeypatch):
    state, address = {}, {}

    class Address(dict):
        def get_all(self, name):
            value = self.get(name, [])
            return value if isinstance(value, list) else [value]

    monkeypatch.setattr(looking.st, "session_state", state)
    monkeypatch.setattr(looking.st, "query_params", Address(address))
    trace = sample("t5-mini-en-fr", TEXT)
    first = looking.looking_at(trace)
    looking.ask_to_look("decoder", 3, 5)
    there = looking.looking_at(trace)
    assert (there.stack, there.layer, there.heads) == ("decoder", 3, (5,))
    assert looking.looking_at(trace) == there
    looking.ask_to_look("decoder", 1)
    assert (looking.looking_at(trace).layer, looking.looking_at(trace).heads) == (1, (5,))
    for nonsense in (("nowhere", 0, 0), ("decoder", 99, 99), (None, None, None), ([], {}, "x")):
        looking.ask_to_look(*nonsense)
        assert looking.looking_at(trace).layer in trace.layers("decoder")
    assert first.stack == "cross"
