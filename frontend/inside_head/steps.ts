// What draws each step.

import { norm, project, vector } from "./first_steps.ts";
import type { Step } from "./model.ts";
import { check, mix, output } from "./output_steps.ts";
import { position } from "./position_step.ts";
import { match, score, softmax } from "./score_steps.ts";
import type { Drawn, Stage } from "./stage.ts";

export const DRAWINGS: Record<Step, (stage: Stage) => Drawn> = {
  vector,
  project,
  norm,
  position,
  match,
  score,
  softmax,
  mix,
  output,
  check,
};
