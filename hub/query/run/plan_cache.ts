/**
 * Compiled queries by their texts, so that what a dashboard asks again and again is read once.
 *
 * Held in memory alone: statements, which have the values of their texts in them, for an hour after
 * they were last asked, and of texts that were asked once a hash.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Compiler, CompileWanted } from "./compiler.ts";
import { OTHER_TIME, type PlanTemplate, replyAt, templateOf } from "./plan_template.ts";

export interface PlanCacheOptions {
  /** ms since the Unix epoch. */
  readonly now: () => number;
  /** Runs `run` after `ms`; gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Of all statements; default 16 MiB. */
  readonly maxBytes?: number;
}

interface Held {
  /** `once`: asked once. `varies`: it makes more of its time than a number. */
  readonly plan: PlanTemplate | "once" | "varies";
  readonly bytes: number;
  readonly usedAt: number;
}

const MAX_BYTES = 16 * 1024 * 1024;
const KEY_BYTES = 128;
const LIFE_MS = 3_600_000;

/** `compiler`, which is asked the first two times alone. It is closed with this one. */
export function withPlanCache(compiler: Compiler, options: PlanCacheOptions): Compiler {
  const plans = new Plans(options);
  return {
    async compile(wanted, signal) {
      if (wanted.define !== undefined) return await compiler.compile(wanted, signal);
      const key = keyOf(wanted);
      const held = plans.get(key);
      const known = typeof held === "object" ? replyAt(held, wanted.now) : undefined;
      if (known !== undefined) return known;
      const reply = await compiler.compile(wanted, signal);
      if (reply.kind === "refused") return reply;
      if (held === undefined) plans.put(key, "once");
      if (held !== "once") return reply;
      const later = await compiler.compile({ ...wanted, now: wanted.now + OTHER_TIME }, signal);
      plans.put(key, templateOf(reply, later, wanted.now) ?? "varies");
      return reply;
    },
    warm: () => compiler.warm(),
    [Symbol.asyncDispose]: async () => {
      plans.clear();
      await compiler[Symbol.asyncDispose]();
    },
  };
}

/** All that a reply depends on but the time. */
function keyOf({ text, schema, parameters, answers, functions }: CompileWanted): string {
  const all = JSON.stringify([text, [...parameters], [...answers], functions, schema]);
  return createHash("sha256").update(all).digest("base64");
}

class Plans {
  readonly #options: PlanCacheOptions;
  /** In the order of use: the first is the one to go. */
  readonly #held = new Map<string, Held>();
  #bytes = 0;
  #cancel: (() => void) | undefined;

  constructor(options: PlanCacheOptions) {
    this.#options = options;
  }

  get(key: string): Held["plan"] | undefined {
    this.#forgetOld();
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    this.#held.set(key, { ...held, usedAt: this.#options.now() });
    return held.plan;
  }

  put(key: string, plan: Held["plan"]): void {
    const { maxBytes = MAX_BYTES, now, after } = this.#options;
    this.#forget(key);
    const bytes = KEY_BYTES + sizeOf(plan);
    if (bytes > maxBytes / 8) return;
    this.#held.set(key, { plan, bytes, usedAt: now() });
    this.#bytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= maxBytes) break;
      this.#forget(oldest);
    }
    this.#cancel ??= after(LIFE_MS, () => this.#ring());
  }

  clear(): void {
    this.#cancel?.();
    this.#held.clear();
  }

  #ring(): void {
    this.#cancel = undefined;
    this.#forgetOld();
    for (const { usedAt } of this.#held.values()) {
      const ms = usedAt + LIFE_MS - this.#options.now();
      this.#cancel = this.#options.after(ms, () => this.#ring());
      break;
    }
  }

  #forgetOld(): void {
    const before = this.#options.now() - LIFE_MS;
    for (const [key, { usedAt }] of this.#held) {
      if (usedAt > before) break;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#held.get(key)?.bytes ?? 0;
    this.#held.delete(key);
  }
}

function sizeOf(plan: Held["plan"]): number {
  if (typeof plan === "string") return 0;
  return plan.texts.reduce((sum, { length }) => sum + 2 * length + 48, 0);
}
