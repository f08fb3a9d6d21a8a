import "@fontsource-variable/noto-sans-sc/wght.css";
import "@/theme/tokens.css";
import "@/theme/base.css";

import { createApp } from "vue";

import App from "@/App.vue";
import { i18n } from "@/i18n";
import { router } from "@/router";

createApp(App).use(i18n).use(router).mount("#app");
