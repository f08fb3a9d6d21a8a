/** Light or dark: as the system has it, until somebody chooses. */
import { computed, ref, watchEffect } from "vue";

const KEPT = "sanzao.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = ref(system.matches);
const chosen = ref(localStorage.getItem(KEPT));

system.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});

export const dark = computed(() => (chosen.value ? chosen.value === "dark" : systemDark.value));

export function switchTheme(): void {
  chosen.value = dark.value ? "light" : "dark";
  localStorage.setItem(KEPT, chosen.value);
}

watchEffect(() => {
  document.documentElement.dataset.theme = dark.value ? "dark" : "light";
});

/** Return the value of a colour token now, for what draws on a canvas. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
