import type { Page } from "@/page";

export const page: Page = { path: "/", needs: [], component: () => import("./Home.vue") };
