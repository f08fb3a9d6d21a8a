/** State that stands in the address, so that a link shows the same view. */
import { computed, nextTick, type WritableComputedRef } from "vue";
import { useRoute, useRouter, type LocationQueryRaw, type Router } from "vue-router";

// Changes of one moment are written together: each alone would undo the one before it.
let waiting: LocationQueryRaw | null = null;

function write(router: Router, key: string, value: string | undefined): void {
  if (waiting) {
    waiting[key] = value;
    return;
  }
  waiting = { [key]: value };
  void nextTick(() => {
    const query = { ...router.currentRoute.value.query, ...waiting };
    waiting = null;
    void router.replace({ query, hash: router.currentRoute.value.hash });
  });
}

/** Return a value of the address's query; the usual value is left out of the address. */
export function useAddress(key: string, usual: string): WritableComputedRef<string> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get: () => {
      const value = route.query[key];
      return typeof value === "string" ? value : usual;
    },
    set: (value) => write(router, key, value === usual ? undefined : value),
  });
}
