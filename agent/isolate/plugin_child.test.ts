/**
 * A plugin's process by itself, spoken to message by message.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { headOf, jsonMessage, type Kind, type Message, MessageReader } from "./boundary.ts";
import { ownProcesses } from "./process_maker.ts";

const CODE = Buffer.from(`
import { column, definePlugin, settings, table } from "@custos/sdk";
export default definePlugin.stream({
  name: "test_log", version: "1.0.0", summary: "Test", config: settings({}), needs: {},
  tables: { T: table({ doc: "Test", time: "At", columns: {
    At: column.time({ class: "public" }), S: column.string({ class: "public" }),
  } }) },
  start: () => 0,
  async *stream({ emit }, cursor) {
    for (let n = cursor;; n++) { emit.T({ At: 0, S: "x".repeat(1000) }); yield n; }
  },
});`);
const FROM: readonly Kind[] = ["hello", "loaded", "checked", "batch", "cursor", "pong", "failed"];
/** What may come between a question and its answer, where the process keeps to its credit. */
const MOST_MESSAGES = 200;

async function* messagesOf(chunks: AsyncIterable<unknown>): AsyncGenerator<Message> {
  const reader = new MessageReader(FROM);
  for await (const chunk of chunks) {
    assert.ok(chunk instanceof Uint8Array);
    yield* reader.push(chunk);
  }
}

test("a plugin's process is never further ahead than its credit", async () => {
  const [program = "", ...words] = ownProcesses().command({});
  const child = spawn(program, words, { env: {}, stdio: ["pipe", "pipe", "inherit"] });
  try {
    const messages = messagesOf(child.stdout);
    /** Bytes that cost credit, up to a message of kind `kind`. */
    const until = async (kind: Kind): Promise<number> => {
      let bytes = 0;
      for (let n = 0; n < MOST_MESSAGES; n++) {
        const { value, done } = await messages.next();
        assert.ok(done !== true && value.kind !== "failed", `no ${kind} came`);
        if (value.kind === kind) return bytes;
        bytes += value.payload.length;
      }
      return assert.fail(`it does not answer: it has given ${bytes} bytes`);
    };
    await until("hello");
    child.stdin.write(headOf("load", CODE.length));
    child.stdin.write(CODE);
    await until("loaded");
    const limits = { rows: 1, bytes: 1, ms: 1 };
    child.stdin.write(jsonMessage("run", { config: {}, once: false, limits }));
    child.stdin.write(jsonMessage("ping"));
    assert.equal(await until("pong"), 0);
    let given = 0;
    for (const credit of [1, 5_000, 20_000]) {
      child.stdin.write(jsonMessage("credit", credit));
      // Each is asked behind what the one before has let through.
      for (let n = 0; n < 3; n++) {
        child.stdin.write(jsonMessage("ping"));
        given += await until("pong");
      }
      assert.ok(given >= credit && given < credit + 5_000, `${given} bytes of ${credit}`);
    }
  } finally {
    child.kill("SIGKILL");
  }
});
