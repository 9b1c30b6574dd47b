/** API tokens, as the API gives them, and their scopes in words. */
import { t } from "@/app/language";

export interface Token {
  id: number;
  owner: string;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
  valid: boolean;
}

export const SCOPES = ["read", "export", "write", "manage"] as const;

export function scopeTitle(scope: string): string {
  switch (scope) {
    case "read":
      return t("读取", "read");
    case "export":
      return t("导出", "export");
    case "write":
      return t("写入", "write");
    case "manage":
      return t("管理人员与审计", "manage people, audit");
    default:
      return scope;
  }
}

export function stateTitle(token: Token): string {
  if (token.revoked_at) return t("已吊销", "revoked");
  return token.valid ? t("有效", "valid") : t("已过期", "expired");
}
