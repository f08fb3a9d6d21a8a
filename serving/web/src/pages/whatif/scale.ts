/** Colours of a change in expected cases. */

// ColorBrewer RdBu of seven classes (colorbrewer2.org, marked there as colour-blind safe): fewer cases blue, more red.
const FEWER = ["#2166ac", "#67a9cf", "#d1e5f0"];
const SAME = "#f7f7f7";
const MORE = ["#fddbc7", "#ef8a62", "#b2182b"];

export interface Class {
  colour: string;
  /** From less than, to at most, in cases; the ends are open. */
  low: number;
  high: number;
}

/** Return 1, 2 or 5 times a power of ten, not below `value`. */
function round(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

/** Return classes of equal width around no change that reach the largest change; `least` is what can be told apart. */
export function classes(changes: number[], least = 0.1): Class[] {
  const largest = Math.max(0, ...changes.map(Math.abs));
  const width = Math.max(round((largest || least) / 3), least);
  const border = (steps: number): number => Number((steps * width).toFixed(6));
  return [
    ...FEWER.map((colour, at) => ({
      colour,
      low: at === 0 ? -Infinity : border(at - 3),
      high: border(at - 2),
    })),
    { colour: SAME, low: 0, high: 0 },
    ...MORE.map((colour, at) => ({ colour, low: border(at), high: at === 2 ? Infinity : border(at + 1) })),
  ];
}

/** Return the colour of a change. */
export function colourOf(change: number, scale: Class[]): string {
  if (change === 0) return SAME;
  const side = change < 0 ? scale.slice(0, 3) : scale.slice(4);
  const found = side.find((one) =>
    change < 0 ? change >= one.low && change < one.high : change > one.low && change <= one.high,
  );
  return found?.colour ?? SAME;
}

interface Expected {
  expected_before: number | null;
  expected_after: number | null;
}

/** Return the change in expected cases; null where it is not told. */
export function changeOf(row: Expected): number | null {
  if (row.expected_before === null || row.expected_after === null) return null;
  return Number((row.expected_after - row.expected_before).toFixed(4));
}

/** Return the change as a share of what is expected now. */
export function relativeOf(row: Expected): number | null {
  const change = changeOf(row);
  return change === null || !row.expected_before ? null : change / row.expected_before;
}
