/** What the map asks of the server. */
import { computed, type ComputedRef } from "vue";

import { answerOf, api, type Schemas } from "@/api/client";
import { useAsk, type Asked } from "@/composables/ask";

import type { Level, View } from "./view";

export type AreaList = Schemas["AreaList"];
export type Shapes = Schemas["AreaCollection"];

async function listed(level: Level, view: View, year: string): Promise<AreaList> {
  const query = {
    measure: view.measure.value,
    disease: view.disease.value,
    sex: view.sex.value,
    age: view.age.value,
    ...(year === "" ? {} : { year: Number(year) }),
  };
  const answer = await answerOf(api.GET("/v1/areas/{level}", { params: { path: { level }, query } }));
  return answer as AreaList;
}

async function drawn(level: Level): Promise<Shapes> {
  const query = { disease: "hypertension", measure: "observed", format: "geojson" as const };
  const answer = await answerOf(api.GET("/v1/areas/{level}", { params: { path: { level }, query } }));
  return answer as Shapes;
}

export interface Answers {
  catalogue: Asked<Schemas["AreaCatalogue"]>;
  list: Asked<AreaList>;
  /** The whole window, whose classes also colour single years, so that years can be compared. */
  window: Asked<AreaList>;
  counties: Asked<Shapes>;
  townships: Asked<Shapes>;
  clusters: Asked<Schemas["AreaClusters"]>;
  year: ComputedRef<string>;
  /** The figures of the chosen area, which may be a county while townships are listed. */
  chosen: ComputedRef<Schemas["AreaFigures"] | undefined>;
}

export function useAnswers(view: View): Answers {
  const { measure, disease, sex, age, level } = view;
  // Single years are told of observed disease only; a year in the address waits for it.
  const year = computed(() => (measure.value === "observed" ? view.year.value : ""));
  const whom = [measure, disease, sex, age, level];
  const list = useAsk(() => listed(level.value, view, year.value), [...whom, year]);
  const above = useAsk(
    () => (view.within.value === "" ? null : listed("county", view, year.value)),
    [measure, disease, sex, age, year, view.within],
  );
  return {
    list,
    chosen: computed(() =>
      [...(list.data.value?.areas ?? []), ...(above.data.value?.areas ?? [])].find(
        (row) => row.code === view.area.value,
      ),
    ),
    catalogue: useAsk(() => answerOf(api.GET("/v1/areas"))),
    window: useAsk(() => (year.value === "" ? null : listed(level.value, view, "")), [...whom, year]),
    counties: useAsk(() => drawn("county")),
    townships: useAsk(() => drawn("township")),
    clusters: useAsk(() => {
      if (view.clusters.value === "" || measure.value !== "observed") return null;
      const query = { disease: disease.value, sex: sex.value, age: age.value };
      return answerOf(
        api.GET("/v1/areas/{level}/clusters", { params: { path: { level: level.value }, query } }),
      );
    }, [...whom, view.clusters]),
    year,
  };
}
