import type { Page } from "@/page";

export const page: Page = {
  path: "/map",
  needs: ["aggregates"],
  order: 1,
  icon: "M9 4 3 6.5v13L9 17l6 3 6-2.5v-13L15 7 9 4m0 0v13m6-10v13",
  component: () => import("./Map.vue"),
};
