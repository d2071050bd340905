// Colour that says how much: the style sheet mixes it from --share, and writes lighter on what is strong.

/** Colour an element by a share from 0 to 1 of the strongest; from `strong` on its text is to stand out. */
export function shade(node: HTMLElement, share: number, strong: number): void {
  node.style.setProperty("--share", share.toFixed(4));
  node.classList.toggle("strong", share > strong);
}
