/**
 * Where built-in plugins should run: in the core's process, or in a child that hands over batches
 * in the fixed layout of `sdk/columns/layout.ts`.
 *
 * `npm run bench:placement`. Both ways read, scrub and encode the same file; the child's way
 * reads in one process and does the rest in another.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { packBatch } from "../sdk/columns/layout.ts";
import { unpackBatch } from "../sdk/columns/read_layout.ts";
import { openScrubber } from "../sdk/scrub/scrubber.ts";
import { BodyEncoder } from "../sdk/wire/body.ts";
import { packBody } from "../sdk/wire/frame.ts";
import { type Kind, makeInput } from "./input.ts";
import { costOf } from "./process_cost.ts";
import { loadSource } from "./source_of.ts";

const LINES = 1_000_000;
/** Of each way; the median counts. */
const RUNS = 3;
const KINDS: readonly Kind[] = ["syslog", "iis"];

const [, , role, kind, file] = process.argv;
if (role === "child") await beChild(kindOf(kind), file ?? "");
else if (role === "core") await beCore(kindOf(kind), file ?? "");
else if (role === "both") await beParent(kindOf(kind), file ?? "");
else await compare();

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "custos-placement-"));
  try {
    for (const each of KINDS) {
      const path = join(folder, `${each}.log`);
      const key = new Uint8Array(randomBytes(32));
      await makeInput(each, path, { lines: LINES, key, startMs: Date.now() - 3_600_000 });
      const alone = await medianOf(["core", each, path]);
      const apart = await medianOf(["both", each, path]);
      const per = (seconds: number): number => Math.round((seconds / LINES) * 1e9);
      console.log(
        `${each}: in the core ${per(alone.cpuSeconds)} ns CPU/event, ${mib(alone.pssBytes)} MiB; ` +
          `in a child ${per(apart.cpuSeconds)} ns CPU/event, ${mib(apart.pssBytes)} MiB in both`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Told {
  readonly cpuSeconds: number;
  readonly pssBytes: number;
}

async function medianOf(args: readonly string[]): Promise<Told> {
  const all: Told[] = [];
  for (let run = 0; run < RUNS; run++) all.push(await runSelf(args));
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
  return {
    cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
    pssBytes: median(all.map(({ pssBytes }) => pssBytes)),
  };
}

/** Runs this file in a role of its own; it tells its cost, children included, as JSON. */
async function runSelf(args: readonly string[]): Promise<Told> {
  const child = spawn(process.execPath, [import.meta.path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this file has written it
  return JSON.parse(text) as Told;
}

async function beCore(each: Kind, path: string): Promise<void> {
  const source = await loadSource(each, path);
  const rest = restOfAgent(source.schema);
  const before = costOf(process.pid).cpuSeconds;
  await source.read((batch) => rest(batch));
  tellSince(before);
}

/** Tells what all has cost; the start of the processes does not count. */
function tellSince(before: number): void {
  const { cpuSeconds, pssBytes } = costOf(process.pid);
  process.stdout.write(JSON.stringify({ cpuSeconds: cpuSeconds - before, pssBytes }));
}

async function beParent(each: Kind, path: string): Promise<void> {
  const { schema } = await loadSource(each, path);
  const rest = restOfAgent(schema);
  const child = spawn(process.execPath, [import.meta.path, "child", each, path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let before: number | undefined;
  for await (const packed of messagesOf(child.stdout)) {
    if (packed.length > 0) rest(unpackBatch(packed));
    else if (before === undefined) {
      before = costOf(process.pid).cpuSeconds;
      child.stdin.write("\n");
    } else {
      // All is read: the child waits, so that its cost can be read too.
      tellSince(before);
      child.stdin.end();
    }
  }
}

/** Messages behind their length; each byte is copied once. */
async function* messagesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const take = takerOf(stream);
  for (;;) {
    const head = await take(4);
    const message = head && await take(new DataView(head.buffer).getUint32(0, true));
    if (message === undefined) return;
    yield message;
  }
}

/** Gives the next so many bytes of a stream; undefined at its end. */
function takerOf(stream: AsyncIterable<Uint8Array>) {
  const chunks = stream[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  return async (size: number): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size;) {
      if (chunk.length === 0) {
        const next = await chunks.next();
        if (next.done === true) return undefined;
        chunk = next.value;
      }
      const taken = chunk.subarray(0, size - at);
      bytes.set(taken, at);
      at += taken.length;
      chunk = chunk.subarray(taken.length);
    }
    return bytes;
  };
}

async function beChild(each: Kind, path: string): Promise<void> {
  const source = await loadSource(each, path);
  const send = async (bytes: Uint8Array): Promise<void> => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(bytes.length);
    process.stdout.write(head);
    await new Promise<void>((done) => void process.stdout.write(bytes, () => done()));
  };
  // An empty message: ready; then the parent notes the cost so far.
  await send(new Uint8Array(0));
  await new Promise((done) => process.stdin.once("data", done));
  await source.read((batch) => send(packBatch(batch)));
  // A second one: the end.
  await send(new Uint8Array(0));
  await new Promise((done) => process.stdin.once("close", done).resume());
}

/** Scrub, encode and compress, as the agent does. */
function restOfAgent(schema: Parameters<ReturnType<typeof openScrubber>["scrub"]>[1]) {
  const key = { epoch: 1, bytes: new Uint8Array(32) };
  const scrubber = openScrubber({ policy: { columns: {} }, key });
  const encoder = new BodyEncoder();
  return (batch: ColumnBatch): void => {
    const [scrubbed] = scrubber.scrub(batch, schema);
    packBody(encoder.encode({ batch: scrubbed, cursor: undefined }));
  };
}

function kindOf(text: string | undefined): Kind {
  return text === "iis" ? "iis" : "syslog";
}

function mib(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}
