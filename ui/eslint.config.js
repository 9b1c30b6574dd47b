import vue from "eslint-plugin-vue";
import typescript from "typescript-eslint";
import parser from "vue-eslint-parser";

export default typescript.config(
  ...typescript.configs.recommended,
  ...vue.configs["flat/recommended"],
  {
    files: ["**/*.{ts,vue}"],
    languageOptions: { parser, parserOptions: { parser: typescript.parser, sourceType: "module" } },
    rules: {
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-self-closing": "off",
      "vue/multi-word-component-names": "off",
      "vue/html-indent": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/multiline-html-element-content-newline": "off",
      "vue/first-attribute-linebreak": "off",
      "vue/require-default-prop": "off",
      "@typescript-eslint/no-explicit-any": "error",
      "no-console": "error",
    },
  },
);
