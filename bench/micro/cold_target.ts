/**
 * `node compile/tool.mjs bun bench/micro/cold_target.ts`: what moving cold files to S3-compatible
 * storage costs the hub, and a query over files that are there.
 *
 * The server (`s3rver`) runs in a process of its own; CPU is the hub's, best of three.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { openColdFiles } from "../../hub/store/target/cold_files.ts";
import { openS3Target } from "../../hub/store/target/s3_target.ts";
import type { StoredFile } from "../../hub/store/manifest.ts";
import { writeAll } from "../../sdk/runtime/files.ts";

const MIB = 1024 * 1024;
const SIZES = [2 * MIB, 8 * MIB, 64 * MIB];
const ROUNDS = 3;

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "custos-bench-"));
const files = nodeFiles();

/** The server, when it has said its port. */
async function serve(): Promise<{ readonly port: number; readonly stop: () => void }> {
  const script = `import S3rver from "@20minutes/s3rver";
const server = new S3rver({ address: "127.0.0.1", port: 0, silent: true,
  directory: ${JSON.stringify(join(folder, "s3"))}, configureBuckets: [{ name: "audit" }] });
console.log((await server.run()).port);`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once("data", (text: Buffer) => resolve(Number(text.toString())))
  );
  return { port, stop: () => void child.kill() };
}

const { port, stop } = await serve();
const target = openS3Target({
  account: {
    endpoint: new URL(`http://127.0.0.1:${port}`),
    bucket: "audit",
    region: "us-east-1",
    pathStyle: true,
    credentials: () => ({ keyId: "S3RVER", secret: "S3RVER" }),
  },
  prefix: "",
  scope: "bench",
  env: {
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    files,
  },
});

/** CPU of the hub's own process, ms, best of three. */
async function best(work: () => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function writeFile(name: string, bytes: Uint8Array): string {
  files.makeFolder(join(folder, "store", "cold"));
  const path = join(folder, "store", name);
  const file = files.open(path, "write");
  writeAll(file, bytes, 0);
  file.close();
  return path;
}

try {
  for (const size of SIZES) {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    }
    const hash = createHash("sha256").update(bytes).digest("hex");
    const name = `cold/${size}-T.parquet`;
    const from = { path: writeFile(name, bytes), bytes: size, sha256: hash };
    const put = await best(() => target.put(name, from, signal));
    const got = { ...from, path: join(folder, "got") };
    const get = await best(() => target.get(name, got, signal));
    const seal = { hash, first: 0, last: 0 };
    const facts = { table: "T", tier: "cold", rows: 1, timeless: 0, fromMs: 0, toMs: 0 } as const;
    const stored: StoredFile = {
      ...facts,
      id: 1,
      path: name,
      bytes: size,
      seal,
      place: target.place,
    };
    const cold = openColdFiles({
      manifest: { snapshot: { next: 0, files: new Map([["T", [stored]]]), columns: new Map() } },
      files,
      folder: join(folder, "store"),
      target,
      limits: { cacheBytes: 1e12, queryBytes: 1e12, deadlineMs: 1e6, freeBytes: 0 },
      after: () => () => undefined,
    });
    const warm = await best(async () => {
      for (let i = 0; i < 1000; i++) (await cold.pin([stored], signal))[Symbol.dispose]();
    });
    const each = (ms: number): string => (ms / (size / MIB)).toFixed(2);
    process.stdout.write(
      `${size / MIB} MiB: put ${each(put)} ms of CPU a MiB, get ${each(get)}, ` +
        `a pin of a copy that is here ${warm.toFixed(2)} µs\n`,
    );
  }
} finally {
  stop();
  rmSync(folder, { recursive: true });
}
