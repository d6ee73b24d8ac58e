/**
 * Call detail records: who called whom, when, for how long, from Cisco, Asterisk and Teams.
 *
 * @module
 */
import { type Context, definePlugin, type TailChunk, type TailCursor } from "../../sdk/mod.ts";
import { type Config, config } from "./config.ts";
import { learnHead } from "./head.ts";
import { type CallFile, endText, makeCallFile, readText, type Sink } from "./reader.ts";
import { tables } from "./table.ts";
import { decodeText } from "../../sdk/read/decode_text.ts";

/** Most of a rejected record that is kept, in characters. */
const MAX_REJECT = 65_536;
/** How long the head of a record may wait for its rest before it is given up. */
const MAX_WAIT_MS = 60_000;
/** Files whose state is kept in memory. */
const MAX_FILES = 4096;

type Calls = Context<Config, typeof tables>;

export default definePlugin.stream({
  name: "call_detail",
  version: "1.0.0",
  summary: "Call detail records of Cisco CUCM, Asterisk and Microsoft Teams",
  filesKey: "paths",
  config,
  needs: ({ paths }: Config) => ({ read: paths }),
  tables,

  start: (): TailCursor => ({}),

  async *stream(context, cursor) {
    const { paths, startAt, maxRecordBytes } = context.config;
    const sink = sinkFor(context);
    const files = new Map<string, CallFile>();
    const options = { startAt, maxLineBytes: maxRecordBytes };
    let waitingSince: number | undefined;
    let last = cursor;
    for await (const chunk of context.io.tail(paths, cursor, options)) {
      last = chunk.cursor;
      const [bytes, file] = await openFile(chunk, files, context);
      if (chunk.cut === undefined) readText(file, decodeText(bytes), sink);
      else sink.reject(decodeText(bytes), "line over limit, cut");
      // A cursor says that all before it is done: it waits for records that are not whole yet.
      if (![...files.values()].some(({ pending }) => pending !== "")) waitingSince = undefined;
      else {
        waitingSince ??= context.clock.now();
        if (context.clock.now() - waitingSince < MAX_WAIT_MS) continue;
        for (const waiting of files.values()) endText(waiting, sink);
        waitingSince = undefined;
      }
      yield last;
    }
    for (const file of files.values()) endText(file, sink);
    yield last;
  },
});

/** The state of the chunk's file, and bytes that stay valid while its head is read. */
async function openFile(
  chunk: TailChunk,
  files: Map<string, CallFile>,
  { config, io, clock }: Calls,
): Promise<[Uint8Array, CallFile]> {
  const known = files.get(chunk.fileId);
  if (known !== undefined) return [chunk.bytes, known];
  const file = makeCallFile(config.format === "auto" ? undefined : config.format);
  if (files.size >= MAX_FILES) forgetOldest(files);
  files.set(chunk.fileId, file);
  if (chunk.offset === 0) return [chunk.bytes, file];
  const bytes = new Uint8Array(chunk.bytes);
  await learnHead(file, chunk, { io, sleep: (ms) => clock.sleep(ms) });
  return [bytes, file];
}

/** Forgets the file opened first of those that wait for nothing. */
function forgetOldest(files: Map<string, CallFile>): void {
  for (const [id, { pending }] of files) {
    if (pending !== "") continue;
    files.delete(id);
    return;
  }
}

function sinkFor(context: Calls): Sink {
  const encoder = new TextEncoder();
  return {
    emit: (row) => context.emit.CallDetail(row),
    reject: (text, why) => {
      context.reject({ bytes: encoder.encode(text.slice(0, MAX_REJECT)), why });
    },
    timezone: context.config.timezone,
    maxRecord: context.config.maxRecordBytes,
  };
}
