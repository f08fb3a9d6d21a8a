/** Numbers and dates as the reader's language writes them; "–" for what is not known. */
import { language } from "@/i18n";

export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return value.toLocaleString(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** An estimate, by its first digits: enough to tell little from nothing, and no more than it is worth. */
export function about(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const cut = Number(value.toPrecision(digits));
  return cut.toLocaleString(language(), {
    maximumSignificantDigits: Math.max(digits, String(Math.trunc(cut)).length),
  });
}

export function percent(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined ? "–" : `${number(value * 100, digits)} %`;
}

/** A change, with its sign. */
export function signed(value: number, digits: number): string {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${number(Math.abs(value), digits)}`;
}

export function day(value: string | null | undefined): string {
  if (!value) return "–";
  return new Date(value).toLocaleDateString(language(), { year: "numeric", month: "short", day: "numeric" });
}

export function moment(value: string | null | undefined): string {
  if (!value) return "–";
  return new Date(value).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}

// UCUM codes that people write otherwise.
const UNITS: Record<string, [string, string]> = {
  "1": ["", ""],
  "mm[Hg]": ["mmHg", "mmHg"],
  "kg/m2": ["kg/m²", "kg/m²"],
  "/d": ["a day", "/天"],
  "ug/m3": ["µg/m³", "µg/m³"],
  "umol/L": ["µmol/L", "µmol/L"],
  d: ["days", "天"],
  a: ["years", "岁"],
};

/** Return a unit as people write it. */
export function unit(code: string): string {
  return UNITS[code]?.[language() === "zh" ? 1 : 0] ?? code;
}

export function clock(value: Date | string | null | undefined): string {
  if (!value) return "–";
  return new Date(value).toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
}
