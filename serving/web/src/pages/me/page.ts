import type { Page } from "@/page";

export const page: Page = {
  path: "/me",
  needs: ["persons:self"],
  order: 1,
  icon: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.5 20a7.5 7.5 0 0 1 15 0",
  component: () => import("./Me.vue"),
};
