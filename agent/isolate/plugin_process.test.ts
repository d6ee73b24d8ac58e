/**
 * The agent's end of a plugin's process, held to processes that are no plugin at all: whatever they
 * do, they are ended for the right reason. Time passes when a test says so.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonMessage, type Kind } from "./boundary.ts";
import { PluginProcess, type ProcessClock, type ProcessLimits } from "./plugin_process.ts";
import { residentBytes } from "./resident.ts";

class TestClock implements ProcessClock {
  readonly #pending = new Set<() => void>();
  #looks: (() => void)[] = [];
  #set = 0;
  #reached: { readonly count: number; readonly call: () => void } | undefined;

  after(_ms: number, call: () => void): () => void {
    this.#pending.add(call);
    if (++this.#set === this.#reached?.count) this.#reached.call();
    return () => void this.#pending.delete(call);
  }

  every(_ms: number, call: () => void): () => void {
    this.#looks.push(call);
    return () => (this.#looks = []);
  }

  /** All that wait now have waited long enough. */
  pass(): void {
    const due = [...this.#pending];
    this.#pending.clear();
    for (const call of due) call();
  }

  /** Once so many time limits have been set since the start. */
  limits(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#set >= count) resolve();
      else this.#reached = { count, call: resolve };
    });
  }

  look(): void {
    for (const call of this.#looks) call();
  }
}

const skip = process.platform === "win32" ? "there is no shell here" : false;

/** How a shell writes a message. */
function writing(kind: Kind, value?: unknown): string {
  const bytes = [...jsonMessage(kind, value)].map((byte) =>
    `\\${byte.toString(8).padStart(3, "0")}`
  );
  return `printf '${bytes.join("")}'`;
}

const HELLO = writing("hello", {});
const FOREVER = "exec sleep 100000";

function start(script: string, limits: Partial<ProcessLimits> = {}) {
  const clock = new TestClock();
  const command = ["/bin/sh", "-c", script];
  return { clock, child: new PluginProcess({ command, clock, limits }) };
}

/** Once all that is on its way has come. */
const soon = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("a process has no variable of the agent's environment", { skip }, async () => {
  await using child = new PluginProcess({ command: ["/usr/bin/env"] });
  // Of a variable it would write a line, which is no message.
  await assert.rejects(child.next(), { code: "exited" });
});

test("a process that never says a word is ended", { skip }, async () => {
  const { child, clock } = start(FOREVER);
  await using _ = child;
  const next = child.next();
  clock.pass();
  await assert.rejects(next, { name: "PluginError", code: "silent" });
});

test("a process that is silent is asked for a sign of life, and ended only if it gives none", {
  skip,
}, async () => {
  const ping = jsonMessage("ping").length;
  const answer = `head -c ${ping} >/dev/null; ${writing("pong")}`;
  const script = `${HELLO}; ${answer}; ${answer}; ${writing("log", "alive")}; ${FOREVER}`;
  const { child, clock } = start(script);
  await using _ = child;
  await child.reply("hello");
  const alive = child.next();
  // One for the hello, one for what it says next, then two for each time that it is asked.
  clock.pass();
  await clock.limits(4);
  clock.pass();
  assert.equal((await alive).kind, "log");
  const next = child.next();
  clock.pass();
  await soon();
  clock.pass();
  await assert.rejects(next, { code: "silent" });
});

test("a process with more memory than it may have is ended", {
  skip: residentBytes(process.pid) === 0 ? "this system does not tell of memory" : skip,
}, async () => {
  const { child, clock } = start(`${HELLO}; ${FOREVER}`, { memoryBytes: 1 });
  await using _ = child;
  await child.reply("hello");
  clock.look();
  await assert.rejects(child.next(), { code: "memory" });
});

test("a process that does not stop is ended", { skip }, async () => {
  const { child, clock } = start(`${HELLO}; ${FOREVER}`);
  await child.reply("hello");
  child.askToStop();
  const next = child.next();
  clock.pass();
  await assert.rejects(next, { code: "late" });
  // Nothing waits for it any more: it is gone.
  await child[Symbol.asyncDispose]();
});

test("stop() ends a process that goes on, and says so", { skip }, async () => {
  const { child, clock } = start(`${HELLO}; ${FOREVER}`);
  await child.reply("hello");
  const stopped = child.stop();
  clock.pass();
  assert.equal(await stopped, true);
});

const GARBAGE: Readonly<Record<string, string>> = {
  "writes what is no message": `printf 'Hello, world'`,
  "speaks out of turn": writing("batch"),
  "says it is another than it is": writing("run", {}),
  "writes what is no JSON": `printf '\\001\\000\\000\\000\\001\\000\\000\\000{'`,
  "closes its output and goes on": "exec >&-",
};
for (const [what, script] of Object.entries(GARBAGE)) {
  test(`a process that ${what} is ended`, { skip }, async () => {
    const { child, clock } = start(`${script}; ${FOREVER}`);
    const reply = child.reply("hello");
    if (what.startsWith("closes")) {
      // It waits for the end that should follow.
      const late = setInterval(() => clock.pass(), 5);
      await assert.rejects(reply, { code: "garbage" }).finally(() => clearInterval(late));
    } else await assert.rejects(reply, { code: "garbage" });
    await child[Symbol.asyncDispose]();
  });
}

test("what a plugin that fails says is not in the message", { skip }, async () => {
  const { child } = start(`${writing("failed", { why: "of alice" })}; ${FOREVER}`);
  await using _ = child;
  await assert.rejects(child.next(), (error) => {
    assert.ok(error instanceof Error && "said" in error);
    assert.deepEqual([error.message, error.said], ["The plugin was ended: it threw", "of alice"]);
    return true;
  });
});
