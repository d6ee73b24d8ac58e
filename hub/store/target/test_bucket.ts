/**
 * A bucket of `s3rver`, a server of S3's interface that others wrote, behind a proxy that fails as it
 * is told; for tests.
 *
 * @module
 */
import S3rver from "@20minutes/s3rver";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { after } from "../test_room.ts";
import type { ColdTarget } from "./cold_target.ts";
import type { CallEnv, S3Account } from "./s3_calls.ts";
import { openS3Target } from "./s3_target.ts";

/** What the proxy does to one request. `lost`: it is done, and its answer never comes. */
export type Fault = "500" | "slow down" | "reset" | "cut" | "wrong bytes" | "lost" | "hang";

export interface TestBucket extends AsyncDisposable {
  readonly endpoint: URL;
  /** Asked for each request, as `PUT /bucket/key`. */
  fault: (request: string) => Fault | undefined;
  /** All requests so far. */
  readonly requests: string[];
  open(more?: Partial<S3Account>, env?: Partial<CallEnv>): ColdTarget;
  /** Where the server keeps an object. */
  fileOf(key: string): string;
  /** Names below `custos/log/cold/`. */
  names(): readonly string[];
}

export const BUCKET = "audit";
const KEY = { keyId: "S3RVER", secret: "S3RVER" };
/** Waits are so many times shorter; those for an answer are left time enough for a busy machine. */
const HASTE = { pause: 50, answer: 6 };

export async function openTestBucket(): Promise<TestBucket> {
  const directory = mkdtempSync(join(tmpdir(), "custos-s3-"));
  const server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: BUCKET }],
  });
  const { port } = await server.run();
  const requests: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const what = `${incoming.method} ${incoming.url?.split("?")[0]}`;
    requests.push(what);
    void forward({ incoming, outgoing, port, fault: bucket.fault(what) });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", () => resolve()));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const endpoint = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const folder = join(directory, BUCKET, "custos/log/cold");
  const bucket: TestBucket = {
    endpoint,
    fault: () => undefined,
    requests,
    open: (more = {}, env = {}) =>
      openS3Target({
        account: {
          endpoint,
          bucket: BUCKET,
          region: "us-east-1",
          pathStyle: true,
          credentials: () => KEY,
          ...more,
        },
        prefix: "custos/",
        scope: "log",
        env: {
          fetch: (url, init) => fetch(url, init),
          now: () => Date.now(),
          after: (ms, run) => after(ms / (ms < 10_000 ? HASTE.pause : HASTE.answer), run),
          files: nodeFiles(),
          ...env,
        },
      }),
    fileOf: (key) => join(directory, BUCKET, `${key}._S3rver_object`),
    names: () =>
      listed(folder).filter((name) => name.endsWith("_object"))
        .map((name) => name.replace("._S3rver_object", "")).toSorted(),
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await new Promise<void>((resolve) => proxy.close(() => resolve()));
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return bucket;
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly port: number;
  readonly fault: Fault | undefined;
}

async function forward({ incoming, outgoing, port, fault }: Exchange): Promise<void> {
  const sent = await bodyOf(incoming);
  if (fault === "hang") return;
  if (fault === "reset") return void incoming.socket.destroy();
  if (fault === "500" || fault === "slow down") {
    const code = fault === "500" ? "InternalError" : "SlowDown";
    outgoing.writeHead(fault === "500" ? 500 : 503, { "content-type": "application/xml" });
    return void outgoing.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
  }
  const { method, url, headers } = incoming;
  const inner = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    void bodyOf(answer).then((body) => {
      if (fault === "lost") return void incoming.socket.destroy();
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fault === "wrong bytes" && body.length > 0) body[body.length >> 1]! ^= 1;
      if (fault !== "cut") return void outgoing.end(body);
      outgoing.write(body.subarray(0, body.length >> 1), () => incoming.socket.destroy());
    });
  });
  inner.on("error", () => incoming.socket.destroy());
  inner.end(sent);
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => {
    for (const end of ["end", "error", "close"]) stream.once(end, resolve);
  });
  return Buffer.concat(chunks);
}
