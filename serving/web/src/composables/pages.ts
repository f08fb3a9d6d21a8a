/** A list that the server gives page by page. */
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef, type WatchSource } from "vue";

import { Problem } from "@/api/client";
import { useAsk } from "@/composables/ask";

export interface PageOf<Answer, Line> {
  answer: Answer;
  lines: Line[];
  /** Names the page that follows; null after the last. */
  next: string | null;
}

export interface Paged<Answer, Line> {
  /** What the first page said of the whole list. */
  answer: ComputedRef<Answer | null>;
  lines: ShallowRef<Line[]>;
  busy: ComputedRef<boolean>;
  problem: ComputedRef<Problem | null>;
  hasMore: ComputedRef<boolean>;
  again: () => Promise<void>;
  /** Add the next page, if there is one. */
  more: () => Promise<void>;
  /** Add every page that is left. */
  all: () => Promise<void>;
}

/**
 * Ask for the first page now and whenever `on` changes; the lines shown stay until others are there.
 *
 * `ask` is told the cursor of the page and how many lines come before it.
 */
export function usePages<Answer, Line>(
  ask: (cursor: string | null, shown: number) => Promise<PageOf<Answer, Line>> | null,
  on: WatchSource[],
): Paged<Answer, Line> {
  const first = useAsk(() => ask(null, 0), on);
  const lines = shallowRef<Line[]>([]);
  const next = shallowRef<string | null>(null);
  const adding = shallowRef<Promise<void> | null>(null);
  const trouble = shallowRef<Problem | null>(null);

  watch(
    first.data,
    (page) => {
      lines.value = page?.lines ?? [];
      next.value = page?.next ?? null;
      trouble.value = null;
    },
    { flush: "sync" },
  );

  async function more(): Promise<void> {
    if (next.value === null || first.busy.value) return;
    // Whoever asks while a page is on its way waits for that one.
    adding.value ??= add(next.value);
    await adding.value;
  }

  async function add(cursor: string): Promise<void> {
    const mine = first.data.value;
    try {
      const page = await ask(cursor, lines.value.length);
      if (page === null || first.data.value !== mine) return;
      lines.value = [...lines.value, ...page.lines];
      next.value = page.next;
      trouble.value = null;
    } catch (error) {
      trouble.value = error instanceof Problem ? error : new Problem(0, "unreachable", String(error));
    } finally {
      adding.value = null;
    }
  }

  /** Wait until the first page is there: what follows it is not known before. */
  async function settled(): Promise<void> {
    if (!first.busy.value) return;
    await new Promise<void>((done) => {
      const stop = watch(first.busy, (busy) => {
        if (busy) return;
        stop();
        done();
      });
    });
  }

  async function all(): Promise<void> {
    await settled();
    while (next.value !== null && trouble.value === null) {
      const before = next.value;
      await more();
      if (next.value === before) return;
    }
  }

  return {
    answer: computed(() => first.data.value?.answer ?? null),
    lines,
    busy: computed(() => first.busy.value || adding.value !== null),
    problem: computed(() => first.problem.value ?? trouble.value),
    hasMore: computed(() => next.value !== null),
    again: first.again,
    more,
    all,
  };
}
