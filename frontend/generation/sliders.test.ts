import assert from "node:assert/strict";
import { test } from "node:test";
import { SLIDERS, sameSettings, sliderValue } from "./sliders.ts";

const settings = { temperature: 0.8, topK: 0, topP: 0.95, minP: 0, typicalP: 1, penalty: 1 };

test("a slider says off where its stage does nothing, but a temperature of 1 is a temperature", () => {
  const written = (value: number) => SLIDERS.map((slider) => sliderValue(slider, value));
  assert.deepEqual(written(1), ["off", "1.00", "1", "off", "1.00", "off"]);
  assert.deepEqual(written(0), ["0.00", "0.00", "off", "0.00", "off", "0.00"]);
});

test("settings are the same only if every one of them is", () => {
  assert(sameSettings(settings, { ...settings }));
  for (const { name } of SLIDERS) assert(!sameSettings(settings, { ...settings, [name]: 0.33 }), name);
});
