import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import type { Dropped, Io, Listener, StreamMessage } from "../../sdk/read/io.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import { runPlugin } from "../../sdk/testkit/golden.ts";
import syslog from "./mod.ts";

test("syslog hears UDP and TCP at once", async () => {
  const stop = new AbortController();
  const real = openIo({ signal: stop.signal });
  let left = 2;
  /** Ends the run when both messages were taken. */
  async function* counted(listener: Listener<StreamMessage>) {
    for await (const batch of listener as AsyncIterable<readonly StreamMessage[] | Dropped>) {
      yield batch;
      if (!("dropped" in batch)) left -= batch.length;
      if (left === 0) stop.abort();
    }
  }
  const counting = (listener: Listener<StreamMessage>): Listener<StreamMessage> => ({
    port: listener.port,
    [Symbol.asyncIterator]: () => counted(listener),
  });
  const io: Io = {
    ...real,
    udp: async (bind, options) => {
      const listener = await real.udp(bind, options);
      const sender = createSocket("udp4");
      sender.send("<14>1 - h udp - - - hello", listener.port, "127.0.0.1", () => sender.close());
      return counting(listener);
    },
    tcp: async (bind, options) => {
      const listener = await real.tcp(bind, options);
      connect(listener.port, "127.0.0.1").end("25 <14>1 - h tcp - - - hello");
      return counting(listener);
    },
  };
  const config = { listen: ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"] };
  const { rows } = await runPlugin(syslog, { config, io, signal: stop.signal });
  const heard = rows["Syslog"]?.map((row) => [row["ProcessName"], row["HostIP"]]);
  assert.deepEqual(heard?.toSorted(), [["tcp", "127.0.0.1"], ["udp", "127.0.0.1"]]);
});

test("syslog reads files once to their end", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "custos-syslog-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "a.log"), "Jun  1 00:00:00 h a: one\nJun  1 00:00:00 h a: two");
  await using io = openIo({ signal: new AbortController().signal, once: true });
  const config = { files: [join(folder, "*.log")] };
  const { rows } = await runPlugin(syslog, { config, io });
  assert.deepEqual(rows["Syslog"]?.map((row) => row["SyslogMessage"]), ["one", "two"]);
});
