// All components: saved pages mount components.<name>({ parentElement, data, ... }), Streamlit live.<name>(…).

import { mount as answering } from "./answering/answering.ts";
import { mount as architectures } from "./architectures/architectures.ts";
import { mount as attention } from "./attention/attention.ts";
import { mount as beams } from "./beams/beams.ts";
import { mount as classes } from "./classes/classes.ts";
import { mount as evidence } from "./evidence/evidence.ts";
import { mount as follow } from "./follow/follow.ts";
import { mount as generation } from "./generation/generation.ts";
import { mount as head_grid } from "./head_grid/head_grid.ts";
import { mount as inside_head } from "./inside_head/inside_head.ts";
import { mount as lesson_designs } from "./lesson_designs/lesson_designs.ts";
import { mount as lesson_marks } from "./lesson_marks/lesson_marks.ts";
import { mount as lesson_tokens } from "./lesson_tokens/lesson_tokens.ts";
import { mount as masks } from "./masks/masks.ts";
import { mount as model_map } from "./model_map/model_map.ts";
import { inOrder } from "./shared/component.ts";
import { completeAddressesInPlace } from "./shared/history.ts";
import { mount as whole_model } from "./whole_model/whole_model.ts";

export const components = {
  answering,
  architectures,
  attention,
  beams,
  classes,
  evidence,
  follow,
  generation,
  head_grid,
  inside_head,
  lesson_designs,
  lesson_marks,
  lesson_tokens,
  masks,
  model_map,
  whole_model,
};

/** The same for what the running app sends, which is stamped. */
export const live = Object.fromEntries(
  Object.entries(components).map(([name, mount]) => [name, inOrder<never>(mount)]),
);

completeAddressesInPlace();
