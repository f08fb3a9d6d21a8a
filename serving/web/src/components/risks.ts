/** A resident's risks under all models, in the order in which they matter. */
import type { Schemas } from "@/api/client";

export type Risk = Schemas["RiskOut"];

const TIERS = ["very_high", "high", "usual"];

/** Return the risks that apply, highest tier first and then highest risk, and those that do not apply. */
export function sorted(risks: Risk[]): { applicable: Risk[]; others: Risk[] } {
  const rank = (risk: Risk): number => TIERS.indexOf(risk.tier ?? "usual");
  const applicable = risks
    .filter((one) => one.applicable && one.risk !== null)
    .sort((one, other) => rank(one) - rank(other) || (other.risk ?? 0) - (one.risk ?? 0));
  return { applicable, others: risks.filter((one) => !one.applicable || one.risk === null) };
}
