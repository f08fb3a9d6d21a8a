import type { Page } from "@/page";

export const page: Page = {
  path: "/burden",
  needs: ["aggregates"],
  order: 3,
  icon: "M4 20h16M6 20v-6m4 6V8m4 12v-9m4 9V5",
  component: () => import("./Burden.vue"),
};
