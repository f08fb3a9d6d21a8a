/** A value that moves quickly, taken over when it has come to rest. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from "vue";

/** Return the value of `source` now, and then whenever it has not changed for `milliseconds`. */
export function useSettled<T>(source: () => T, milliseconds: number): ShallowRef<T> {
  const settled = shallowRef(source());
  let waiting: ReturnType<typeof setTimeout> | undefined;
  watch(source, (value) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      settled.value = value;
    }, milliseconds);
  });
  onScopeDispose(() => clearTimeout(waiting));
  return settled;
}
