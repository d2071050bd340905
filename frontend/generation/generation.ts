// The timeline of a text being written, and everything that stands open beside it.

import { type Mounted, rootOf, viewOf } from "../shared/component.ts";
import { element } from "../shared/dom.ts";
import type {
  GenerationArrays,
  GenerationHeader,
  GenerationSends,
  SamplingSettings,
} from "../shared/generated/messages.ts";
import { unpack } from "../shared/packet.ts";
import { onceAFrame, settled } from "../shared/timing.ts";
import { tooltipOf } from "../shared/tooltip.ts";
import { AttentionPane } from "./attention_pane.ts";
import { BranchesPane } from "./branches_pane.ts";
import { CachePane } from "./cache_pane.ts";
import { PipelinePane } from "./pipeline_pane.ts";
import { TextPane } from "./text_pane.ts";
import { Timeline } from "./timeline.ts";
import { Transport } from "./transport.ts";
import { stepInWords } from "./words.ts";

const PACE = 650; // milliseconds a token while playing
const STAYS = 350; // milliseconds after which the server is told of the step that is looked at

type Choice = GenerationSends["choice"];
type WithoutPlace<One> = One extends Choice ? Omit<One, "number" | "branch"> & { branch?: number } : never;
type Send = (choice: Choice) => void;

export class GenerationView {
  private readonly root: HTMLElement;
  private readonly timeline = new Timeline();
  private readonly transport: Transport;
  private readonly text: TextPane;
  private readonly sentence = element("div", { class: "quiet now", role: "status", "aria-live": "polite" });
  private readonly pipeline: PipelinePane;
  private readonly attention: AttentionPane;
  private readonly cache: CachePane;
  private readonly branches: BranchesPane;
  /** Tells the server of the step once it stays. */
  private readonly arrive: () => void;
  private header: GenerationHeader | null = null;
  private send: Send = () => {};
  /** Runs while the text plays. */
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(root: HTMLElement) {
    this.root = root;
    const tooltip = tooltipOf(root);
    this.transport = new Transport({ go: (step) => this.go(step), toggle: () => this.toggle() });
    this.text = new TextPane(tooltip, (step) => this.go(step));
    this.pipeline = new PipelinePane((token, settings) => this.writeOn(token, settings));
    this.attention = new AttentionPane(tooltip, (stack, layer, head) =>
      this.tell({ kind: "looking", step: this.timeline.step, stack, layer, head }),
    );
    this.cache = new CachePane(root);
    this.branches = new BranchesPane(({ number, at }) => this.tell({ kind: "goto", branch: number, step: at }));
    const beside = element("div", {}, this.attention.node, this.cache.node);
    root.append(
      this.transport.node,
      this.text.node,
      this.sentence,
      element("div", { class: "panes" }, this.pipeline.node, beside),
      this.branches.node,
    );
    this.text.node.onkeydown = (event) => this.key(event);
    this.arrive = settled(STAYS, () => this.tellStep());
    new ResizeObserver(onceAFrame(() => this.cache.draw(this.timeline.step))).observe(root);
  }

  load(packet: Uint8Array, send: Send): void {
    this.send = send;
    const { header, arrays } = unpack<GenerationHeader, GenerationArrays>(packet);
    this.header = header;
    this.timeline.take(header);
    this.pipeline.load(header, arrays);
    this.attention.load(header, arrays);
    this.cache.load(header, arrays);
    this.branches.load(header);
    this.text.load(header);
    this.show(header);
  }

  /** Draw the step that is looked at. */
  private show(header: GenerationHeader): void {
    const { step, last } = this.timeline;
    this.text.show(step);
    this.sentence.textContent = stepInWords(header.steps[step]);
    this.transport.show(step, last, this.timer !== null);
    this.attention.draw(step);
    this.cache.draw(step);
    const elsewhere = step !== header.step;
    this.pipeline.node.classList.toggle("waiting", elsewhere && !header.standalone);
    this.pipeline.node.classList.toggle("other", elsewhere && header.standalone);
  }

  /** Look at a step; the server is told once it stays. */
  private go(step: number): void {
    if (!this.header) return;
    this.stop();
    this.timeline.go(step);
    this.show(this.header);
    this.arrive();
  }

  private toggle(): void {
    if (this.timer === null) this.play();
    else this.go(this.timeline.step);
  }

  private play(): void {
    if (!this.header) return;
    if (this.timeline.step === this.timeline.last) this.timeline.go(0);
    this.timer = setInterval(() => this.playOn(), PACE);
    this.show(this.header);
  }

  private playOn(): void {
    if (!this.header || !this.root.isConnected) this.stop();
    else if (this.timeline.step === this.timeline.last) this.go(this.timeline.last);
    else {
      this.timeline.go(this.timeline.step + 1);
      this.show(this.header);
    }
  }

  private stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private key(event: KeyboardEvent): void {
    const step = this.timeline.stepAfter(event.key);
    if (step !== null) this.go(step);
    else if (event.key === " ") this.toggle();
    else return;
    event.preventDefault();
  }

  /** Let the text go on at the step that the server knows of, with a token or with what the settings choose. */
  private writeOn(token: number | null, settings: SamplingSettings | null): void {
    if (!this.header) return;
    this.stop();
    this.tell({ kind: "branch", step: this.header.step, token, settings: settings && { ...settings } });
  }

  /** Unless the server knows of the step, or is told with a later choice. */
  private tellStep(): void {
    const { step, number, moved } = this.timeline;
    const known = this.header?.step === step && this.header.number === number;
    if (moved && !known && this.timer === null) this.tell({ kind: "step", step });
  }

  private tell(choice: WithoutPlace<Choice>): void {
    if (!this.header || this.header.standalone) return;
    // Every choice names a step: one sent after it could take its place before it is read.
    this.send({ branch: this.header.branch, ...choice, number: this.timeline.tell() });
  }
}

export function mount({ parentElement, data, setStateValue }: Mounted<Uint8Array, GenerationSends>): void {
  const root = rootOf(parentElement);
  viewOf(root, (made) => new GenerationView(made)).load(data, (choice) => setStateValue("choice", choice));
}
