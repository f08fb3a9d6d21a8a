import type { Page } from "@/page";

export const page: Page = {
  path: "/residents/:resident",
  needs: ["persons"],
  component: () => import("./Resident.vue"),
};
