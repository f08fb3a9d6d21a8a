import type { Page } from "@/page";

export const page: Page = {
  path: "/hall",
  needs: ["aggregates"],
  order: 6,
  icon: "M4 5h16v11H4zM9 20h6M12 16v4M8 12l2.5-3 2 2L16 8",
  component: () => import("./Hall.vue"),
};
