import type { Page } from "@/page";

export const page: Page = {
  path: "/models/:name?",
  needs: ["models"],
  order: 4,
  icon: "M4 19h16M4 5v14M7 15c3 0 3-8 6-8s3 5 7 5",
  component: () => import("./Models.vue"),
};
