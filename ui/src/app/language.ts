/** Two languages, written side by side where they are used. */
import { ref, watchEffect } from "vue";

export type Language = "zh" | "en";

/** One text in both languages, as the API sends it. */
export interface Text {
  zh: string;
  en: string;
}

const COOKIE = "xiancheng_lang";

function remembered(): Language {
  const cookie = document.cookie.match(/(?:^|; )xiancheng_lang=(zh|en)/)?.[1];
  if (cookie === "zh" || cookie === "en") return cookie;
  return navigator.language.toLowerCase().startsWith("en") ? "en" : "zh";
}

export const language = ref<Language>(remembered());

watchEffect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});

export function setLanguage(value: Language): void {
  language.value = value;
  document.cookie = `${COOKIE}=${value}; path=/; max-age=31536000; samesite=lax`;
}

/** The text of the present language. */
export function t(zh: string, en: string): string {
  return language.value === "zh" ? zh : en;
}

/** The present language of a text that the API sent; empty for none. */
export function say(text: Text | null | undefined): string {
  return text ? text[language.value] : "";
}

/** A number with the grouping that both languages share. */
export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  return value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** A share as a percentage. */
export function percent(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined || Number.isNaN(value) ? "—" : `${number(value * 100, digits)} %`;
}

/** A moment as local date and time; `YYYY-MM-DD` stays a date. */
export function moment(value: string | null | undefined): string {
  if (!value) return "—";
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  const at = new Date(value);
  const two = (n: number) => String(n).padStart(2, "0");
  return (
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  );
}
