/** Reading a model off its curves and maps: what anybody can do on paper. */
import type { Schemas } from "@/api/client";

export type Curve = Schemas["ShapeCurve"];
export type PairMap = Schemas["ShapeMap"];
export type Shape = Schemas["ModelShape"];
/** A person's values by feature; null: not measured. */
export type Values = ReadonlyMap<string, number | null>;

/** Odds ratios at which a frame may end, and 1 over them; the same as in the report. */
const BOUNDS = [1.25, 1.6, 2.5, 4, 8, 16, 50, 200, 1000];
const FAR = 3;
const FARTHEST = 2;
const AXIS_CELLS = 24;

/** Return the bin of a value: how many edges lie below it. */
export function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function contribution(curve: Curve, value: number | null): number {
  return value === null ? curve.missing : (curve.contributions[binOf(curve.edges, value)] ?? 0);
}

export function pairContribution(pair: PairMap, one: number | null, other: number | null): number {
  const [rows, columns] = pair.edges as [number[], number[]];
  const row = one === null ? rows.length + 1 : binOf(rows, one);
  const column = other === null ? columns.length + 1 : binOf(columns, other);
  return pair.contributions[row]?.[column] ?? 0;
}

/** Return the risk that base, curves and maps add up to for a person. */
export function addedUp(shape: Shape, values: Values): number {
  const of = (name: string): number | null => values.get(name) ?? null;
  const curves = shape.curves.reduce((sum, curve) => sum + contribution(curve, of(curve.feature)), 0);
  const maps = shape.maps.reduce(
    (sum, pair) =>
      sum + pairContribution(pair, of(pair.features[0] as string), of(pair.features[1] as string)),
    0,
  );
  return risk(shape.base + curves + maps);
}

export function risk(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** Return between which values a feature is drawn: where the cohort is, else where the model has steps. */
export function reach(curve: Pick<Curve, "edges" | "cohort">): readonly [number, number] {
  const cohort = curve.cohort?.edges;
  if (cohort && cohort.length > 1) return [cohort[0] as number, cohort.at(-1) as number];
  const low = curve.edges[0];
  const high = curve.edges.at(-1);
  if (low === undefined || high === undefined) return [0, 1];
  const margin = (high - low) * 0.05 || Math.max(Math.abs(low), 1) * 0.5;
  return [low - margin, high + margin];
}

/** Return whether somebody of the cohort was not measured, or nobody knows. */
export function asksMissing(curve: Pick<Curve, "cohort">): boolean {
  return curve.cohort?.missing !== 0;
}

/** Return the steps of a curve within a range as [from, to, contribution]. */
export function steps(curve: Curve, [low, high]: readonly [number, number]): [number, number, number][] {
  const inside = curve.edges.filter((edge) => edge > low && edge < high);
  const ends = [low, ...inside, high];
  return ends.slice(1).map((to, i) => {
    const from = ends[i] as number;
    return [from, to, contribution(curve, (from + to) / 2)];
  });
}

/** Return where the frame of a curve ends: beyond the model's own values, and the folds' unless they are far wilder. */
export function boundOf(curve: Curve): number {
  const levels = curve.cohort?.levels;
  const own = levels
    ? levels.map((level) => contribution(curve, level))
    : steps(curve, reach(curve)).map((step) => step[2]);
  if (asksMissing(curve)) own.push(curve.missing);
  const fits = (curve.folds?.contributions ?? [])
    .flat()
    .concat(asksMissing(curve) ? (curve.folds?.missing ?? []) : []);
  const ends = [own, fits].map((some) => Math.exp(Math.max(0, ...some.map(Math.abs))));
  const [most, others] = ends as [number, number];
  const end = Math.max(most, Math.min(others, most ** FAR, most * FARTHEST));
  return BOUNDS.find((bound) => bound >= end * 0.999) ?? 1000;
}

/** Return whether a curve goes against the direction that was declared for it, among values that the cohort has. */
export function goesAgainst(curve: Curve): boolean {
  if (!curve.direction) return false;
  const sign = curve.direction === "rises" ? 1 : -1;
  const values = steps(curve, reach(curve)).map((step) => step[2]);
  return values.some((value, i) => i > 0 && (value - (values[i - 1] as number)) * sign < -1e-3);
}

export interface Cell {
  from: number;
  to: number;
  /** A value within, null for those not measured. */
  value: number | null;
  label: string;
}

/** Return the cells along one axis of a map, in shares of it (0..1), and a last one for those not measured. */
export function cells(edges: readonly number[], curve: Curve | undefined, missing: boolean): Cell[] {
  const end = missing ? 0.88 : 1;
  const levels = curve?.cohort?.levels;
  const found: Cell[] = [];
  if (levels && levels.length > 0) {
    const wide = end / levels.length;
    levels.forEach((level, i) =>
      found.push({ from: i * wide, to: (i + 1) * wide, value: level, label: String(level) }),
    );
  } else {
    const [low, high] = reach({ edges: [...edges], cohort: curve?.cohort ?? null });
    let inside = edges.filter((edge) => edge > low && edge < high);
    if (inside.length >= AXIS_CELLS)
      inside = Array.from({ length: AXIS_CELLS - 1 }, (_, i) => low + ((high - low) * (i + 1)) / AXIS_CELLS);
    const ends = [low, ...inside, high];
    ends.slice(1).forEach((to, i) => {
      const from = ends[i] as number;
      const share = (value: number): number => ((value - low) / (high - low)) * end;
      found.push({ from: share(from), to: share(to), value: (from + to) / 2, label: "" });
    });
  }
  if (missing) found.push({ from: 0.93, to: 1, value: null, label: "?" });
  return found;
}

/** Return the place of a value along an axis of a map, in shares of it. */
export function along(
  edges: readonly number[],
  curve: Curve | undefined,
  missing: boolean,
  value: number | null,
): number | null {
  const axis = cells(edges, curve, missing);
  if (value === null) return missing ? 0.965 : null;
  if (curve?.cohort?.levels?.length) {
    const cell = axis.find((one) => one.value === value);
    return cell ? (cell.from + cell.to) / 2 : null;
  }
  const [low, high] = reach({ edges: [...edges], cohort: curve?.cohort ?? null });
  return ((Math.min(Math.max(value, low), high) - low) / (high - low)) * (missing ? 0.88 : 1);
}

/** Return the odds ratio at which the colours of all maps end. */
export function pairBound(maps: readonly PairMap[]): number {
  const sizes = maps.flatMap((pair) => pair.contributions.flat().map(Math.abs)).sort((a, b) => a - b);
  const end = Math.exp(sizes[Math.floor(0.98 * (sizes.length - 1))] ?? 0);
  return [1.05, 1.1, ...BOUNDS].find((bound) => bound >= end * 0.999) ?? 1000;
}
