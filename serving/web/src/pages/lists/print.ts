/** Put a whole list on paper. */
import { nextTick } from "vue";

import type { Line } from "@/pages/lists/line";
import type { Paged } from "@/composables/pages";

/** Fetch every line that is not there yet, and print when all of them stand on the page. */
export async function printAll(list: Paged<unknown, Line>): Promise<void> {
  await list.all();
  await nextTick();
  window.print();
}
