// What has come from the server and is kept: the tokens of the text, and parts of layers with the heads that are here.

import type {
  AttentionAnswer,
  AttentionArrays,
  AttentionHeader,
  AttentionHolds,
} from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import type { Place } from "./choice.ts";
import { AttentionModel } from "./model.ts";
import { sameRange } from "./ranges.ts";
import { Reading } from "./reading.ts";

const MOST_PARTS = 8;

export class Shelf {
  private reading: Reading | null = null;
  /** By name, the part that was used last at the end. */
  private readonly models = new Map<string, AttentionModel>();

  /** Put a packet's contents where they belong; gives its answer, and whether the text is another one. */
  take(packet: Uint8Array): { answer: AttentionAnswer; another: boolean } {
    const { header, arrays } = unpack<AttentionHeader, AttentionArrays>(packet);
    const { answer, part, heads } = header;
    const another = Boolean(header.reading.tokens) && header.reading.id !== this.reading?.id;
    if (another) {
      this.reading = new Reading(header.reading, arrays);
      this.models.clear();
    }
    if (this.reading?.id !== header.reading.id) return { answer, another: false };
    if (heads && part) {
      const model = this.models.get(part.id) ?? new AttentionModel(this.reading, part);
      this.models.set(part.id, model);
      model.add(heads, arrays);
    }
    if (answer.query !== null) this.models.get(answer.part)?.addRow(answer.query, arrays);
    return { answer, another };
  }

  /** The part of a layer that a choice asks for, if any of its heads is here. */
  find({ stack, layer, rows, columns, heads }: Place): AttentionModel | null {
    const wanted = ({ part }: AttentionModel) =>
      part.stack === stack && part.layer === layer && sameRange(part.rows, rows) && sameRange(part.columns, columns);
    const model = [...this.models.values()].find(wanted);
    if (!model || !heads.some((head) => model.byHead.has(head))) return null;
    this.models.delete(model.part.id);
    this.models.set(model.part.id, model); // the last used comes last, and the first goes when there are too many
    for (const id of [...this.models.keys()].slice(0, -MOST_PARTS)) this.models.delete(id);
    return model;
  }

  /** What need not be sent again. */
  holds(): AttentionHolds {
    return {
      reading: this.reading?.id ?? "",
      heads: Object.fromEntries([...this.models].map(([id, model]) => [id, [...model.byHead.keys()]])),
    };
  }
}
