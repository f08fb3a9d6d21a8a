/** Fixed names of lists, tasks and timelines in words, asked of the server once. */
import { shallowRef } from "vue";

import { answerOf, api, type Schemas } from "@/api/client";
import { named } from "@/i18n";

type Words = Schemas["Words"]["words"];

const AGAIN_AFTER = 5000; // milliseconds, after the server could not answer
const words = shallowRef<Words | null>(null);
let asked: Promise<void> | null = null;

async function load(): Promise<void> {
  try {
    words.value = (await answerOf(api.GET("/v1/tasks/words"))).words;
  } catch {
    // The bare names are shown meanwhile.
    setTimeout(() => {
      asked = null;
    }, AGAIN_AFTER);
  }
}

function known(): Words | null {
  asked ??= load();
  return words.value;
}

/** Return a name of a group (state, reason, outcome, …) in the reader's language. */
export function word(group: string, name: string): string {
  return (
    named(
      known()?.[group]?.find((one) => one.name === name),
      "label",
    ) || name
  );
}

/** Return the names of a group. */
export function namesOf(group: string): string[] {
  return known()?.[group]?.map((one) => one.name) ?? [];
}
