import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openEngine } from "./engine.ts";
import { encodeMessage, type Reply } from "./engine_messages.ts";
import { sqlFiles, sqlText } from "./sql_text.ts";
import { after, batchOf, itemOf, never, openRoom, selectAll } from "./test_room.ts";
import { column } from "../../sdk/table.ts";

const SLOW = "select sum(hash(a.range, b.range)) from range(1000000) a, range(1000000) b";
const signal = new AbortController().signal;

async function roomWithFile() {
  const room = openRoom();
  const store = await room.store();
  const rows = Array.from({ length: 5000 }, (_, i) => ({ TimeGenerated: i, N: i }));
  const columns = {
    TimeGenerated: column.time({ class: "public" }),
    N: column.int({ class: "public" }),
  };
  await store.take([itemOf(0, batchOf("T", columns, rows))]);
  await store.flush();
  const path = join(room.folder, room.manifest.snapshot.files.get("T")![0]!.path);
  return { room, path };
}

test("one process compacts again and again, until nothing has come for a while", async () => {
  const { room, path } = await roomWithFile();
  await using _ = room;
  const starts = join(room.folder, "starts");
  const child = [process.execPath, fileURLToPath(new URL("./engine_process.ts", import.meta.url))];
  const timers = new Set<() => void>();
  await using engine = openEngine({
    command: ["/bin/sh", "-c", `echo $$ >> ${starts} && exec "$0" "$@"`, ...child],
    after: (ms, run) => {
      if (ms > 60_000) return () => undefined;
      timers.add(run);
      return () => timers.delete(run);
    },
  });
  const compact = () =>
    engine.compact({
      inputs: [path],
      time: "TimeGenerated",
      outputs: [join(room.folder, "cold", "new.parquet")],
    }, signal);
  const started = (): readonly number[] =>
    readFileSync(starts, "utf8").trim().split("\n").map(Number);
  for (let i = 0; i < 3; i++) assert.equal((await compact())[0]?.rows, 5000);
  assert.equal(started().length, 1);
  for (const run of timers) run();
  await isGone(started()[0]!);
  assert.equal((await compact())[0]?.rows, 5000);
  assert.equal(started().length, 2);
  const lost = engine.compact({ inputs: ["/nowhere"], time: "T", outputs: [] }, signal);
  await assert.rejects(lost, { name: "EngineError" });
  await isGone(started()[1]!);
  assert.equal((await compact())[0]?.rows, 5000);
  assert.equal(started().length, 3);
});

/** Resolves when there is no process `pid`. */
async function isGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a result of many chunks arrives whole and in order", async () => {
  const { room, path } = await roomWithFile();
  await using _ = room;
  const rows = await selectAll(room.engine, `select "N" from ${sqlFiles([path])} order by 1`, [
    path,
  ]);
  assert.deepEqual(rows.map(([n]) => n), Array.from({ length: 5000 }, (_, i) => i));
});

test("a query tells how far it is to who asks, before its rows", async () => {
  const replies: readonly Reply[] = [
    { kind: "progress", percent: 10 },
    { kind: "progress", percent: 40 },
    { kind: "rows", columns: ["a"], rows: [[1]] },
    { kind: "end", cpuMs: 1, peakBytes: 1 },
  ];
  const said = Buffer.concat(replies.map(encodeMessage)).toString("base64");
  const script =
    `process.stdin.once("data", () => process.stdout.write(Buffer.from("${said}", "base64")))`;
  await using engine = openEngine({ command: [process.execPath, "-e", script], after: never });
  const seen: unknown[] = [];
  const onProgress = (percent: number): void => void seen.push(percent);
  const request = { sql: "select 1 as a", values: [], files: [], onProgress };
  for await (const { rows } of engine.select(request, signal)) seen.push(rows);
  assert.deepEqual(seen, [10, [], 40, [], [[1]]]);
});

test("a query can do nothing but select from the files it was given", async () => {
  const { room, path } = await roomWithFile();
  await using _ = room;
  const secret = join(room.folder, "secret.csv");
  const written = join(room.folder, "written.csv");
  writeFileSync(secret, "a\n1\n");
  const cases: readonly [string, string][] = [
    [`select * from ${sqlText(secret)}`, "denied"],
    [`select * from read_text(${sqlText(secret)})`, "denied"],
    [`select * from read_parquet(${sqlText(join(room.folder, "hot/*.parquet"))})`, "denied"],
    [`select * from read_parquet(${sqlText(`${path}/../../secret.csv`)})`, "denied"],
    [`select * from glob(${sqlText(join(room.folder, "*"))})`, "denied"],
    ["select * from read_parquet('http://127.0.0.1:1/x')", "query"],
    [`copy (select 1) to ${sqlText(path)}`, "statement"],
    [`copy (select 1) to ${sqlText(written)}`, "denied"],
    ["create table t (a int)", "statement"],
    [`attach ${sqlText(path)}`, "statement"],
    ["install httpfs", "statement"],
    ["set enable_external_access = true", "statement"],
    ["select 1; select 2", "statement"],
    ["", "query"],
    ["selec", "query"],
  ];
  for (const [sql, code] of cases) {
    await assert.rejects(selectAll(room.engine, sql, [path]), (error: { code?: string }) => {
      // Which words refuse a remote file differs by build; that it is refused does not.
      if (sql.includes("http:")) return error.code === "query" || error.code === "denied";
      assert.deepEqual([sql, error.code], [sql, code]);
      return true;
    });
  }
  assert.ok(!existsSync(written));
  assert.equal(
    (await selectAll(room.engine, `select count(*) from ${sqlFiles([path])}`, [path])).length,
    1,
  );
});

test("a query over its memory fails with a code and the next one is answered", async () => {
  await using room = openRoom({ limits: { memoryMb: 64, threads: 1 } });
  await assert.rejects(selectAll(room.engine, "select list(range) from range(50000000)", []), {
    code: "memory",
  });
  assert.deepEqual(await selectAll(room.engine, "select 1", []), [[1]]);
});

test("a query over its deadline is killed and the next one is answered", async () => {
  const timers: (() => void)[] = [];
  await using engine = openEngine({
    processes: 1,
    after: (_ms, run) => {
      timers.push(run);
      return () => undefined;
    },
  });
  assert.deepEqual(await selectAll(engine, "select 1", []), [[1]]);
  const slow = selectAll(engine, SLOW, []);
  const waiting = selectAll(engine, "select 2", []);
  timers.at(-1)!();
  await assert.rejects(slow, { code: "deadline" });
  assert.deepEqual(await waiting, [[2]]);
});

test("an aborted query is killed, also one that waits", async () => {
  await using engine = openEngine({ processes: 1, after });
  const controller = new AbortController();
  const run = async (of: AbortSignal): Promise<void> => {
    for await (const _ of engine.select({ sql: SLOW, values: [], files: [] }, of));
  };
  const both = [run(controller.signal), run(controller.signal)].map((one) =>
    assert.rejects(one, { code: "aborted" })
  );
  controller.abort();
  await Promise.all(both);
  await assert.rejects(run(controller.signal), { code: "aborted" });
  assert.deepEqual(await selectAll(engine, "select 3", []), [[3]]);
});

test("a child that ends by itself is replaced", async () => {
  const { execPath } = process;
  await using engine = openEngine({
    command: [execPath, "-e", "process.stdin.once('data', () => process.exit(3))"],
    processes: 1,
    after: never,
  });
  for (let i = 0; i < 2; i++) {
    await assert.rejects(selectAll(engine, "select 1", []), { code: "crashed", message: /3/ });
  }
  await using missing = openEngine({ command: ["/nowhere/engine"], after: never });
  await assert.rejects(selectAll(missing, "select 1", []), { code: "crashed" });
});

test("a reader that leaves early does not hold up the next query", async () => {
  await using room = openRoom();
  const sql = "select range from range(100000)";
  for await (const chunk of room.engine.select({ sql, values: [], files: [] }, signal)) {
    assert.ok(chunk.rows.length < 100_000);
    break;
  }
  assert.deepEqual(await selectAll(room.engine, "select 4", []), [[4]]);
});

test("more queries than may wait are refused; a closed engine refuses all", async () => {
  const engine = openEngine({ processes: 1, waiting: 1, after: never });
  const running = [selectAll(engine, SLOW, []), selectAll(engine, SLOW, [])].map((one) =>
    assert.rejects(one, { code: "closed" })
  );
  await assert.rejects(selectAll(engine, "select 1", []), { code: "busy" });
  await engine[Symbol.asyncDispose]();
  await Promise.all(running);
  await assert.rejects(selectAll(engine, "select 1", []), { code: "closed" });
});

test("a child that wants more memory than it may have does not get it", {
  skip: process.platform !== "linux",
}, async () => {
  const script = `process.stdin.once("data", () => {
    const held = [];
    try { for (let i = 0; i < 12; i++) held.push(new Uint8Array(1e8).fill(1)); }
    catch { process.exit(9); }
    process.exit(held.length);
  })`;
  await using engine = openEngine({
    command: [process.execPath, "-e", script],
    limits: { memoryMb: 1, threads: 1 },
    processes: 1,
    after: never,
  });
  await assert.rejects(selectAll(engine, "select 1", []), { code: "crashed", message: /9/ });
});

for (
  const [what, damage] of [
    ["missing", (path: string) => rmSync(path)],
    ["empty", (path: string) => writeFileSync(path, "")],
    ["no Parquet", (path: string) => writeFileSync(path, "x".repeat(5_000))],
    ["cut off", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -100))],
    ["damaged in its footer", (path: string) => {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0xff, bytes.length - 60, bytes.length - 8));
    }],
    [
      "damaged in a page",
      (path: string) => writeFileSync(path, readFileSync(path).fill(0xff, 4, 900)),
    ],
  ] as const
) {
  test(`a query over a file that is ${what} names it, and what makes it again`, async () => {
    const { room, path } = await roomWithFile();
    await using _ = room;
    damage(path);
    await assert.rejects(
      selectAll(room.engine, `select "N", "TimeGenerated" from ${sqlFiles([path])}`, [path]),
      (error: { code?: string; message: string }) => {
        assert.equal(error.code, "file", error.message);
        assert.match(error.message, /^Cannot read hot\/0-0-T\.parquet: .*custos-hub store rebuild/);
        return true;
      },
    );
  });
}
