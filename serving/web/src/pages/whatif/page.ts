import type { Page } from "@/page";

export const page: Page = {
  path: "/whatif",
  needs: ["aggregates", "persons"],
  order: 5,
  icon: "M4 7h9m4 0h3M4 12h3m4 0h9M4 17h11m4 0h1M15 5v4M9 10v4M17 15v4",
  component: () => import("./WhatIf.vue"),
};
