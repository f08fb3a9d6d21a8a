/** Something asked of the server: waiting, answered or refused, and asked again when what it hangs on changes. */
import { onScopeDispose, shallowRef, watch, type ShallowRef, type WatchSource } from "vue";

import { Problem } from "@/api/client";

export interface Asked<T> {
  data: ShallowRef<T | null>;
  problem: ShallowRef<Problem | null>;
  busy: ShallowRef<boolean>;
  again: () => Promise<void>;
}

/**
 * Ask now and whenever `on` changes. While a newer question is out, the old answer stays on the screen, and an answer
 * that comes after a newer question is dropped.
 */
export function useAsk<T>(question: () => Promise<T> | null, on: WatchSource[] = []): Asked<T> {
  const data = shallowRef<T | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const busy = shallowRef(false);
  let turn = 0;

  async function again(): Promise<void> {
    const mine = ++turn;
    const asked = question();
    if (asked === null) {
      busy.value = false;
      return;
    }
    busy.value = true;
    try {
      const answer = await asked;
      if (mine !== turn) return;
      data.value = answer;
      problem.value = null;
    } catch (error) {
      if (mine !== turn) return;
      problem.value = error instanceof Problem ? error : new Problem(0, "unreachable", String(error));
    } finally {
      if (mine === turn) busy.value = false;
    }
  }

  watch(on, () => void again());
  void again();
  onScopeDispose(() => {
    turn += 1;
  });
  return { data, problem, busy, again };
}
