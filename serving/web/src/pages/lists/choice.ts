/** Programme and place: what both the plan and the calls are of, as the address says. */
import { computed, shallowRef, watch, type ComputedRef, type WritableComputedRef } from "vue";
import { useI18n } from "vue-i18n";

import { answerOf, api, type Schemas } from "@/api/client";
import { useAddress } from "@/composables/address";
import { useAsk, type Asked } from "@/composables/ask";
import { named } from "@/i18n";
import { placesOf, usualPlace, type Place } from "@/pages/lists/places";
import { signedIn } from "@/session";

export interface Choice {
  asked: Asked<Schemas["ProgrammeList"]>;
  programme: WritableComputedRef<string>;
  chosen: ComputedRef<Schemas["ProgrammeOut"] | null>;
  programmes: ComputedRef<{ value: string; label: string; disabled: boolean }[]>;
  place: WritableComputedRef<string>;
  places: ComputedRef<Place[]>;
  /** Take over which clinics there are, as a list of the whole catchment tells. */
  know: (clinics: Schemas["TownshipPlaces"][]) => void;
}

export function useChoice(): Choice {
  const { t } = useI18n();
  const asked = useAsk(() => answerOf(api.GET("/v1/programmes")));
  const catchment = signedIn.value?.catchment ?? [];
  const wanted = useAddress("programme", "");
  const place = useAddress("place", usualPlace(catchment));
  const clinics = shallowRef<Schemas["TownshipPlaces"][]>([]);

  const all = computed(() => asked.data.value?.programmes ?? []);
  const serving = computed(() => all.value.filter((one) => one.status === "serving"));
  const chosen = computed(
    () => serving.value.find((one) => one.name === wanted.value) ?? serving.value[0] ?? null,
  );
  const programme = computed({
    get: () => chosen.value?.name ?? "",
    set: (name) => {
      wanted.value = name;
    },
  });
  const programmes = computed(() =>
    all.value.map((one) => ({
      value: one.name,
      label:
        one.status === "serving"
          ? named(one, "title")
          : t("lists.unavailable", { title: named(one, "title") }),
      disabled: one.status !== "serving",
    })),
  );
  const places = computed(() =>
    placesOf(catchment, clinics.value, {
      all: t("lists.allMine"),
      whole: (area) => t("lists.wholeArea", { area }),
    }),
  );

  // A link to one clinic must name the others too: one line of the whole list tells which there are.
  watch(
    [programme, place],
    async ([name, where]) => {
      if (!name || !where.startsWith("clinic:") || clinics.value.length) return;
      const found = await answerOf(
        api.GET("/v1/worklists/{programme}", { params: { path: { programme: name }, query: { limit: 1 } } }),
      ).catch(() => null);
      if (found && !clinics.value.length) clinics.value = found.townships;
    },
    { immediate: true },
  );
  function know(told: Schemas["TownshipPlaces"][]): void {
    clinics.value = told;
  }
  return { asked, programme, chosen, programmes, place, places, know };
}
