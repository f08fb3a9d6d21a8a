/** What a model's inputs are called; asked of the server once a model. */
import { shallowReactive } from "vue";

import { answerOf, api } from "@/api/client";
import { named } from "@/i18n";

type Input = { name: string; label: string; label_zh: string };

const inputs = shallowReactive(new Map<string, Input[]>());
const asked = new Set<string>();

async function load(model: string): Promise<void> {
  try {
    const shown = await answerOf(api.GET("/v1/models/{name}", { params: { path: { name: model } } }));
    inputs.set(model, shown.inputs);
  } catch {
    asked.delete(model);
  }
}

/** Return the name of a model's input in the reader's language; its bare name until the server has answered. */
export function inputName(model: string, feature: string): string {
  if (!asked.has(model)) {
    asked.add(model);
    void load(model);
  }
  return (
    named(
      inputs.get(model)?.find((one) => one.name === feature),
      "label",
    ) || feature
  );
}
