// Where the page looks, as the map marks it and says it.

import type { ModelMapHeader } from "../shared/generated/messages.ts";
import type { View } from "../shared/page.ts";
import { type Box, isLayered, type LayerBox } from "./layout.ts";

/** Pages whose pictures tell which heads they show. */
const HEADS_PAGES = ["attention", "inside_a_head", "lessons"];

/** Blocks that a page may look at in every layer at once, and what the map calls them. */
const IN_EVERY_LAYER: Readonly<Record<string, { kind: Box["kind"]; words: string } | undefined>> = {
  attention: { kind: "attention", words: "attention, in every layer" },
  feed_forward: { kind: "forward", words: "the feed-forward networks of all layers" },
};

/** Where a page looks in a model: all of it follows from the page and from what its pictures say. */
export class Looking {
  private readonly model: ModelMapHeader;
  private readonly view: View | undefined;

  constructor(model: ModelMapHeader, view: View | undefined) {
    this.model = model;
    this.view = view;
  }

  /** Whether the page looks at a block: true, or at which of its heads. */
  at(box: Box): boolean | readonly number[] {
    const { model, view } = this;
    const speaks = this.speaks();
    if (view?.block === "embedding" || view?.block === "head") return box.kind === view.block && speaks;
    if (view && speaks) {
      const every = this.inEveryLayer();
      if (every) return every.kind === box.kind;
      if (!isLayered(box) || view.layer !== box.layer || kindOf(view) !== box.kind || view.stack !== box.stack)
        return false;
      return view.heads.length ? view.heads : true;
    }
    return (
      (model.page === "embeddings" && box.kind === "embedding") || (model.page === "generation" && box.kind === "head")
    );
  }

  /** Whether the page looks at a head of a block, or at the whole block where no head is named. */
  atHead(box: Box, head: number | undefined): boolean {
    const looks = this.at(box);
    return head !== undefined && typeof looks !== "boolean" ? looks.includes(head) : Boolean(looks);
  }

  /** The blocks that the page looks at in every layer, or undefined. */
  inEveryLayer(): { kind: Box["kind"]; words: string } | undefined {
    return this.view?.block && this.view.layer === undefined ? IN_EVERY_LAYER[this.view.block] : undefined;
  }

  /** Where the page looks, in words; undefined for a page that looks nowhere in particular. */
  inWords(boxes: readonly Box[]): string | undefined {
    const { page } = this.model;
    const box = boxes.find((one) => this.at(one));
    if (!box) return this.pageInWords();
    if (isLayered(box)) return this.inEveryLayer()?.words ?? this.layerInWords(box);
    if (page !== "" && page !== "lessons") return this.pageInWords();
    return box.kind === "embedding" ? "the embedding" : "what comes out";
  }

  /** Whether what a picture of the page tells is about this page and this model. */
  private speaks(): boolean {
    const { model, view } = this;
    if (!view) return false;
    return view.block ? model.page === view.page : HEADS_PAGES.includes(model.page);
  }

  private layerInWords(box: LayerBox): string {
    const heads = this.at(box);
    const several = this.model.stacks.length > 1;
    const stack = box.kind === "cross" ? "cross-attention, " : several ? `${box.stack} ` : "";
    let which = box.kind === "forward" ? ", feed-forward" : "";
    if (typeof heads !== "boolean") which = heads.length === 1 ? `, head ${heads[0]}` : `, ${heads.length} heads`;
    return `${stack}layer ${box.layer}${which}`;
  }

  private pageInWords(): string | undefined {
    const pages: Record<string, string | undefined> = {
      "": "the whole model",
      embeddings: "the embeddings, and what each layer makes of them",
      generation: this.model.family === "encoder" ? "the output: words for a mask" : "the output: the next word",
      attention: "attention",
      inside_a_head: "one head",
      lessons: "the whole model",
      architectures: "the whole model, beside others",
      applications: "the whole model at work",
      scale: "the whole model: how large it is",
    };
    return pages[this.model.page];
  }
}

function kindOf(view: View): Box["kind"] {
  return view.block === "feed_forward" ? "forward" : view.stack === "cross" ? "cross" : "attention";
}
