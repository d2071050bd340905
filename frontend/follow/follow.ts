// @ts-nocheck: not typed yet
// Has a part of the page drawn again when the visitor's choices have settled, so that no click waits behind it.
// It shows nothing. While the server is still working something out for its part, it asks again after a while.

import { rootOf } from "../shared/component.ts";
import { currentView, headsWanted, publish, subscribe, takeHeadsWanted } from "../shared/page.ts";
import { inTurn } from "../shared/timing.ts";

export const SETTLED = 500; // milliseconds after the last choice
export const FORGOTTEN = 8000; // milliseconds after which the server is asked once more

export class Follower {
  constructor(root) {
    this.root = root;
  }

  load({ fields, drawn, wait, off }, send) {
    Object.assign(this, { fields, drawn, send, off, wait });
    clearTimeout(this.timer);
    if (this.wish) this.later(SETTLED);
    else if (wait) this.later(wait);
    subscribe(this.root, "view", (view) => this.follow(view));
    if (currentView()) this.follow(currentView());
    if (!off) return;
    subscribe(this.root, "wanted", () => this.later(SETTLED));
    if (!this.wish) publish("off", this.root, { off });
  }

  /** What the visitor wants switched off, for the part of the page that answers for it, or null. */
  get wish() {
    return this.off ? headsWanted() : null;
  }

  /** Ask when the view differs from what is drawn and nothing more comes; for the same view only if it was forgotten. */
  follow(view) {
    const seen = this.named(view);
    const differs = seen !== this.named(this.drawn);
    if (differs && view.answered) this.later(seen === this.asked ? FORGOTTEN : SETTLED, seen);
    else if (this.wish || this.wait) this.later(Math.max(SETTLED, this.wait));
    else clearTimeout(this.timer); // the visitor is still choosing, or is back where this was drawn
  }

  named(place) {
    return JSON.stringify(this.fields.map((field) => place[field] ?? null));
  }

  /** Ask after a while, with what the visitor wishes by then. */
  later(milliseconds, seen = this.asked) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => inTurn(() => this.ask(seen)), milliseconds);
  }

  ask(seen) {
    if (!this.root.isConnected) return;
    const { wish } = this;
    if (wish) takeHeadsWanted();
    this.asked = seen;
    this.later(FORGOTTEN);
    this.send(wish ? { off: [wish.stack, wish.off] } : {});
  }
}

export function mount({ parentElement, data, setTriggerValue }) {
  const root = rootOf(parentElement);
  root.view ??= new Follower(root);
  root.view.load(data, (what) => setTriggerValue("again", what));
}
