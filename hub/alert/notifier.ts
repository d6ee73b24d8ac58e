/**
 * Tells webhooks of alerts, at least once each: a message leaves the queue only after an answer.
 *
 * If we die between the answer and its removal, the message is sent again with the same
 * `webhook-id`.
 *
 * @module
 */
import type { Control } from "../control.ts";
import type { AlertEvent } from "./alert.ts";
import type { Post, PostReply } from "./http_post.ts";
import { type Failure, type Message, type NotifyQueue, openNotifyQueue } from "./notify_queue.ts";
import { messageBody, messageHeaders, messageId, type Target, targetOf, wants } from "./webhook.ts";
import type { Webhook } from "./webhook.ts";

/** Time, the network and chance. */
export interface NotifierEnv {
  /** `now` in ms since the Unix epoch; `sleep` resolves early when its signal aborts. */
  readonly clock: { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };
  readonly post: Post;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Tells webhooks. */
export interface Notifier {
  /** Puts a change into the queue; for `openAlerts`, inside its transaction. */
  enqueue(event: AlertEvent): void;
  /** Sends until `signal` aborts; rejects only if the queue cannot be read or written. */
  run(signal: AbortSignal): Promise<void>;
  /** Messages that wait. */
  waiting(): number;
  /** Messages that were given up, latest first. */
  failures(limit: number): readonly Failure[];
}

/** Longest time for one try, ms. */
export const DEADLINE_MS = 10_000;
/** Age at which a message is given up, ms. */
export const MOST_AGE_MS = 24 * 3_600_000;
const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 300_000;
const MOST_RETRY_AFTER_MS = 3_600_000;
/** After a failure, other messages of that webhook wait at most this long. */
const MOST_PAUSE_MS = 30_000;
/** Answers other than 2xx after which the same bytes may be accepted later. */
const RETRIED = new Set([408, 425, 429]);

/**
 * Opens the notifier.
 *
 * @throws {WebhookError} If a webhook cannot be used.
 */
export function openNotifier(
  control: Control,
  webhooks: readonly Webhook[],
  env: NotifierEnv,
): Notifier {
  const queue = openNotifyQueue(control);
  const targets = webhooks.map(targetOf);
  const names = new Set(webhooks.map(({ name }) => name));
  for (const message of queue.waiting()) {
    if (names.has(message.webhook)) continue;
    queue.giveUp(message, env.clock.now(), "its webhook is no longer configured");
  }
  let wake = new AbortController();
  return {
    enqueue(event) {
      const createdMs = env.clock.now();
      const body = messageBody(event, createdMs);
      for (const webhook of webhooks) {
        if (!wants(webhook, event)) continue;
        queue.add({ webhook: webhook.name, id: messageId(event), body, createdMs });
      }
      // The transaction we are in is synchronous: it is over when this runs.
      queueMicrotask(() => {
        wake.abort();
        wake = new AbortController();
      });
    },
    async run(signal) {
      await Promise.all(
        targets.map((target) => follow(target, { queue, env, signal, wake: () => wake.signal })),
      );
    },
    waiting: () => queue.waiting().length,
    failures: (limit) => queue.failures(limit),
  };
}

interface Way {
  readonly queue: NotifyQueue;
  readonly env: NotifierEnv;
  readonly signal: AbortSignal;
  readonly wake: () => AbortSignal;
}

/** One loop a webhook: a slow one does not hold up the others. */
async function follow(target: Target, way: Way): Promise<void> {
  const { queue, env, signal } = way;
  const { name } = target.webhook;
  let failures = 0;
  while (!signal.aborted) {
    // Taken before the queue is read: what comes after that wakes us.
    const wake = AbortSignal.any([way.wake(), signal]);
    const now = env.clock.now();
    const message = queue.due(name, now);
    if (message === undefined) {
      const dueMs = queue.nextDueMs(name);
      const ms = dueMs === undefined ? MOST_AGE_MS : Math.max(1, dueMs - now);
      await env.clock.sleep(ms, wake);
      continue;
    }
    const outcome = await attempt(target, message, way);
    if (outcome.kind !== "retry") {
      failures = 0;
      continue;
    }
    // The receiver is at fault rather than the message: the others wait a little, too.
    const pauseMs = Math.min(backOff(failures++, env.random()), MOST_PAUSE_MS);
    await env.clock.sleep(Math.max(pauseMs, outcome.retryAfterMs), signal);
  }
}

/** One try, and what it does to the queue. */
async function attempt(target: Target, message: Message, way: Way): Promise<Outcome> {
  const { queue, env, signal } = way;
  const outcome = await outcomeOf(target, message, way);
  const now = env.clock.now();
  if (outcome.kind === "delivered") queue.delivered(message);
  else if (outcome.kind === "never") queue.giveUp(message, now, outcome.why);
  // Stopped by us: that says nothing about the receiver, and the row stays as it is.
  else if (!signal.aborted) {
    const waitMs = Math.max(backOff(message.attempts, env.random()), outcome.retryAfterMs);
    if (now + waitMs - message.createdMs <= MOST_AGE_MS) queue.retry(message, now + waitMs);
    else {
      const why = `gave up after ${message.attempts + 1} tries: ${outcome.why}`;
      queue.giveUp(message, now, why);
    }
  }
  return outcome;
}

type Outcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "never"; readonly why: string }
  | { readonly kind: "retry"; readonly why: string; readonly retryAfterMs: number };

async function outcomeOf(target: Target, message: Message, way: Way): Promise<Outcome> {
  try {
    return judge(await postInTime(target, message, way), way.env.clock.now());
  } catch (error) {
    // Whatever failed on the way may work later; its message may name hosts, its code does not.
    const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
    return { kind: "retry", why: code, retryAfterMs: 0 };
  }
}

async function postInTime(target: Target, message: Message, way: Way): Promise<PostReply> {
  const { clock, post } = way.env;
  const late = new AbortController();
  const done = new AbortController();
  const signal = AbortSignal.any([late.signal, way.signal]);
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(new DeadlineError()), { once: true });
  const timer = clock.sleep(DEADLINE_MS, AbortSignal.any([done.signal, way.signal]))
    .then(() => late.abort());
  try {
    const headers = messageHeaders(target.key, message, clock.now());
    const allowPrivate = target.webhook.allowPrivate === true;
    const { url } = target;
    const { body } = message;
    return await Promise.race([
      post({ url, headers, body, allowPrivate, signal }),
      aborted.promise,
    ]);
  } finally {
    aborted.promise.catch(() => {});
    done.abort();
    await timer;
  }
}

class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  readonly code = "deadline";
}

function judge({ status, retryAfter }: PostReply, now: number): Outcome {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const why = `answer ${status}`;
  if (status >= 500 || RETRIED.has(status)) {
    return { kind: "retry", why, retryAfterMs: retryAfterMs(retryAfter, now) };
  }
  return {
    kind: "never",
    why: status >= 300 && status < 400 ? `${why}, no redirect is followed` : why,
  };
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MOST_RETRY_AFTER_MS);
}

/** Doubles from a second to five minutes, and spreads over the upper half. */
function backOff(attempts: number, random: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts, 20), MOST_WAIT_MS) * (0.5 + random / 2);
}
