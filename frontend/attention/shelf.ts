// @ts-nocheck: not typed yet
// What has come from the server and is kept: the tokens of the text, and parts of layers with the heads that are here.

import { unpack } from "../shared/packet.ts";
import { AttentionModel } from "./model.ts";

export const MOST_PARTS = 8;

/** The tokens of one text. */
export class Reading {
  constructor({ id, tokens, standalone }, arrays) {
    Object.assign(this, { id, tokens, standalone });
    this.places = Object.fromEntries(Object.keys(tokens).map((name) => [name, arrays[`${name}Tokens`]]));
  }

  token(sequence, position) {
    return this.tokens[sequence][this.places[sequence][position]];
  }
}

export class Shelf {
  constructor() {
    this.models = new Map();
  }

  /** Put a packet's contents where they belong; gives its answer, and whether the text is another one. */
  take(packet) {
    const { header, arrays } = unpack(packet);
    const another = Boolean(header.reading.tokens) && header.reading.id !== this.reading?.id;
    if (another) {
      this.reading = new Reading(header.reading, arrays);
      this.models.clear();
    }
    const { answer, part, heads } = header;
    if (this.reading?.id !== header.reading.id) return { answer, another: false };
    if (heads) {
      if (!this.models.has(part.id)) this.models.set(part.id, new AttentionModel(this.reading, part));
      this.models.get(part.id).add(heads, arrays);
    }
    if (arrays.rowHead) this.models.get(answer.part)?.addRow(answer.query, arrays);
    return { answer, another };
  }

  /** The part of a layer that a choice asks for, if any of its heads is here. */
  find({ stack, layer, rows, columns, heads }) {
    const same = (one, other) => one[0] === other[0] && one[1] === other[1];
    const wanted = ([, model]) =>
      model.stack === stack && model.layer === layer && same(model.rows, rows) && same(model.columns, columns);
    const [id, model] = [...this.models].find(wanted) ?? [];
    if (!model || !heads.some((head) => model.byHead.has(head))) return null;
    this.models.delete(id);
    this.models.set(id, model); // the last used comes last, and the first goes when there are too many
    while (this.models.size > MOST_PARTS) this.models.delete(this.models.keys().next().value);
    return model;
  }

  /** What need not be sent again. */
  holds() {
    return {
      reading: this.reading?.id ?? "",
      heads: Object.fromEntries([...this.models].map(([id, model]) => [id, [...model.byHead.keys()]])),
    };
  }
}
