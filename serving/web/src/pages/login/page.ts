import type { Page } from "@/page";

export const page: Page = { path: "/login", needs: [], component: () => import("./Login.vue") };
