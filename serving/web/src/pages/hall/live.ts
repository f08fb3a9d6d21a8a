/** The hall's answer, asked for again and again while it is looked at; an answer that has not changed is not sent. */
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";

import { answerOf, api, Problem, type Schemas } from "@/api/client";

const EVERY = 5_000; // milliseconds

export interface Live {
  hall: ShallowRef<Schemas["Hall"] | null>;
  /** When the server last said that this is how things are. */
  checked: ShallowRef<Date | null>;
  problem: ShallowRef<Problem | null>;
  again: () => Promise<void>;
}

export function useHall(): Live {
  const hall = shallowRef<Schemas["Hall"] | null>(null);
  const checked = shallowRef<Date | null>(null);
  const problem = shallowRef<Problem | null>(null);
  let tag = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function ask(): Promise<void> {
    const asked = await api.GET("/v1/hall", tag ? { headers: { "If-None-Match": tag } } : {});
    if (asked.response.status !== 304) {
      hall.value = await answerOf(Promise.resolve(asked));
      tag = asked.response.headers.get("ETag") ?? "";
    }
    checked.value = new Date();
    problem.value = null;
  }

  async function again(): Promise<void> {
    clearTimeout(timer);
    try {
      // Nobody looks at a hidden page; it is asked for anew when it is shown.
      if (!document.hidden) await ask();
    } catch (error) {
      problem.value = error instanceof Problem ? error : new Problem(0, "unreachable", String(error));
    }
    // Whoever was signed out, or may not look, is not let in by asking again.
    const refused = problem.value?.status === 401 || problem.value?.status === 403;
    if (!ended && !refused) timer = setTimeout(() => void again(), EVERY);
  }

  const shown = (): void => {
    if (!document.hidden) void again();
  };
  document.addEventListener("visibilitychange", shown);
  onScopeDispose(() => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", shown);
  });
  void again();
  return { hall, checked, problem, again };
}
