// Has a part of the page drawn again when the visitor's choices have settled, so that no click waits behind it.
// It shows nothing. While the server is still working something out for its part, it asks again after a while.

const SETTLED = 500; // milliseconds after the last choice

class Follower {
  constructor(root) {
    this.root = root;
  }

  load({ fields, drawn, wait, off }, send) {
    Object.assign(this, { fields, drawn, send });
    clearTimeout(this.timer);
    if (wait) this.later(wait, () => this.send({}));
    listenTo(this.root, VIEW_EVENT, (view) => this.follow(view));
    if (window.attentionExplorerView) this.follow(window.attentionExplorerView);
    if (!off) return;
    listenTo(this.root, OFF_EVENT, (told) => told.asked && this.later(SETTLED, () => this.send({ off: [told.stack, told.off] })));
    tellPage(OFF_EVENT, this.root, { asked: false, off });
  }

  /** Ask when the view differs from what is drawn and nothing more comes; never twice for the same view. */
  follow(view) {
    const seen = this.named(view);
    if (seen === this.named(this.drawn) || seen === this.asked || !view.answered) return;
    this.later(SETTLED, () => {
      this.asked = seen;
      this.send({});
    });
  }

  named(place) {
    return JSON.stringify(this.fields.map((field) => place[field] ?? null));
  }

  later(milliseconds, task) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.root.isConnected && task(), milliseconds);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = rootOf(parentElement);
  root.follower ??= new Follower(root);
  root.follower.load(data, (what) => setTriggerValue("again", what));
}
