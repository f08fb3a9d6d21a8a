/** Scales: from numbers to places on a drawing, and the round numbers that stand beside an axis. */

export interface Scale {
  low: number;
  high: number;
  log: boolean;
  /** Place of a value between `start` and `end`; what lies outside is put on the nearer end. */
  at: (value: number) => number;
  ticks: number[];
}

export function makeScale(
  [low, high]: readonly [number, number],
  [start, end]: readonly [number, number],
  { log = false, count = 5 }: { log?: boolean; count?: number } = {},
): Scale {
  const of = (value: number): number => (log ? Math.log(value) : value);
  const span = of(high) - of(low);
  const at = (value: number): number => {
    const share = span > 0 ? (of(Math.min(Math.max(value, low), high)) - of(low)) / span : 0.5;
    return start + Math.min(Math.max(share, 0), 1) * (end - start);
  };
  return { low, high, log, at, ticks: log ? logTicks(low, high, count) : ticks(low, high, count) };
}

/** Return round numbers between two ends, about so many: steps of 1, 2, 2.5 or 5 times a power of ten. */
export function ticks(low: number, high: number, count = 5): number[] {
  if (!(Number.isFinite(low) && Number.isFinite(high) && high > low))
    return Number.isFinite(low) ? [low] : [];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10]
    .map((factor) => factor * power)
    .reduce((best, size) =>
      Math.abs(Math.log(size / rough)) < Math.abs(Math.log(best / rough)) ? size : best,
    );
  const found: number[] = [];
  for (let place = Math.ceil(low / step - 1e-9); place <= Math.floor(high / step + 1e-9); place += 1)
    found.push(Number((place * step).toPrecision(10)));
  return found;
}

const LOG_STEPS = [[1, 1.2, 1.5, 2, 3, 5, 7], [1, 1.5, 2, 3, 5], [1, 2, 5], [1]];

/** Return round numbers for a logarithmic axis, at most about so many; 1 is among them if it lies inside. */
export function logTicks(low: number, high: number, count = 6): number[] {
  if (!(low > 0 && low < high && high < Infinity)) return [];
  if (high / low < 1.7) return ticks(low, high, 4).filter((tick) => tick > 0);
  let found: number[] = [];
  for (const steps of LOG_STEPS) {
    found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
      for (const step of steps) {
        const tick = Number((step * 10 ** power).toPrecision(6));
        if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) found.push(tick);
      }
    if (found.length <= count) break;
  }
  return found;
}
