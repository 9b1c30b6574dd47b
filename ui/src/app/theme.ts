/** Light and dark. */
import { ref } from "vue";

export type Theme = "light" | "dark";

export const theme = ref<Theme>(document.documentElement.dataset["theme"] === "dark" ? "dark" : "light");

export function setTheme(value: Theme): void {
  theme.value = value;
  document.documentElement.dataset["theme"] = value;
  localStorage.setItem("xiancheng.theme", value);
}

/** A colour of the present theme, for charts and maps that cannot read CSS. */
export function colour(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
}
