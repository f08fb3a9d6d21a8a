import prettier from "@vue/eslint-config-prettier/skip-formatting";
import vue from "eslint-plugin-vue";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "src/api/schema.d.ts"] },
  ...tseslint.configs.recommended,
  ...vue.configs["flat/recommended"],
  { files: ["**/*.vue"], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  // One word is enough for a component that is imported by name.
  { rules: { "vue/multi-word-component-names": "off" } },
  prettier,
);
