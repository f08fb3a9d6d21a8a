/** What the map shows in words: of the answer that is on the screen, not of a question that is still out. */
import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";

import { number } from "@/composables/format";
import { language, named } from "@/i18n";

import type { Answers } from "./answers";
import { MOST_P, type Found } from "./drawn";
import type { Shown } from "./values";

export function useWords(answers: Answers, shown: ComputedRef<Shown>, found: ComputedRef<Found | null>) {
  const { t } = useI18n();
  const list = answers.list.data;

  /** Say which year lies so many years back: the calendar year where the records end with one. */
  function yearLabel(back: number): string {
    const end = new Date(answers.catalogue.data.value?.as_of ?? list.value?.as_of ?? "");
    end.setUTCFullYear(end.getUTCFullYear() - back);
    if (end.getUTCMonth() === 0 && end.getUTCDate() === 1) return String(end.getUTCFullYear() - 1);
    const date = end.toLocaleDateString(language(), { year: "numeric", month: "short", timeZone: "UTC" });
    return t("map.yearBefore", { date });
  }

  const title = computed(() => {
    const told = list.value;
    if (!told) return t("map.title");
    const disease = answers.catalogue.data.value?.diseases.find((one) => one.name === told.disease);
    const parts = [disease ? named(disease, "label") : told.disease, named(told.measure, "title")];
    if (shown.value !== "value") parts.push(t(`map.shown.${shown.value}`));
    return parts.join(" · ");
  });

  const unit = computed(() => {
    if (shown.value !== "value") return t(`map.shownWhy.${shown.value}`);
    const measure = list.value?.measure;
    if (!measure || measure.per === 1) return t("map.shownWhy.share");
    return t("map.shownWhy.value", { per: `${number(measure.per)} ${named(measure, "denominator")}` });
  });

  const subtitle = computed(() => {
    const told = list.value;
    if (!told) return "";
    const parts = [unit.value];
    if (told.model === null) parts.push(told.year === null ? t("map.window") : yearLabel(told.year));
    if (told.sex !== "all") parts.push(t(told.sex));
    if (told.age !== "all") parts.push(t("map.years", { band: told.age }));
    return parts.join(" · ");
  });

  const clusterWords = computed(() => {
    if (!found.value) return "";
    const { clusters, moran, moran_p } = found.value;
    const strong = clusters.filter((one) => one.p <= MOST_P).length;
    const first = clusters[0];
    const none = first ? t("map.noClusters", { p: first.p }) : t("map.noScan");
    const scan = strong ? t("map.someClusters", { n: strong }) : none;
    return moran === null ? scan : `${scan} ${t("map.likeNeighbours", { i: moran, p: moran_p })}`;
  });

  return { title, subtitle, clusterWords, yearLabel };
}
