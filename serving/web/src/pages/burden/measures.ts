/** By what diseases are compared, and how a figure is written. */
import type { Schemas } from "@/api/client";
import { number, percent } from "@/composables/format";

export type Figures = Schemas["DiseaseFigures"];
export type Disease = Schemas["NamedDisease"];
export interface Interval {
  value: number;
  low: number | null;
  high: number | null;
}

export interface Measure {
  key: string;
  figure: (of: Figures) => Interval | null | undefined;
  /** The same, standardised for age, where there is such a figure. */
  standardised?: (of: Figures) => Interval | null | undefined;
  /** Whether the count behind the figure is one that may not be shown. */
  hidden: (of: Figures) => boolean;
  share?: boolean;
}

const alone = (value: number | null): Interval | null =>
  value === null ? null : { value, low: null, high: null };

export const MEASURES: Measure[] = [
  {
    key: "harm",
    figure: (of) => of.years_lost_rate,
    standardised: (of) => alone(of.years_lost_standardised),
    hidden: (of) => of.deaths === null,
  },
  {
    key: "incidence",
    figure: (of) => of.incidence,
    standardised: (of) => of.incidence_standardised,
    hidden: (of) => of.cases === null,
  },
  {
    key: "prevalence",
    figure: (of) => of.prevalence,
    standardised: (of) => of.prevalence_standardised,
    hidden: (of) => of.living === null,
    share: true,
  },
  { key: "mortality", figure: (of) => of.mortality, hidden: (of) => of.deaths === null },
  { key: "stays", figure: (of) => of.stays_rate, hidden: (of) => of.stays === null },
  { key: "visits", figure: (of) => of.visits_rate, hidden: (of) => of.visits === null },
  { key: "drugs", figure: (of) => of.drugs_rate, hidden: (of) => of.drugs === null },
  { key: "avertable", figure: (of) => of.avertable, hidden: () => false },
];

export function measureOf(key: string): Measure {
  return MEASURES.find((one) => one.key === key) ?? (MEASURES[0] as Measure);
}

/** Return the figure of a measure, standardised if that is asked for and there is one of that kind. */
export function figureOf(measure: Measure, of: Figures, standardised: boolean): Interval | null {
  return (standardised && measure.standardised ? measure.standardised(of) : measure.figure(of)) ?? null;
}

/** Write a number to about three figures. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  return number(value, size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2);
}

export function share(value: number | null | undefined): string {
  return percent(value, value !== null && value !== undefined && Math.abs(value) < 0.01 ? 2 : 1);
}

/** Write a figure with its interval. */
export function written(
  figure: Interval | null | undefined,
  write: (value: number) => string = rate,
): string {
  if (!figure) return "–";
  if (figure.low === null || figure.high === null) return write(figure.value);
  const dash = figure.low < 0 ? " … " : "–";
  return `${write(figure.value)} (${write(figure.low)}${dash}${write(figure.high)})`;
}

/** Write a change a year with its sign. */
export function change(value: number): string {
  const text = number(Math.abs(value), 1);
  return Number(value.toFixed(1)) === 0 ? text : `${value > 0 ? "+" : "−"}${text}`;
}
