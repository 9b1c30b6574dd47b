/** Entries of the audit log, and their actions in words. */
import { t, type Text } from "@/app/language";

export interface Entry {
  number: number;
  at: string;
  user_id: number | null;
  user_name: string;
  token_id: number | null;
  address: string;
  action: string;
  target: string;
  detail: Record<string, unknown>;
  previous: string;
  hash: string;
}

export interface Verification {
  in_order: boolean;
  entries: number;
  anchors: number;
  head: string;
  bad_number: number | null;
  append_only: boolean;
  summary: Text;
}

const NOUNS: Record<string, Text> = {
  access: { zh: "可达推演", en: "access" },
  account: { zh: "账号", en: "account" },
  assessment: { zh: "评估", en: "assessment" },
  audit: { zh: "审计日志", en: "audit log" },
  cases: { zh: "案件", en: "cases" },
  feature: { zh: "要素", en: "feature" },
  import: { zh: "导入", en: "import" },
  job: { zh: "任务", en: "job" },
  measure: { zh: "测算", en: "measure" },
  model: { zh: "城市模型", en: "city model" },
  ogc: { zh: "标准接口", en: "standard API" },
  password: { zh: "口令", en: "password" },
  places: { zh: "不足之处", en: "places that fall short" },
  programme: { zh: "方案", en: "programme" },
  register: { zh: "登记册", en: "register" },
  scenario: { zh: "推演方案", en: "scenario" },
  session: { zh: "登录", en: "login" },
  snapshot: { zh: "快照", en: "snapshot" },
  tiles: { zh: "瓦片", en: "tiles" },
  token: { zh: "令牌", en: "token" },
  unit: { zh: "单位", en: "unit" },
  whatif: { zh: "假设推演", en: "what-if" },
};
const VERBS: Record<string, Text> = {
  add: { zh: "新增", en: "add" },
  ask_publish: { zh: "请求发布", en: "ask to publish" },
  begin: { zh: "开始", en: "begin" },
  bulk: { zh: "批量修改", en: "bulk change" },
  cancel: { zh: "取消", en: "cancel" },
  change: { zh: "修改", en: "change" },
  close: { zh: "终止", en: "close" },
  commit: { zh: "入库", en: "commit" },
  correct: { zh: "更正", en: "correct" },
  create: { zh: "新建", en: "create" },
  delete: { zh: "删除", en: "delete" },
  end: { zh: "退出", en: "log out" },
  "end-all": { zh: "全部退出", en: "log out everywhere" },
  export: { zh: "导出", en: "export" },
  forget: { zh: "放弃", en: "forget" },
  list: { zh: "查阅列表", en: "list" },
  locked: { zh: "锁定", en: "locked" },
  publish: { zh: "发布", en: "publish" },
  refused: { zh: "被拒", en: "refused" },
  report: { zh: "下载报告", en: "download the report" },
  replace: { zh: "替换", en: "replace" },
  reset: { zh: "重设", en: "reset" },
  revoke: { zh: "吊销", en: "revoke" },
  roles: { zh: "设角色", en: "set roles" },
  run: { zh: "执行", en: "run" },
  save: { zh: "保存", en: "save" },
  undo: { zh: "撤销", en: "undo" },
  unlock: { zh: "解锁", en: "unlock" },
  update: { zh: "修改", en: "update" },
  upload: { zh: "上传", en: "upload" },
  verify: { zh: "核对", en: "verify" },
  view: { zh: "查看", en: "view" },
  withdraw: { zh: "撤回", en: "withdraw" },
};
const WARNINGS = new Set(["session.refused", "session.locked", "account.unlock", "password.reset"]);

/** An action in words; one that is not known is shown as it is. */
export function actionTitle(action: string): string {
  const [noun = "", verb = ""] = action.split(".", 2);
  const of = NOUNS[noun];
  const what = VERBS[verb];
  if (!of || !what) return action;
  return t(`${of.zh}：${what.zh}`, `${of.en}: ${what.en}`);
}

/** Whether somebody who looks for trouble should look here. */
export function isWarning(action: string): boolean {
  return WARNINGS.has(action);
}

export interface Difference {
  name: string;
  before: string;
  after: string;
}

/** What an entry says about before and after; null if it says neither. */
export function differences(detail: Record<string, unknown>): Difference[] | null {
  const before = record(detail["before"]);
  const after = record(detail["after"]);
  if (!before && !after) return null;
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].map((name) => ({ name, before: shown(before?.[name]), after: shown(after?.[name]) }));
}

const FIELDS: Record<string, Text> = {
  active: { zh: "启用", en: "active" },
  bureau: { zh: "部门", en: "bureau" },
  code: { zh: "代码", en: "code" },
  entries: { zh: "记录数", en: "entries" },
  expires_at: { zh: "到期", en: "expires" },
  filters: { zh: "筛选", en: "filters" },
  full_name: { zh: "姓名", en: "name" },
  is_active: { zh: "启用", en: "active" },
  method: { zh: "方式", en: "method" },
  name: { zh: "名称", en: "name" },
  name_en: { zh: "英文名称", en: "name in English" },
  name_zh: { zh: "名称", en: "name in Chinese" },
  owner: { zh: "所有者", en: "owner" },
  parent: { zh: "上级", en: "unit above" },
  phone: { zh: "电话", en: "telephone" },
  reason: { zh: "原因", en: "reason" },
  roles: { zh: "角色", en: "roles" },
  rows: { zh: "行数", en: "rows" },
  scopes: { zh: "范围", en: "scopes" },
  seconds: { zh: "等待秒数", en: "seconds to wait" },
  sessions_ended: { zh: "退出的登录", en: "sessions ended" },
  shown: { zh: "显示条数", en: "shown" },
};

/** What a detail is called; a name that is not known is shown as it is. */
export function fieldTitle(name: string): string {
  const title = FIELDS[name];
  return title ? t(title.zh, title.en) : name;
}

/** The rest of an entry's detail. */
export function others(detail: Record<string, unknown>): [string, string][] {
  return Object.entries(detail)
    .filter(([name, value]) => !((name === "before" || name === "after") && record(value)))
    .map(([name, value]) => [name, shown(value)]);
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === "") return "—";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? t("是", "yes") : t("否", "no");
  if (Array.isArray(value) && value.every((item) => typeof item === "string" || typeof item === "number")) return value.join(t("、", ", "));
  return JSON.stringify(value, null, 1);
}
