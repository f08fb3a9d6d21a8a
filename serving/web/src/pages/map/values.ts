/** Which figure of an area is mapped, and how sure it is. */
import type { Schemas } from "@/api/client";
import { number, percent } from "@/composables/format";

import { chanceScale, ratioScale, valueScale, type Scale, type Steps } from "./scale";

export type Row = Schemas["AreaRow"];
export type Figures = Schemas["AreaFigures"];
export type Measure = Schemas["MeasureDescription"];
export type Shown = "value" | "ratio" | "smoothed" | "exceedance";

export interface Told {
  value: number | null;
  low: number | null;
  high: number | null;
}

// Our choice: where the upper limit is more than twice the lower one, two neighbouring colours do not differ for sure.
export const WIDE = 2;

/** Return the figures of a measure that can be mapped. */
export function shownOf(measure: Measure | undefined): Shown[] {
  if (!measure) return ["value"];
  if (measure.smoothed) return ["value", "ratio", "smoothed", "exceedance"];
  return measure.name === "risk" ? ["value", "ratio"] : ["value"];
}

export function told(row: Figures, shown: Shown): Told {
  if (shown === "value") return { value: row.value, low: row.low, high: row.high };
  if (shown === "ratio") return { value: row.ratio, low: row.ratio_low, high: row.ratio_high };
  if (shown === "smoothed") return { value: row.smoothed, low: row.smoothed_low, high: row.smoothed_high };
  return { value: row.exceedance, low: null, high: null };
}

/** Return whether the interval is so wide that the colour says little. */
export function unsure({ value, low, high }: Told): boolean {
  if (value === null || low === null || high === null) return false;
  if (low < 0) return high > 0;
  return high > WIDE * low;
}

export function scaleOf(rows: Figures[], shown: Shown, steps: Steps): Scale {
  if (shown === "exceedance") return chanceScale();
  const values = rows.map((row) => told(row, shown).value).filter((one): one is number => one !== null);
  return shown === "value" ? valueScale(values, steps) : ratioScale(values, steps);
}

/** Write a figure as the measure is read: a share in per cent, a rate, a ratio, a probability. */
export function written(value: number | null, shown: Shown, measure: Measure | undefined): string {
  if (shown === "exceedance") return percent(value, 0);
  if (shown !== "value") return number(value, 2);
  if (measure?.per === 1) return percent(value, value !== null && value < 0.01 ? 2 : 1);
  return number(value, value !== null && Math.abs(value) < 10 ? 1 : 0);
}

export function interval(figure: Told, shown: Shown, measure: Measure | undefined): string {
  if (figure.low === null || figure.high === null || figure.low === figure.high) return "";
  const [low, high] = [figure.low, figure.high].map((one) => written(one, shown, measure)) as [
    string,
    string,
  ];
  return `${low.replace(/ %$/, "")} – ${high}`;
}
