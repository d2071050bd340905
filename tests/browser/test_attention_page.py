"""What a visitor sees and can do on the Attention page, in a real browser."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

import llm_core
from llm_core.examples import EXAMPLES
from llm_core.figures.palette import DARK, LIGHT
from llm_core.samples import TEXT
from tests.browser.attention_view import at_cell, cells, chosen_heads, colours, headline, ready, rgb, settled, view


def test_the_first_picture_is_there_and_answers_the_question(visit):
    page = visit()
    expect(headline(page)).to_contain_text("“it” looks most at “cat”")
    root = view(page)
    expect(root.locator(".query-list .token.locked")).to_have_text("it")
    assert rgb(LIGHT.query) in colours(root.locator(".lines"))
    assert rgb(LIGHT.key) in colours(root.locator(".lines"))


def test_what_is_drawn_are_the_weights_of_the_trace(visit, minilm):
    page = visit(model="minilm-l6", layer="3", head="2")
    ready(page, "encoder 3 2")
    expected = llm_core.trace(minilm, TEXT).attention("encoder", 3, [2])[0]
    assert cells(page) == pytest.approx(expected.ravel().tolist(), abs=1e-4)


def test_what_a_decoder_cannot_see_is_hatched(visit):
    page = visit(model="smollm2-135m")
    ready(page, "decoder")
    model = view(page).evaluate(
        "root => [...root.view.model.byHead.get(root.view.choice.heads[0]).cells].map(value => value === 65535)"
    )
    count = round(len(model) ** 0.5)
    closed = [row < column for row in range(count) for column in range(count)]
    assert model == closed
    hatched = colours(view(page).locator(".matrix canvas").first)
    assert any(all(abs(a - b) < 12 for a, b in zip(colour, rgb(LIGHT.hatch), strict=True)) for colour in hatched)


def test_hovering_a_cell_names_both_tokens_and_the_weight(visit):
    page = visit()
    settled(page)
    page.mouse.move(*at_cell(page, 8, 2))
    tip = view(page).locator(".tooltip")
    expect(tip).to_contain_text("“it” [8] → “cat” [2]")
    expect(tip).to_contain_text(re.compile(r"Head \d+: \d+\.\d %"))


def test_hovering_a_token_shows_its_attention_and_leaving_restores(visit):
    page = visit(layer="0", head=["2"], token="all")
    settled(page)
    root = view(page)
    assert root.locator(".item.dim").count() == 0
    root.locator(".query-list .token").nth(5).hover()
    expect(root.locator(".query-list .item.dim")).to_have_count(12)
    shares = [text for text in root.locator(".key-list .share").all_inner_texts() if text]
    assert sum(float(text.split()[0]) for text in shares) <= 100.5
    page.mouse.move(2, 2)
    expect(root.locator(".item.dim")).to_have_count(0)


def test_what_a_token_gets_from_several_heads_is_their_mean_in_tooltip_and_headline(visit):
    page = visit(layer="3", head=["0", "1", "2"])
    settled(page)
    token = view(page).locator(".query-list .token", has_text=re.compile("^was$"))
    token.hover()
    told = view(page).locator(".tooltip")
    expect(told).to_contain_text("the mean of 3 heads")
    share = re.search(r"\d+\.\d %", told.inner_text())[0]
    token.click()
    expect(headline(page)).to_contain_text(f"“was” looks most at “cat” ({share})")


def test_a_click_locks_a_token_the_url_says_so_and_escape_frees_it(visit):
    page = visit()
    settled(page)
    view(page).locator(".query-list .token", has_text=re.compile("^tired$")).click()
    expect(headline(page)).to_contain_text("“tired” looks most at")
    page.wait_for_url("**token=10*")
    view(page).locator(".query-list").focus()
    page.keyboard.press("Escape")
    page.wait_for_url("**token=all*")
    expect(view(page).locator(".token.locked")).to_have_count(0)


def test_a_click_toggles_a_head_and_a_double_click_isolates_it_and_restores(visit):
    page = visit(layer="5", head=["3", "11"])
    ready(page, "encoder 5 3,11")
    root = view(page)
    root.get_by_role("button", name="Head 7", exact=True).click()
    ready(page, "encoder 5 3,7,11")
    root.get_by_role("button", name="Head 3", exact=True).click()
    ready(page, "encoder 5 7,11")
    root.get_by_role("button", name="Head 7", exact=True).dblclick()
    ready(page, "encoder 5 7 ")
    assert chosen_heads(page) == ["7"]
    page.wait_for_timeout(700)
    root.get_by_role("button", name="Head 7", exact=True).dblclick()
    ready(page, "encoder 5 7,11")
    assert chosen_heads(page) == ["7", "11"]


def test_a_head_that_has_come_is_drawn_without_the_server(visit):
    page = visit(layer="5", head="3")
    ready(page, "encoder 5 3")
    root = view(page)
    page.wait_for_function("root => root.view.model.complete", arg=root.element_handle())
    root.evaluate("root => { root.view.send = () => {}; }")
    root.get_by_role("button", name="Head 7", exact=True).click()
    ready(page, "encoder 5 3,7 ")
    expect(root.locator(".matrix canvas").first).to_have_attribute("aria-label", re.compile("heads 3, 7"))


def test_an_answer_to_an_older_choice_changes_nothing_and_the_last_one_rules(visit):
    page = visit(layer="5", head="3")
    ready(page, "encoder 5 3")
    settled(page)
    answered = """(root, [number, heads]) => {
        const { view } = root;
        view.shelf.take = () => ({ answer: { ...view.choice, ...view.locked, heads, number }, another: false });
        view.load(new Uint8Array(8), () => {});
        delete view.shelf.take;
        return view.choice.heads;
    }"""
    root = view(page)
    last = root.evaluate(
        "root => { root.view.send = () => {}; root.view.choose({ heads: [7] }); return root.view.number; }"
    )
    assert root.evaluate(answered, [last - 1, [2]]) == [7]
    assert root.evaluate(answered, [last, [2]]) == [2]


def test_after_clicks_one_upon_another_picture_headline_and_address_agree_and_the_rest_follows(visit):
    page = visit(layer="5", head="3", token="all")
    ready(page, "encoder 5 3")
    root = view(page)
    root.evaluate(
        """root => {
            const alone = new MouseEvent("click", { bubbles: true, shiftKey: true });
            const press = (head) => root.querySelector(`button[data-head="${head}"]`).dispatchEvent(alone);
            [1, 2, 4, 8, 9].forEach(press);
            for (const time of [1, 2]) root.querySelector("button[aria-label='Layer before']").click();
            press(11);
        }"""
    )
    ready(page, "encoder 3 11 ")
    expect(headline(page)).to_contain_text("In layer 3, head 11,")
    page.wait_for_url(re.compile("layer=3&head=11"))
    expect(page.get_by_role("button", name="Switch layer 3, head 11 off")).to_be_visible()
    assert root.evaluate("root => [root.view.waiting, root.view.answered === root.view.number]") == [False, True]


def test_the_keyboard_stays_on_the_head_it_has_switched(visit):
    page = visit(layer="5", head="3")
    ready(page, "encoder 5 3")
    settled(page)
    button = view(page).get_by_role("button", name="Head 7", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(headline(page)).to_contain_text("the mean of 2 heads")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(headline(page)).to_contain_text("head 3")


def test_the_last_head_cannot_be_switched_off_the_screen(visit):
    page = visit(layer="5", head="4")
    ready(page, "encoder 5 4")
    view(page).get_by_role("button", name="Head 4", exact=True).click()
    page.wait_for_timeout(500)
    assert chosen_heads(page) == ["4"]


def test_the_keyboard_reaches_every_token_and_cell(visit):
    page = visit(token="all")
    settled(page)
    root = view(page)
    root.locator(".query-list").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(root.locator("[aria-live=polite].visually-hidden")).to_contain_text("“the” [1] looks most at")
    page.keyboard.press("Enter")
    expect(root.locator(".query-list .token.locked")).to_have_count(1)
    root.locator(".matrix canvas").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**key=*")


def test_layers_and_heads_change_the_picture_and_a_link_brings_it_back(visit):
    page = visit()
    settled(page)
    root = view(page)
    root.get_by_role("button", name="All", exact=True).click()
    expect(headline(page)).to_contain_text("the mean of 12 heads")
    root.get_by_role("button", name="Layer before").click()
    expect(headline(page)).to_contain_text("In layer 2")
    ready(page, "encoder 2 0,1,2,3,4,5,6,7,8,9,10,11")
    sentence = headline(page).inner_text()
    again = visit()
    again.goto(page.url)
    expect(headline(again)).to_have_text(sentence)


@pytest.mark.parametrize("tokens", [300, 1024])
def test_long_texts_are_pooled_zoomed_and_say_what_is_left_out(visit, tokens):
    page = visit(
        model="smollm2-135m", text="The cat sat on the mat and looked at the sea. " * (tokens // 11), token="all"
    )
    ready(page, "decoder")
    root = view(page)
    expect(root.get_by_text(re.compile(r"the 300 strongest of [\d,]+ links; they carry"))).to_be_visible()
    expect(root.get_by_text(re.compile("each cell shows the largest weight of"))).to_be_visible()
    (x0, y0), (x1, y1) = at_cell(page, 40, 10), at_cell(page, 54, 24)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=4)
    page.mouse.up()
    page.wait_for_url("**rows=*")
    expect(root.locator(".tooltip")).to_be_hidden()
    expect(headline(page)).to_contain_text("among the tokens shown")
    expect(root.locator(".matrix .map")).to_be_visible()
    page.wait_for_function("root => root.view.model.block === 1", arg=root.element_handle())
    root.get_by_role("button", name="Whole text").click()
    expect(root.locator(".matrix .map")).to_be_hidden()


def test_a_text_of_ones_own_is_traced(visit):
    page = visit()
    settled(page)
    page.get_by_role("textbox", name="Text").fill("The old teacher thanked her students because they helped.")
    page.get_by_role("button", name="Run the model").click()
    view(page).locator(".query-list .token", has_text="teacher").wait_for()
    assert "teacher" in page.url


def test_an_example_is_one_click(visit):
    page = visit()
    settled(page)
    example = EXAMPLES[1]
    page.get_by_role("button", name=example.question).click()
    expect(headline(page)).to_contain_text(f"“{example.word}” looks most at “{example.finds}”")


@pytest.mark.parametrize(("kind", "most"), [("head view", "svg text"), ("model view", "svg")])
def test_bertviz_draws_offline(visit, kind, most):
    page = visit()
    settled(page)
    page.get_by_text("The same in BertViz").click()
    page.get_by_text(kind, exact=True).click()
    frame = page.frame_locator("iframe")
    frame.locator("#vis svg").first.wait_for()
    assert frame.locator(f"#vis {most}").count() > (20 if kind.startswith("head") else 0)
    assert frame.locator("#vis line, #vis path").count() > 12


def test_tokens_cannot_run_scripts(visit):
    text = "</script><script>window.top.hacked=1</script><img src=x onerror=window.top.hacked=1> & <b>bold</b>"
    page = visit(text=text)
    settled(page)
    expect(view(page).locator(".query-list .token", has_text="bold").first).to_be_visible()
    for kind in ("head view", "model view"):
        if kind == "head view":
            page.get_by_text("The same in BertViz").click()
        page.get_by_text(kind, exact=True).click()
        page.frame_locator("iframe").locator("#vis svg").first.wait_for()
        settled(page)
        assert page.evaluate("window.hacked") is None


def test_dark_is_dark_and_light_is_light(visit):
    for dark, theme in ((False, LIGHT), (True, DARK)):
        page = visit(dark=dark)
        settled(page)
        background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        assert tuple(map(int, re.findall(r"\d+", background)[:3])) == rgb(theme.background)
        seen = colours(view(page).locator(".lines"))
        assert rgb(theme.background) in seen
        assert rgb(theme.key) in seen


def test_a_phone_scrolls_only_down(visit):
    for heads in (["11"], [str(head) for head in range(12)]):
        page = visit(phone=True, layer="5", head=heads)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for part in (".lines", ".matrix"):
            box = view(page).locator(part).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390


def test_bad_input_is_a_sentence_and_no_traceback(visit):
    for parameters in ({"model": "no such model!"}, {"text": " "}, {"model": "/"}, {"text": "word " * 700}):
        page = visit(**parameters)
        expect(page.get_by_role("alert").first).to_be_visible()
        assert page.locator("[data-testid=stException]").count() == 0
        expect(headline(page)).to_contain_text("“it” looks most at “cat”")


def test_the_picture_and_its_numbers_can_be_saved(visit):
    page = visit()
    settled(page)
    for label, ending in (("PNG", ".png"), ("SVG", ".svg")):
        with page.expect_download() as download:
            view(page).get_by_role("button", name=label).click()
        assert download.value.suggested_filename.endswith(ending)
        content = download.value.path().read_bytes()
        assert content.startswith(b"\x89PNG" if label == "PNG" else b"<svg")
        assert label == "PNG" or b">cat<" in content
    page.get_by_text("Save this picture").click()
    for label, ending in (("HTML", ".html"), ("CSV", ".csv"), ("JSON", ".json")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        saved = download.value.path().read_text(encoding="utf-8")
        assert download.value.suggested_filename.endswith(ending)
        if ending == ".json":
            assert len(json.loads(saved)["attention"][0]) == 13


def test_the_saved_page_opens_without_a_server_and_answers_to_the_pointer(visit, browser, tmp_path):
    page = visit()
    settled(page)
    page.get_by_text("Save this picture").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML").click()
    saved = tmp_path / "saved.html"
    download.value.save_as(saved)
    context = browser.new_context()
    alone = context.new_page()
    errors: list[str] = []
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.goto(saved.as_uri())
    view(alone).locator(".query-list .token", has_text=re.compile("^tired$")).click()
    expect(view(alone).locator(".token.locked")).to_have_text("tired")
    assert errors == []
    context.close()
