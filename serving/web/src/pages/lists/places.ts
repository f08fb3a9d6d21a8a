/** Where a list is worked: one clinic, an area of the own catchment, or all of it. */
import type { Schemas } from "@/api/client";
import { named } from "@/i18n";

type Area = { code: string; name: string; name_zh: string };

export interface Place {
  /** As it stands in the address: empty, `area:331002` or `clinic:331002001`. */
  value: string;
  label: string;
}

/** Return what the API is asked for a place. */
export function queryOf(place: string): { area?: string; clinic?: string } {
  const [kind, code] = place.split(":");
  if (!code) return {};
  return kind === "clinic" ? { clinic: code } : { area: code };
}

/**
 * Return where somebody may work: the areas of their catchment, and the clinics in them.
 *
 * Somebody with a single area opens lists for that area, so that another's list of the same week is another list.
 */
export function placesOf(
  catchment: Area[],
  clinics: Schemas["TownshipPlaces"][],
  words: { all: string; whole: (area: string) => string },
): Place[] {
  const areas = catchment.map((area) => ({ value: `area:${area.code}`, label: words.whole(named(area)) }));
  const all = catchment.length === 1 ? [] : [{ value: "", label: words.all }];
  const own = [...clinics].sort((one, other) => one.code.localeCompare(other.code));
  return [
    ...all,
    ...areas,
    ...own.map((clinic) => ({ value: `clinic:${clinic.code}`, label: named(clinic) })),
  ];
}

/** Return the place that a list starts with. */
export function usualPlace(catchment: Area[]): string {
  return catchment.length === 1 && catchment[0] ? `area:${catchment[0].code}` : "";
}
