/**
 * The far end for the peers that send lines: TLS, zlib as rsyslog streams it, lines counted.
 *
 * Runs in the bench's own process: its cost is nobody's.
 *
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:tls";
import { createInflate, type Inflate } from "node:zlib";

export interface LineSink extends AsyncDisposable {
  readonly port: number;
  /** Lines that have arrived. */
  readonly lines: () => number;
  /** Wall clock, ms, when line `n` arrived; they are kept for sinks opened with `keepTimes`. */
  readonly timeOf: (n: number) => number;
  /** The first of them, as a sample. */
  readonly sample: () => string;
}

const SAMPLE_BYTES = 400;

/** Listens on 127.0.0.1. */
export async function openLineSink(
  tls: { readonly cert: string; readonly key: string },
  isCompressed: boolean,
  { keepTimes = false }: { readonly keepTimes?: boolean } = {},
): Promise<LineSink> {
  let lines = 0;
  const times: number[] = [];
  let sample = "";
  const count = (bytes: Buffer): void => {
    if (sample.length < SAMPLE_BYTES) sample += bytes.subarray(0, SAMPLE_BYTES).toString("utf8");
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
    if (keepTimes) { while (times.length < lines) times.push(Date.now()); }
  };
  const server = createServer({ ...tls, minVersion: "TLSv1.2" }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (!isCompressed) {
      socket.on("data", count);
      return;
    }
    const inflate: Inflate = createInflate();
    // rsyslog ends its stream without zlib's end mark when it stops.
    inflate.on("error", () => socket.destroy());
    inflate.on("data", count);
    socket.pipe(inflate);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot open sink");
  return {
    port: address.port,
    lines: () => lines,
    timeOf: (n) => times[n] ?? NaN,
    sample: () => sample.slice(0, SAMPLE_BYTES),
    async [Symbol.asyncDispose]() {
      server.close();
      await Promise.resolve();
    },
  };
}
