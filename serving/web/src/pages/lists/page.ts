import type { Page } from "@/page";

export const page: Page = {
  path: "/lists",
  needs: ["programmes", "persons:own-catchment"],
  order: 2,
  icon: "M9 6h11M9 12h11M9 18h11M3.5 6l1 1 2-2M3.5 12l1 1 2-2M3.5 18l1 1 2-2",
  component: () => import("./Lists.vue"),
};
