import { fileURLToPath } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

const server = `http://127.0.0.1:${process.env.SANZAO_PORT ?? 8000}`;

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: false, __VUE_I18N_LEGACY_API__: false },
  build: {
    target: "es2022",
    // A file that stands inside another as data would need a laxer content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // MapLibre is a megabyte in one piece; it is loaded when the map is first shown.
    chunkSizeWarningLimit: 1200,
  },
  // `npx vite` beside a running `make run`: pages change as they are written.
  server: { proxy: { "/v1": server } },
});
