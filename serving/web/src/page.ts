/** What a page is. A folder under `pages/` with a `page.ts` is one; nothing else has to name it. */
import type { Component } from "vue";

import type { Need } from "@/session";

export interface Page {
  /** Address, as vue-router writes it. */
  path: string;
  /** What the caller's role must allow, one of these; none for pages that need no log-in. */
  needs: Need[];
  /** Place in the navigation; pages without one are reached from others. */
  order?: number;
  /** SVG path data of its sign, on a 24 × 24 grid, drawn with a stroke. */
  icon?: string;
  component: () => Promise<{ default: Component }>;
}

/** Words of a page in both languages, the same keys in each; `title` names the page. */
export interface Messages {
  en: { title: string; [key: string]: unknown };
  zh: { title: string; [key: string]: unknown };
}

const pageModules = import.meta.glob<Page>("./pages/*/page.ts", { eager: true, import: "page" });
const messageModules = import.meta.glob<Messages>("./pages/*/messages.ts", {
  eager: true,
  import: "messages",
});

function byFolder<T>(modules: Record<string, T>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(modules).map(([file, entry]) => [file.split("/")[2] as string, entry]),
  );
}

export const pages: Record<string, Page> = byFolder(pageModules);
export const pageMessages: Record<string, Messages> = byFolder(messageModules);
