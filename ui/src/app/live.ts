/**
 * Live updates: events that the server sends while a page is open.
 *
 * One connection for all pages of the application; it reconnects by itself and resumes where it was. Where it cannot be
 * had (a proxy without it, the process away) the handlers are called with `null` every few seconds instead: load anew.
 */
import { onScopeDispose, watch } from "vue";
import { session } from "@/app/session";

/** What is told depends on the topic; `id` is the event's, or the job's of a topic `job`. */
export type LiveEvent = Record<string, unknown>;

/** `null`: something may have been missed, load everything anew. */
export type LiveHandler = (event: LiveEvent | null) => void;

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
const POLL_MS = 10_000;
/** A connection that is there this quickly begins with what the page has just loaded. */
const SOON_MS = 1500;

const handlers = new Map<string, Set<LiveHandler>>();
let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | null = null;
let polling: ReturnType<typeof setInterval> | null = null;
let pause = FIRST_PAUSE_MS;
let last = "";
let begun = false;

function tell(topic: string, event: LiveEvent): void {
  for (const handler of [...(handlers.get(topic) ?? [])]) handler(event);
}

function tellAll(): void {
  for (const group of [...handlers.values()]) for (const handler of [...group]) handler(null);
}

function poll(on: boolean): void {
  if (!on && polling !== null) {
    clearInterval(polling);
    polling = null;
  } else if (on && polling === null) polling = setInterval(() => document.visibilityState === "visible" && tellAll(), POLL_MS);
}

function listen(to: EventSource, topic: string): void {
  to.addEventListener(topic, (message) => {
    last = message.lastEventId;
    tell(topic, JSON.parse(String(message.data)) as LiveEvent);
  });
}

function drop(): void {
  source?.close();
  source = null;
  if (retry !== null) clearTimeout(retry);
  retry = null;
}

function later(): void {
  drop();
  poll(true);
  retry = setTimeout(connect, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
}

function connect(): void {
  drop();
  const address = session.value?.live;
  if (!session.value?.account || handlers.size === 0) {
    poll(false);
    return;
  }
  if (!address) {
    poll(true);
    return;
  }
  const opened = new EventSource(`${address}/live${last ? `?last=${last}` : ""}`, { withCredentials: true });
  source = opened;
  const asked = performance.now();
  opened.addEventListener("begin", (message) => {
    pause = FIRST_PAUSE_MS;
    poll(false);
    // Between an answer of the API and this moment something may have happened that nobody told us.
    if (last === "" && (begun || performance.now() - asked > SOON_MS)) tellAll();
    begun = true;
    last = message.lastEventId;
  });
  opened.addEventListener("reload", () => {
    last = "";
    tellAll();
    later();
  });
  opened.addEventListener("end", later);
  // The browser reconnects by itself after a broken connection, but not after a refusal.
  opened.onerror = () => {
    if (opened.readyState === EventSource.CLOSED) later();
    else poll(true);
  };
  for (const topic of handlers.keys()) listen(opened, topic);
}

/** Call `handler` for every event of a topic until the component is gone, or until the function returned is called. */
export function onLive(topic: string, handler: LiveHandler): () => void {
  const group = handlers.get(topic);
  if (group) group.add(handler);
  else {
    handlers.set(topic, new Set([handler]));
    if (source !== null) listen(source, topic);
  }
  if (source === null && retry === null) connect();
  function stop(): void {
    const mine = handlers.get(topic);
    mine?.delete(handler);
    if (mine?.size === 0) handlers.delete(topic);
    if (handlers.size === 0) {
      drop();
      poll(false);
    }
  }
  onScopeDispose(stop, true);
  return stop;
}

watch(
  () => [session.value?.account?.id, session.value?.live],
  () => {
    last = "";
    begun = false;
    pause = FIRST_PAUSE_MS;
    connect();
  },
);
