/** A risk as one would say it to somebody at the kitchen table. */
import type { Risk } from "@/components/risks";

/**
 * Return a risk as so many of so many people. Natural frequencies with one denominator are understood best
 * (Trevena LJ et al., BMC Med Inform Decis Mak 2013;13(Suppl 2):S7); below 1 in 100 the group has to grow.
 */
export function ofPeople(risk: number): { count: number; of: number } {
  if (risk >= 0.01) return { count: Math.round(risk * 100), of: 100 };
  return risk >= 0.001 ? { count: Math.round(risk * 1000), of: 1000 } : { count: 1, of: 1000 };
}

/** What can be done about a reason, by the features that tell of it. */
const LEVERS: Record<string, string[]> = {
  smoking: ["current_smoker", "cigarettes_per_day"],
  pressure: ["systolic_bp", "diastolic_bp", "pulse_pressure"],
  weight: ["bmi", "weight", "waist", "waist_circumference", "waist_height_ratio", "weight_slope"],
  sugar: ["glucose", "hba1c"],
  fats: [
    "total_cholesterol",
    "ldl_cholesterol",
    "hdl_cholesterol",
    "non_hdl_cholesterol",
    "cholesterol_ratio",
    "triglycerides",
  ],
  alcohol: ["alcohol_weekly"],
  moving: ["physically_active"],
};

const MEASURED = new Set(Object.values(LEVERS).flat());

/** Return what has not been measured and could simply be asked or measured at a check-up. */
export function measurable(risk: Risk): string[] {
  return risk.missing.filter((feature) => MEASURED.has(feature) && !feature.endsWith("_slope"));
}

/** Return what of a person's own reasons can be changed, those that raise most risks first. */
export function levers(risks: Risk[]): string[] {
  const often = new Map<string, number>();
  for (const risk of risks) {
    if (risk.tier === "usual") continue;
    const raising = new Set(
      risk.reasons.filter((one) => one.direction === "raises").map((one) => one.feature),
    );
    for (const [lever, features] of Object.entries(LEVERS))
      if (features.some((feature) => raising.has(feature))) often.set(lever, (often.get(lever) ?? 0) + 1);
  }
  return [...often.entries()].sort(([, one], [, other]) => other - one).map(([lever]) => lever);
}
