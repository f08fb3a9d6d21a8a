/** A person's history as rows to read: what was measured, found or done on one day stands together. */
import type { Schemas } from "@/api/client";

export type Entry = Schemas["TimelineEntry"];
export type Kind = Entry["kind"];

export interface Row {
  on: string;
  kind: Kind;
  entries: Entry[];
}

export interface Year {
  year: string;
  rows: Row[];
}

/** What the reader may narrow a history to, and the kinds that each holds. */
export const GROUPS = {
  all: null,
  screening: new Set<Kind>(["examination", "invitation", "contact"]),
  diagnosis: new Set<Kind>(["diagnosis", "drug", "death"]),
  measurement: new Set<Kind>(["measurement", "observation"]),
} as const;
export type Group = keyof typeof GROUPS;

/** Return a history (newest first) by year; entries of one day and kind are one row. */
export function byYear(entries: Entry[], group: Group): Year[] {
  const kinds = GROUPS[group];
  const years: Year[] = [];
  for (const entry of entries) {
    if (kinds && !kinds.has(entry.kind)) continue;
    const year = entry.on.slice(0, 4);
    let last = years.at(-1);
    if (last?.year !== year) years.push((last = { year, rows: [] }));
    const row = last.rows.find((one) => one.on === entry.on && one.kind === entry.kind);
    if (row) row.entries.push(entry);
    else last.rows.push({ on: entry.on, kind: entry.kind, entries: [entry] });
  }
  return years;
}

// UCUM spells units for machines: brackets, powers and micro are written as people do.
const SPELT: [RegExp, string][] = [
  [/[[\]{}]/g, ""],
  [/10\*9/, "10⁹"],
  [/m2$/, "m²"],
  [/^umol/, "µmol"],
];

export function unitText(unit: string | null): string {
  if (unit === null || unit === "1") return "";
  return ` ${SPELT.reduce((text, [from, to]) => text.replace(from, to), unit)}`;
}
