/** What can be moved: which inputs of a model go together, in which direction, and how the address writes it. */

export interface Lever {
  key: string;
  how: "at_most" | "at_least";
  /** Features that move together; the first names the lever, those that a model does not have are left out. */
  features: string[];
}

export interface Input {
  name: string;
  label: string;
  label_zh: string;
  unit: string;
  low: number;
  high: number;
  median: number;
}

export interface Change {
  feature: string;
  how: "at_most" | "at_least";
  value: number;
}

// Only what people or services can act on, each towards what lowers risk. Means and peaks of a measurement go with it:
// whose pressure is kept at 130 has no mean above that.
export const LEVERS: Lever[] = [
  { key: "smoking", how: "at_most", features: ["current_smoker", "cigarettes_per_day"] },
  { key: "pressure", how: "at_most", features: ["systolic_bp", "systolic_bp_mean", "systolic_bp_highest"] },
  { key: "diastolic", how: "at_most", features: ["diastolic_bp", "diastolic_bp_mean"] },
  { key: "bmi", how: "at_most", features: ["bmi"] },
  { key: "waist", how: "at_most", features: ["waist_circumference"] },
  { key: "glucose", how: "at_most", features: ["glucose", "glucose_mean", "glucose_highest"] },
  { key: "hba1c", how: "at_most", features: ["hba1c"] },
  { key: "cholesterol", how: "at_most", features: ["total_cholesterol"] },
  { key: "ldl", how: "at_most", features: ["ldl_cholesterol"] },
  { key: "hdl", how: "at_least", features: ["hdl_cholesterol"] },
  { key: "alcohol", how: "at_most", features: ["alcohol_weekly"] },
  { key: "activity", how: "at_least", features: ["physically_active"] },
  { key: "home_smoke", how: "at_most", features: ["household_smoker"] },
  { key: "air", how: "at_most", features: ["pm25"] },
  { key: "checkup", how: "at_most", features: ["checkup_days"] },
  { key: "pressure_check", how: "at_most", features: ["systolic_bp_days"] },
  { key: "glucose_check", how: "at_most", features: ["glucose_days"] },
  { key: "fit", how: "at_most", features: ["fit_days"] },
  { key: "colonoscopy", how: "at_most", features: ["colonoscopy_days"] },
  { key: "gastroscopy", how: "at_most", features: ["gastroscopy_days"] },
  { key: "ldct", how: "at_most", features: ["ldct_days"] },
  { key: "mammography", how: "at_most", features: ["mammography_days"] },
];

export interface Offered extends Lever {
  input: Input;
  /** Yes or no: there is one way to move it. */
  binary: boolean;
  step: number;
  /** Where it starts: the median of the people the model was made on. */
  start: number;
}

/** Return a round step of at most half a per cent of a range. */
export function stepOf(low: number, high: number): number {
  return 10 ** Math.floor(Math.log10((high - low) / 100));
}

/** Return the levers that a model has inputs for. */
export function offered(inputs: Input[]): Offered[] {
  const known = new Map(inputs.map((one) => [one.name, one]));
  return LEVERS.flatMap((lever) => {
    const features = lever.features.filter((name) => known.has(name));
    const input = known.get(lever.features[0] as string);
    if (!input || !features.length) return [];
    const binary = input.low === 0 && input.high === 1;
    const step = binary ? 1 : stepOf(input.low, input.high);
    const goal = lever.how === "at_most" ? 0 : 1;
    const median = Math.min(Math.max(Math.round(input.median / step) * step, input.low), input.high);
    return [{ ...lever, features, input, binary, step, start: binary ? goal : Number(median.toFixed(6)) }];
  });
}

/** Read what the address says, such as `pressure:130,smoking:0`; what is none of the levers is left out. */
export function readMoves(text: string): Record<string, number> {
  const pairs = text.split(",").map((part) => part.split(":"));
  const keys = new Set(LEVERS.map((one) => one.key));
  return Object.fromEntries(
    pairs.flatMap(([key, value]) => {
      const number = Number(value);
      return key && keys.has(key) && value && Number.isFinite(number) ? [[key, number]] : [];
    }),
  );
}

export function writeMoves(moves: Record<string, number>): string {
  return Object.entries(moves)
    .map(([key, value]) => `${key}:${value}`)
    .join(",");
}

/** Return what to ask: every feature of every lever that is moved, within the range that the feature allows. */
export function changesOf(levers: Offered[], moves: Record<string, number>, inputs: Input[]): Change[] {
  const known = new Map(inputs.map((one) => [one.name, one]));
  return levers.flatMap((lever) => {
    const value = moves[lever.key];
    if (value === undefined) return [];
    return lever.features.map((feature) => {
      const input = known.get(feature) as Input;
      return { feature, how: lever.how, value: Math.min(Math.max(value, input.low), input.high) };
    });
  });
}

/** Return a change that moves nobody, for the figures as they are; null where there is no lever. */
export function nothing(levers: Offered[]): Change | null {
  const lever = levers[0];
  if (!lever) return null;
  const value = lever.how === "at_most" ? lever.input.high : lever.input.low;
  return { feature: lever.input.name, how: lever.how, value };
}
