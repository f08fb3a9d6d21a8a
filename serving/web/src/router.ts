/** Addresses to pages; who is not signed in is led to the log-in and back. */
import { createRouter, createWebHistory } from "vue-router";

import { onSignedOut } from "@/api/client";
import { pages, type Page } from "@/page";
import { loadSession, may, session, signedIn } from "@/session";

declare module "vue-router" {
  interface RouteMeta {
    page: string;
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: Object.entries(pages).map(([name, page]) => ({
    name,
    path: page.path,
    component: page.component,
    meta: { page: name },
  })),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

/** The pages in the navigation that who is signed in may see, in order. */
export function ownPages(): [string, Page][] {
  return Object.entries(pages)
    .filter(([, page]) => page.order !== undefined && may(...page.needs))
    .sort(([, one], [, other]) => (one.order ?? 0) - (other.order ?? 0));
}

router.beforeEach(async (to) => {
  if (session.value === null) await loadSession().catch(() => undefined);
  const page = pages[to.meta.page ?? ""];
  if (page && page.needs.length > 0 && !signedIn.value)
    return { name: "login", query: to.fullPath === "/" ? {} : { to: to.fullPath } };
  return true;
});

onSignedOut(() => {
  const here = router.currentRoute.value;
  if (here.name === "login") return;
  void loadSession().then(() => router.push({ name: "login", query: { to: here.fullPath } }));
});
