/** What the map shows, all of it in the address, so that a link shows the same. */
import type { WritableComputedRef } from "vue";

import { useAddress } from "@/composables/address";

import type { Steps } from "./scale";
import type { Shown } from "./values";

export type Level = "county" | "township";
export type Side = "table" | "area" | "funnel";

export interface View {
  measure: WritableComputedRef<string>;
  disease: WritableComputedRef<string>;
  sex: WritableComputedRef<string>;
  age: WritableComputedRef<string>;
  /** Years back, "" for the whole window. */
  year: WritableComputedRef<string>;
  level: WritableComputedRef<Level>;
  /** The county whose townships are shown, "" for all. */
  within: WritableComputedRef<string>;
  /** The chosen area. */
  area: WritableComputedRef<string>;
  shown: WritableComputedRef<Shown>;
  steps: WritableComputedRef<Steps>;
  /** "1" if clusters are outlined. */
  clusters: WritableComputedRef<string>;
  side: WritableComputedRef<Side>;
}

export function useView(): View {
  const usual: [keyof View, string][] = [
    ["measure", "observed"],
    ["disease", "hypertension"],
    ["sex", "all"],
    ["age", "all"],
    ["year", ""],
    ["level", "county"],
    ["within", ""],
    ["area", ""],
    ["shown", "value"],
    ["steps", "quantile"],
    ["clusters", ""],
    ["side", "table"],
  ];
  // Nobody but this page writes these, and an address that was tampered with meets the server's or the chooser's list.
  return Object.fromEntries(usual.map(([key, value]) => [key, useAddress(key, value)])) as unknown as View;
}
