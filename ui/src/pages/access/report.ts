/** The report of a scenario as a file. */
import { send } from "@/api/client";
import { t } from "@/app/language";
import type { Access } from "./access";

export async function saveReport(access: Access, format: "xlsx" | "json"): Promise<void> {
  const scenario = access.scenario.value;
  const body = { on: access.date.value || null, edits: access.history.edits.value, name: scenario?.name ?? "", note: scenario?.note ?? "" };
  const response = await send("POST", `/api/access/whatif/export?format=${format}`, body);
  const named = response.headers.get("Content-Disposition")?.match(/filename\*=UTF-8''([^;]+)/)?.[1];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = named ? decodeURIComponent(named) : `${t("推演", "what-if")}.${format}`;
  link.click();
  URL.revokeObjectURL(link.href);
}
