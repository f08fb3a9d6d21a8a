/** From answers and view to what is drawn: rows, colours, outlines and the stretch of map that is looked at. */
import type { FeatureCollection, Geometry } from "geojson";
import { computed, type ComputedRef } from "vue";

import type { Schemas } from "@/api/client";
import { named } from "@/i18n";

import type { Layers } from "./AreaMap.vue";
import type { Answers, Shapes } from "./answers";
import { extent as extentOf, outline } from "./outline";
import { features, labels, painted } from "./paint";
import { scaleOf, type Row, type Shown } from "./values";
import type { View } from "./view";

export const MOST_P = 0.05;
const NONE: FeatureCollection = { type: "FeatureCollection", features: [] };
// The kinds that local Moran names, in the colours of high and low of the diverging scale.
const ALIKE: Record<string, string> = { "high-high": "#b2182b", "low-low": "#2166ac" };

export type Found = Schemas["AreaClusters"];

interface Shape {
  id: string;
  geometry: Geometry | null;
}

function shapesOf(drawn: Shapes | null): Shape[] {
  return (drawn?.features ?? []).map((one) => ({ id: one.id, geometry: one.geometry as Geometry | null }));
}

function lines(geometry: Geometry, colour: string) {
  return { type: "Feature" as const, geometry, properties: { colour } };
}

export function useDrawn(view: View, answers: Answers, shown: ComputedRef<Shown>) {
  const all = computed((): Row[] => answers.list.data.value?.areas ?? []);
  const level = computed(() => answers.list.data.value?.level ?? view.level.value);
  const rows = computed(() => all.value.filter((row) => row.code.startsWith(view.within.value)));
  const counties = computed(() => shapesOf(answers.counties.data.value));
  const townships = computed(() => shapesOf(answers.townships.data.value));
  const shapes = computed(() => (level.value === "county" ? counties.value : townships.value));
  const names = computed(
    () =>
      new Map(
        [
          ...(answers.counties.data.value?.features ?? []),
          ...(answers.townships.data.value?.features ?? []),
        ].map((one) => [one.id, named(one.properties)]),
      ),
  );
  const scale = computed(() => {
    const base = answers.year.value === "" ? all.value : (answers.window.data.value?.areas ?? all.value);
    return scaleOf(base, shown.value, view.steps.value);
  });
  /** The clusters of what is on the screen; those of an earlier question are gone with it. */
  const found = computed((): Found | null => {
    const clusters = answers.clusters.data.value;
    const list = answers.list.data.value;
    if (!clusters || list?.measure.name !== "observed" || view.clusters.value === "") return null;
    const same = (["level", "disease", "sex", "age"] as const).every((key) => clusters[key] === list[key]);
    return same ? clusters : null;
  });
  const signs = computed(() => {
    const marks = new Map<string, string[]>();
    const add = (code: string, sign: string) => marks.set(code, [...(marks.get(code) ?? []), sign]);
    for (const cluster of found.value?.clusters ?? [])
      if (cluster.p <= MOST_P) for (const code of cluster.codes) add(code, "cluster");
    for (const [code, kind] of Object.entries(found.value?.local ?? {})) add(code, kind);
    return marks;
  });
  const geometryOf = computed(() => new Map(shapes.value.map((one) => [one.id, one.geometry])));
  const geometries = (codes: string[]) => codes.map((code) => geometryOf.value.get(code) ?? null);

  const areas = computed(() => {
    const paint = new Map(
      all.value.map((row) => [row.code, painted(row, shown.value, scale.value, view.within.value)]),
    );
    return features(shapes.value, paint);
  });
  const borders = computed(() =>
    features(counties.value, new Map(counties.value.map((one) => [one.id, BORDER]))),
  );
  const placed = computed(() => {
    const own = view.within.value === "" ? counties.value : townships.value;
    return labels(
      own.filter((one) => one.id.startsWith(view.within.value)),
      names.value,
    );
  });
  const circles = computed((): FeatureCollection => {
    const strong = (found.value?.clusters ?? []).filter((one) => one.p <= MOST_P);
    return { ...NONE, features: strong.map((one) => lines(outline(geometries(one.codes)), "")) };
  });
  const alike = computed((): FeatureCollection => {
    const local = Object.entries(found.value?.local ?? {});
    const drawn = Object.entries(ALIKE).map(([kind, colour]) => {
      const codes = local.filter(([, one]) => one === kind).map(([code]) => code);
      return lines(outline(geometries(codes)), colour);
    });
    return { ...NONE, features: drawn };
  });
  const layers = computed((): Layers => ({
    areas: areas.value,
    borders: borders.value,
    names: placed.value,
    circles: circles.value,
    alike: alike.value,
  }));
  const extent = computed(() =>
    extentOf(counties.value.filter((one) => one.id.startsWith(view.within.value)).map((one) => one.geometry)),
  );
  /** Whether there is a map at all; null as long as nobody knows. */
  const drawable = computed(() => {
    if (!answers.counties.data.value || !answers.townships.data.value) return null;
    return counties.value.some((one) => one.geometry);
  });
  return { rows, scale, layers, extent, signs, found, names, drawable };
}

const BORDER = { code: "", colour: "", pattern: "", faint: false };
