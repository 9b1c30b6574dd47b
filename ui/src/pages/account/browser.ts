/** What a browser calls itself, shortened to what a person recognises. */
import { t } from "@/app/language";

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/MicroMessenger/, "微信 WeChat"],
  [/360SE|QihooBrowser/, "360"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/Windows/, "Windows"],
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Mac OS X/, "macOS"],
  [/HarmonyOS/, "HarmonyOS"],
  [/Linux|X11/, "Linux"],
];

export function browserOf(agent: string): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1];
  if (browser === undefined) return agent.slice(0, 40) || t("未知的浏览器", "unknown browser");
  return system === undefined ? browser : `${browser} · ${system}`;
}
