// Pictures as files.

import { contextOf } from "./canvas.ts";
import { element } from "./dom.ts";

export type PictureKind = "svg" | "png";

/** Text made safe to stand in SVG or HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Hand a file to the visitor. */
export function save(name: string, contents: Blob): void {
  const link = element("a", { href: URL.createObjectURL(contents), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Hand an SVG to the visitor, as it is or drawn as a PNG of twice its size. */
export function savePicture(kind: PictureKind, name: string, svg: string): void {
  const drawn = new Blob([svg], { type: "image/svg+xml" });
  if (kind === "svg") {
    save(`${name}.svg`, drawn);
    return;
  }
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width * 2, image.height * 2];
    contextOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && save(`${name}.png`, blob), "image/png");
    URL.revokeObjectURL(image.src);
  };
  image.src = URL.createObjectURL(drawn);
}
