/** Units, values and names as people write them. */
import { number } from "@/composables/format";
import { language } from "@/i18n";

const UNITS: Record<string, [string, string]> = {
  "1": ["", ""],
  "mm[Hg]": ["mmHg", "mmHg"],
  "kg/m2": ["kg/m²", "kg/m²"],
  a: ["years", "岁"],
  d: ["days", "天"],
  "/d": ["a day", "每天"],
  "/min": ["a minute", "次/分"],
  "umol/L": ["µmol/L", "µmol/L"],
  "ug/m3": ["µg/m³", "µg/m³"],
  "ug/L": ["µg/L", "µg/L"],
  CNY: ["CNY", "元"],
};

/** Return a UCUM code as people write it. */
export function unitOf(code: string): string {
  const zh = language() === "zh" ? 1 : 0;
  const yearly = code.endsWith("/a") ? code.slice(0, -2) : null;
  const unit = UNITS[yearly ?? code]?.[zh] ?? yearly ?? code;
  return yearly === null ? unit : zh ? `${unit}/年` : `${unit} a year`;
}

/** Write a value of a feature, without more digits than its size bears. */
export function valueText(value: number): string {
  const size = Math.abs(value);
  return number(value, Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** Write a tick: as short as its own digits. */
export function tickText(value: number): string {
  if (Math.abs(value) >= 10_000) return `${Number((value / 1000).toPrecision(4))}k`;
  return String(Number(value.toPrecision(6)));
}

/** Write a factor on the odds. */
export function odds(logOdds: number): string {
  const ratio = Math.exp(logOdds);
  return `× ${number(ratio, ratio >= 10 ? 1 : 2)}`;
}
