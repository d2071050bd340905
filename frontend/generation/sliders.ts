// The settings that can be moved beside the candidates.

import type { SamplingSettings } from "../shared/generated/messages.ts";

type Setting = keyof SamplingSettings;

export interface Slider {
  name: Setting;
  label: string;
  min: number;
  max: number;
  step: number;
  /** The value at which the stage does nothing. */
  off: number;
  /** Digits after the point. */
  digits: number;
}

export const SLIDERS: readonly Slider[] = [
  { name: "penalty", label: "Repetition penalty", min: 1, max: 2, step: 0.05, off: 1, digits: 2 },
  { name: "temperature", label: "Temperature", min: 0, max: 3, step: 0.05, off: 1, digits: 2 },
  { name: "topK", label: "Top-k", min: 0, max: 100, step: 1, off: 0, digits: 0 },
  { name: "topP", label: "Top-p", min: 0.05, max: 1, step: 0.01, off: 1, digits: 2 },
  { name: "minP", label: "Min-p", min: 0, max: 0.5, step: 0.01, off: 0, digits: 2 },
  { name: "typicalP", label: "Typical", min: 0.05, max: 1, step: 0.01, off: 1, digits: 2 },
];

/** What stands behind a slider; a temperature of 1 is a temperature like any other. */
export function sliderValue({ name, off, digits }: Slider, value: number): string {
  return value === off && name !== "temperature" ? "off" : value.toFixed(digits);
}

/** True if two settings choose alike. */
export function sameSettings(one: SamplingSettings, other: SamplingSettings): boolean {
  return SLIDERS.every(({ name }) => one[name] === other[name]);
}
