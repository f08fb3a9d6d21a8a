/** Keys to commands, wherever nothing is being typed. */
import { onBeforeUnmount, onMounted } from "vue";

export type Command = "next" | "previous" | "open" | "call" | "undo" | "help" | "find" | "back";

const COMMANDS: Record<string, Command> = {
  j: "next",
  ArrowDown: "next",
  k: "previous",
  ArrowUp: "previous",
  Enter: "open",
  c: "call",
  u: "undo",
  "?": "help",
  "/": "find",
  Escape: "back",
};

/** Return the command of a key; null where there is none, or a modifier makes it the browser's. */
export function commandOf(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">,
): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return COMMANDS[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null;
}

function own(event: KeyboardEvent, command: Command | null): boolean {
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (!target) return false;
  if (target.closest("input, textarea, select, [contenteditable]")) return command !== "back";
  // A button or link that has the focus is pressed by Enter; groups of choices move by arrows.
  if (command === "open" && target.closest("button, a, summary")) return true;
  return event.key.startsWith("Arrow") && target.closest("[role=radiogroup], [data-scrolls]") !== null;
}

/**
 * Listen to the keyboard while the component is shown.
 *
 * `then` gets every key that is not being typed into a field, with its command, and returns whether it has used it.
 */
export function useKeys(then: (command: Command | null, key: string) => boolean): void {
  function listen(event: KeyboardEvent): void {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const command = commandOf(event);
    if (event.ctrlKey || event.metaKey || event.altKey || own(event, command)) return;
    if (then(command, event.key)) event.preventDefault();
  }
  onMounted(() => addEventListener("keydown", listen));
  onBeforeUnmount(() => removeEventListener("keydown", listen));
}
