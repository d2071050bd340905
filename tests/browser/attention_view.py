"""Reading the head view and the grid of heads in a real browser."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Locator, Page


def headline(page: Page) -> Locator:
    return page.get_by_role("heading", level=4)


def view(page: Page) -> Locator:
    """The head view's root, once it has drawn."""
    root = page.locator(".ax[data-ready]").first
    root.wait_for()
    return root


def ready(page: Page, beginning: str) -> None:
    """Wait until the head view has drawn a choice, named "stack layer heads"."""
    page.locator(f".ax[data-ready^='{beginning}']").first.wait_for()


def settled(page: Page) -> None:
    view(page)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(300)


def chosen_heads(page: Page) -> list[str]:
    return view(page).locator("button.head[aria-pressed=true]").all_inner_texts()


def colours(locator: Locator) -> set[tuple[int, int, int]]:
    """Every colour of a part of the page as it is on the screen."""
    image = Image.open(io.BytesIO(locator.screenshot())).convert("RGB")
    return {colour for _, colour in image.getcolors(1 << 20)}


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def grid_place(page: Page, layer: int, head: int) -> dict[str, float]:
    """Where a head lies on the grid's canvas."""
    return page.locator(".ax[data-ready]", has=page.locator(".frame")).evaluate(
        """(root, [layer, head]) => {
            const box = root.view.places.boxes.find(({cell}) => cell.layer === layer && cell.head === head);
            return {x: box.x + 9, y: box.y + 9};
        }""",
        [layer, head],
    )


def at_cell(page: Page, row: int, column: int) -> tuple[float, float]:
    """Where a cell of the first matrix lies on the screen."""
    return tuple(
        view(page).evaluate(
            """(root, [row, column]) => {
                const [frame] = root.view.matrix.layout.frames;
                const box = root.view.matrix.canvas.getBoundingClientRect();
                return [box.left + frame.x + (column + 0.5) * frame.cell, box.top + frame.y + (row + 0.5) * frame.cell];
            }""",
            [row, column],
        )
    )
