// Has a part of the page drawn again when the visitor's choices have settled, so that no click waits behind it.
// It shows nothing. While the server is still working something out for its part, it asks again after a while.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import type { FollowAgain, FollowData, FollowSends } from "../shared/generated/messages.ts";
import {
  currentView,
  type HeadsOff,
  headsWanted,
  type Part,
  publish,
  subscribe,
  takeHeadsWanted,
  type View,
} from "../shared/page.ts";
import { inTurn } from "../shared/timing.ts";

const SETTLED = 500; // milliseconds after the last choice
const FORGOTTEN = 8000; // milliseconds after which the server is asked once more

type Send = (again: FollowAgain) => void;

export class Follower {
  private readonly root: Part;
  /** What of a place the part of the page depends on. */
  private fields: FollowData["fields"] = [];
  /** The place that the part has drawn, by the fields it depends on. */
  private drawn = "";
  /** Milliseconds after which there may be more to draw, 0 if there will not be. */
  private wait = 0;
  /** The heads that are off, null for a part that does not answer for them. */
  private off: HeadsOff | null = null;
  /** The place that the server was asked for last. */
  private asked: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private send: Send = () => {};

  constructor(root: Part) {
    this.root = root;
  }

  load({ fields, drawn, wait, off }: FollowData, send: Send): void {
    this.fields = fields;
    this.drawn = this.named(drawn);
    this.wait = wait;
    this.off = off;
    this.send = send;
    clearTimeout(this.timer);
    if (this.wanted) this.askLater(SETTLED);
    else if (wait) this.askLater(wait);
    subscribe(this.root, "view", (view) => this.follow(view));
    const view = currentView();
    if (view) this.follow(view);
    if (!off) return;
    subscribe(this.root, "wanted", () => this.askLater(SETTLED));
    if (!this.wanted) publish("off", this.root, { off });
  }

  /** The heads that the visitor wants switched off, for the part of the page that answers for them, or null. */
  private get wanted() {
    return this.off ? headsWanted() : null;
  }

  /** Ask if the view differs from what is drawn and nothing more comes; for the same view only if it was forgotten. */
  private follow(view: View): void {
    const seen = this.named(view);
    const differs = seen !== this.drawn;
    if (differs && view.answered) this.askLater(seen === this.asked ? FORGOTTEN : SETTLED, seen);
    else if (this.wanted || this.wait) this.askLater(Math.max(SETTLED, this.wait));
    else clearTimeout(this.timer); // the visitor is still choosing, or is back where this was drawn
  }

  private named(place: Partial<Record<FollowData["fields"][number], unknown>>): string {
    return JSON.stringify(this.fields.map((field) => place[field] ?? null));
  }

  /** Ask after a while, with the heads that the visitor wants off by then. */
  private askLater(milliseconds: number, seen = this.asked): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => inTurn(() => this.ask(seen)), milliseconds);
  }

  private ask(seen: string | null): void {
    if (!this.root.isConnected) return;
    const wanted = this.off ? takeHeadsWanted() : null;
    this.asked = seen;
    this.askLater(FORGOTTEN);
    this.send(wanted ? { off: [wanted.stack, wanted.off] } : {});
  }
}

export function mount({ parentElement, data, setTriggerValue }: Mounted<FollowData, object, FollowSends>): void {
  const follower = viewOf(rootOf(parentElement), (root) => new Follower(root));
  follower.load(data, (again) => setTriggerValue("again", again));
}
