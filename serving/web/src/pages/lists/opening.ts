/** Opening a week's list: once, whatever becomes of the request. */
import { shallowRef, type ShallowRef } from "vue";

import { answerOf, api, Problem, type Schemas } from "@/api/client";
import { requestKey } from "@/pages/lists/outcomes";

export interface Opening {
  busy: ShallowRef<boolean>;
  opened: ShallowRef<Schemas["Opened"] | null>;
  refused: ShallowRef<Problem | null>;
  open: (programme: string, body: Schemas["OpenRequest"]) => Promise<boolean>;
  forget: () => void;
}

export function useOpening(): Opening {
  const busy = shallowRef(false);
  const opened = shallowRef<Schemas["Opened"] | null>(null);
  const refused = shallowRef<Problem | null>(null);
  let key = requestKey();

  async function open(programme: string, body: Schemas["OpenRequest"]): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    forget();
    try {
      opened.value = await answerOf(
        api.POST("/v1/worklists/{programme}/open", {
          params: { path: { programme }, header: { "Idempotency-Key": key } },
          body,
        }),
      );
      return true;
    } catch (error) {
      refused.value = error instanceof Problem ? error : new Problem(0, "unreachable", String(error));
      return false;
    } finally {
      busy.value = false;
      // Where no answer came the list may be open already: the same key asks again for the same answer.
      if (refused.value?.status !== 0) key = requestKey();
    }
  }

  function forget(): void {
    opened.value = refused.value = null;
  }

  return { busy, opened, refused, open, forget };
}
