/** The two languages, and numbers and dates as each writes them. */
import { watchEffect } from "vue";
import { createI18n } from "vue-i18n";

import { shared } from "@/messages";
import { pageMessages } from "@/page";

export type Language = "en" | "zh";

const KEPT = "sanzao.language";

function first(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(KEPT);
  if (asked === "en" || asked === "zh") return asked;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function messagesIn(language: Language): Record<string, unknown> {
  const own = Object.entries(pageMessages).map(([folder, words]) => [folder, words[language]]);
  return { ...shared[language], ...Object.fromEntries(own) };
}

export const i18n = createI18n({
  legacy: false,
  locale: first(),
  fallbackLocale: "en",
  messages: { en: messagesIn("en"), zh: messagesIn("zh") } as Record<Language, Record<string, string>>,
});

export function language(): Language {
  return i18n.global.locale.value as Language;
}

export function setLanguage(chosen: Language): void {
  i18n.global.locale.value = chosen;
  localStorage.setItem(KEPT, chosen);
}

watchEffect(() => {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
});

/** Return one of two labels that the server gives side by side. */
export function named(of: { [key: string]: unknown } | undefined | null, key = "name"): string {
  if (!of) return "";
  const chosen = language() === "zh" ? of[`${key}_zh`] : of[key];
  return String(chosen ?? of[key] ?? "");
}

/** Return one of two lists of sentences that the server gives side by side. */
export function inLanguage<Key extends string>(
  of: { [name in Key | `${Key}_zh`]: string[] },
  key: Key,
): string[] {
  return language() === "zh" ? of[`${key}_zh`] : of[key];
}
