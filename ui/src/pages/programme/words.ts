/** How indicators read in a row. */
import { language, number, say, t, type Text } from "@/app/language";
import type { Indicator } from "@/pages/programme/types";

/** What it takes: 还差 322 名居民 · 12 处 (without the places if brief). Empty where nothing is lacking. */
export function gapWords(indicator: Indicator | null, brief = false): string {
  if (!indicator || indicator.status !== "short") return "";
  const parts = [say(indicator.words.shortfall) || t(`差 ${say(indicator.words.gap)}`, `${say(indicator.words.gap)} short`)];
  // Where what is lacking are the places themselves, their number says nothing new.
  if (!brief && indicator.places?.total && indicator.places.total !== Math.round(indicator.shortfall ?? 0)) parts.push(placesWords(indicator.places.total));
  return parts.join(" · ");
}

/** A title as it stands alone: the English one with a capital letter. */
export function titled(text: Text | null | undefined): string {
  const found = say(text);
  return found.charAt(0).toUpperCase() + found.slice(1);
}

/** An amount with its unit; one of something is not many. */
export function amountWords(amount: number | null, unit: Text | null | undefined): string {
  if (amount === null) return "—";
  const word = say(unit);
  const counted = number(amount, Number.isInteger(amount) ? 0 : 1);
  return `${counted} ${counted === "1" && language.value === "en" ? word.replace(/ren$|s$/, "") : word}`.trim();
}

export function placesWords(total: number): string {
  return t(`${number(total)} 处`, total === 1 ? "1 place" : `${number(total)} places`);
}

/** Why there is no figure. */
export function missingWords(indicator: Indicator | null): string {
  return say(indicator?.missing[0]);
}

export const KINDS: Record<string, { zh: string; en: string }> = {
  target: { zh: "目标", en: "Target" },
  rule: { zh: "规则", en: "Rule" },
  deliverable: { zh: "任务", en: "Deliverable" },
  service: { zh: "服务", en: "Service" },
};
