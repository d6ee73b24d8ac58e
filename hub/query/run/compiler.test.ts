import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after as afterAll, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Compiler, type CompilerOptions, openCompiler } from "./compiler.ts";

const folder = mkdtempSync(join(tmpdir(), "custos-compiler-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const messages = fileURLToPath(new URL("../../store/engine_messages.ts", import.meta.url));
const program = join(folder, "compiler.ts");
// A compiler that never comes to an end with a text that begins with "hang".
writeFileSync(
  program,
  `import { encodeMessage, MessageReader } from ${JSON.stringify(`file://${messages}`)};
process.stdout.write(encodeMessage({ kind: "ready" }));
const reader = new MessageReader();
for await (const chunk of process.stdin) {
  for (const { text } of reader.push(chunk)) {
    if (text.startsWith("hang")) continue;
    process.stdout.write(encodeMessage({ kind: "refused", code: "syntax", message: text }));
  }
}
`,
);

/** Timers that ring when a test says so. */
class Timers {
  readonly #set = new Set<{ readonly ms: number; readonly run: () => void }>();
  #added: (() => void) | undefined;

  readonly after = (ms: number, run: () => void): () => void => {
    const timer = { ms, run };
    this.#set.add(timer);
    this.#added?.();
    return () => void this.#set.delete(timer);
  };

  /** Rings all that were set for `ms`, once there are `count`. */
  async ring(ms: number, count = 1): Promise<void> {
    for (;;) {
      const due = [...this.#set].filter((timer) => timer.ms === ms);
      if (due.length >= count) {
        for (const timer of due) {
          this.#set.delete(timer);
          timer.run();
        }
        return;
      }
      await new Promise<void>((resolve) => (this.#added = resolve));
    }
  }
}

const never = new AbortController().signal;
const CONTENDED_MS = 3_000;
const DEADLINE_MS = 15_000;

function open(timers: Timers, options: Partial<CompilerOptions> = {}): Compiler {
  return openCompiler({ command: [process.execPath, program], after: timers.after, ...options });
}

/** Gives the text again, or the code of why not. */
async function compiled(
  compiler: Compiler,
  text: string,
  { caller = text, signal = never }: { readonly caller?: string; readonly signal?: AbortSignal } =
    {},
) {
  const wanted = {
    text,
    caller,
    schema: { tables: [] },
    functions: [],
    now: 0n,
    parameters: new Map<string, string>(),
    answers: new Map<number, readonly string[]>(),
  };
  try {
    const reply = await compiler.compile(wanted, signal);
    return reply.kind === "refused" ? reply.message : reply.kind;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : String(error);
  }
}

test("a text that never ends holds up no other", async () => {
  const timers = new Timers();
  await using compiler = open(timers);
  const hostile = compiled(compiler, "hang");
  assert.equal(await compiled(compiler, "print 1"), "print 1");
  assert.equal(await compiled(compiler, "print 2"), "print 2");
  await timers.ring(DEADLINE_MS);
  assert.equal(await hostile, "deadline");
  assert.equal(await compiled(compiler, "print 3"), "print 3");
});

test("texts that hold all processes lose them to who waits, and to nobody else", async () => {
  const timers = new Timers();
  await using compiler = open(timers);
  const hostile = [compiled(compiler, "hang 1"), compiled(compiler, "hang 2")];
  await timers.ring(CONTENDED_MS, 2);
  // Nobody waited: they may go on until somebody does.
  const ordinary = compiled(compiler, "print 1");
  assert.equal(await Promise.any(hostile), "deadline");
  assert.equal(await ordinary, "print 1");
  await timers.ring(DEADLINE_MS);
  assert.deepEqual(await Promise.all(hostile), ["deadline", "deadline"]);
});

test("long texts leave one process to others", async () => {
  const timers = new Timers();
  await using compiler = open(timers);
  const long = [1, 2, 3].map((n) => compiled(compiler, `hang ${n}${" ".repeat(40_000)}`));
  assert.equal(await compiled(compiler, "print 1"), "print 1");
  for (const _ of long) await timers.ring(DEADLINE_MS);
  assert.deepEqual(await Promise.all(long), ["deadline", "deadline", "deadline"]);
});

test("a caller with many texts waits behind one with a single text", async () => {
  const timers = new Timers();
  await using compiler = open(timers, { processes: 1 });
  const done: unknown[] = [];
  const note = async (text: string, caller: string): Promise<void> => {
    done.push(await compiled(compiler, text, { caller }));
  };
  const all = [
    note("print a1", "a"),
    ...[2, 3, 4].map((n) => note(`print a${n}`, "a")),
    note("print b", "b"),
  ];
  await Promise.all(all);
  assert.deepEqual(done.slice(0, 2), ["print a1", "print b"]);
});

test("a caller may not fill the queue, and who leaves frees their place", async () => {
  const timers = new Timers();
  await using compiler = open(timers, { processes: 1, waiting: 4, waitingOfOne: 2 });
  const leaves = new AbortController();
  const hostile = compiled(compiler, "hang", { caller: "a", signal: leaves.signal });
  const waits = [
    compiled(compiler, "a1", { caller: "a" }),
    compiled(compiler, "a2", { caller: "a" }),
  ];
  assert.equal(await compiled(compiler, "a3", { caller: "a" }), "busy");
  const other = compiled(compiler, "b1", { caller: "b" });
  leaves.abort();
  assert.equal(await hostile, "aborted");
  assert.deepEqual(await Promise.all([...waits, other]), ["a1", "a2", "b1"]);
});

test("a compiler that is closed fails what runs and what waits", async () => {
  const timers = new Timers();
  const compiler = open(timers, { processes: 1 });
  const all = [compiled(compiler, "hang"), compiled(compiler, "print 1")];
  await compiler[Symbol.asyncDispose]();
  assert.deepEqual(await Promise.all(all), ["closed", "closed"]);
  assert.equal(await compiled(compiler, "print 2"), "closed");
});
