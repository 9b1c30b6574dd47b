/** Requests to the API of this site; errors are problems (RFC 9457) with both languages. */
import type { Text } from "@/app/language";

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly text: Text,
    readonly hint: Text | null,
    readonly fields: Record<string, Text>,
    readonly body: Record<string, unknown>,
  ) {
    super(text.en);
  }
}

export type Parameters = Record<string, string | number | boolean | null | undefined | readonly (string | number)[]>;

export function address(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const item of value) query.append(name, String(item));
    else query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function token(): string {
  return document.cookie.match(/(?:^|; )xiancheng_csrf=([^;]+)/)?.[1] ?? "";
}

let onLoggedOut: () => void = () => undefined;

/** What to do when the server says that nobody is logged in. */
export function whenLoggedOut(action: () => void): void {
  onLoggedOut = action;
}

async function problem(response: Response): Promise<Problem> {
  const fallback: Text = { zh: `服务器错误（${response.status}）`, en: `server error (${response.status})` };
  try {
    const body = (await response.json()) as Record<string, unknown>;
    return new Problem(
      response.status,
      (body["message"] as Text | undefined) ?? fallback,
      (body["hint"] as Text | null | undefined) ?? null,
      (body["fields"] as Record<string, Text> | undefined) ?? {},
      body,
    );
  } catch {
    return new Problem(response.status, fallback, null, {}, {});
  }
}

/** Send a request and return the response; anything but success is thrown as a `Problem`. */
export async function send(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method, headers, credentials: "same-origin", signal: signal ?? null };
  if (method !== "GET") headers["X-CSRFToken"] = token();
  if (body instanceof FormData) init.body = body;
  else if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(
      0,
      { zh: "连不上服务器", en: "cannot reach the server" },
      { zh: "请检查网络后重试", en: "check the network and try again" },
      {},
      {},
    );
  }
  if (response.ok) return response;
  const found = await problem(response);
  if (found.status === 401) onLoggedOut();
  throw found;
}

async function json<T>(response: Response): Promise<T> {
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const api = {
  async get<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
    return json<T>(await send("GET", address(path, parameters), undefined, signal));
  },
  async post<T>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
    return json<T>(await send("POST", path, body, signal));
  },
  async put<T>(path: string, body: unknown): Promise<T> {
    return json<T>(await send("PUT", path, body));
  },
  async patch<T>(path: string, body: unknown): Promise<T> {
    return json<T>(await send("PATCH", path, body));
  },
  async delete<T>(path: string, body?: unknown): Promise<T> {
    return json<T>(await send("DELETE", path, body));
  },
};

/** Download a file that the API makes; the browser's own dialogue shows progress. */
export function download(path: string, parameters: Parameters = {}): void {
  const link = document.createElement("a");
  link.href = address(path, parameters);
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
