/**
 * `custos spool ls|verify|export`: looks into the disk queue; never changes it.
 *
 * @module
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { rowOf } from "../../sdk/columns/cell.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { decodeBody, FrameError } from "../../sdk/wire/frame.ts";
import { askStatus, ControlError } from "../control/client.ts";
import type { SpooledStream } from "../control/protocol.ts";
import { troubleAt, troubleOf } from "../../sdk/runtime/file_trouble.ts";
import { readIdentity } from "../identity.ts";
import { frameKeys } from "../key_files.ts";
import {
  faultOf,
  type KeyOf,
  type Problem,
  type SpooledFrame,
  verifySpool,
  walkSpool,
} from "../spool/inspect.ts";
import { readConfig } from "./check.ts";
import { type Call, type Command, EXIT, text, UsageError } from "./command.ts";
import { framesText } from "./status.ts";

/** There is no spool to look into, or no place to copy it to. */
export class SpoolLookError extends Error {
  override readonly name = "SpoolLookError";
  readonly code: "missing" | "target" | "interrupted";

  constructor(code: SpoolLookError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const spool: Command = {
  name: "spool",
  summary: "Lists, verifies or exports the frames in the spool",
  usage: `ls|verify|export [-c FILE | --data-dir DIR]

  ls                    one line a frame: source, epoch, seq, rows, bytes, state
  verify                checks every record, signature, body and chain; exits with 5 if one is bad
  export --to FILE      copies all frames, each after its length as 4 bytes, big-endian
  export --events       prints the (scrubbed) events, one JSON object a line

The agent may run meanwhile.`,
  options: {
    "data-dir": { type: "string" },
    to: { type: "string" },
    events: { type: "boolean" },
  },
  async run(call) {
    const [what, ...rest] = call.positionals;
    const action = ACTIONS[what ?? ""];
    if (action === undefined) {
      const is = what === undefined ? "no action is named" : `"${what}" is no action`;
      throw new UsageError(`${is}, must be ls, verify or export`);
    }
    if (rest.length > 0) throw new UsageError(`"${rest.join(" ")}" is too much`);
    const dataDir = text(call, "data-dir") ?? (await readConfig(call)).config.agent.data_dir;
    const look = { call, dataDir, folder: join(dataDir, "spool"), isWhole: true };
    const trouble = troubleAt(look.folder);
    if (trouble !== undefined) {
      const fix = "an agent's data folder is named with --data-dir DIR, or its config with -c FILE";
      throw new SpoolLookError("missing", `Cannot find spool ${look.folder}: ${trouble}; ${fix}`);
    }
    await action(look);
    return look.isWhole ? EXIT.ok : EXIT.integrity;
  },
};

/** One look into a spool. */
interface Look {
  readonly call: Call;
  readonly dataDir: string;
  readonly folder: string;
  /** Nothing damaged was seen. */
  isWhole: boolean;
}

const ACTIONS: Readonly<Record<string, (look: Look) => Promise<void>>> = {
  ls: list,
  verify,
  export: (look) => (look.call.values["events"] === true ? printEvents : copy)(look),
};

async function list(look: Look): Promise<void> {
  const { call } = look;
  const streams = await heldNow(look);
  for await (const item of framesIn(look)) {
    const frame = streams === undefined ? item : { ...item, acked: isAcked(item, streams) };
    await call.out(call.json ? `${JSON.stringify(factsOf(frame))}\n` : lineOf(frame));
  }
  if (streams === undefined) {
    call.err("No agent runs here: what is acknowledged is told as of the last state record");
  }
}

async function verify(look: Look): Promise<void> {
  const { call, dataDir, folder } = look;
  const keyOf = await keysIn(dataDir);
  const problems: Problem[] = [];
  for await (const problem of verifySpool(nodeFiles(), folder, keyOf)) {
    problems.push(problem);
    if (!call.json) tellDamage(look, problem);
  }
  look.isWhole = problems.length === 0;
  if (call.json) await call.out(`${JSON.stringify({ ok: look.isWhole, problems })}\n`);
  else if (look.isWhole) {
    await call.out("Every record, signature, body and chain is as it was sealed\n");
  }
}

async function keysIn(dataDir: string): Promise<KeyOf> {
  const { publicKey } = await readIdentity(dataDir);
  return frameKeys(nodeFiles(), join(dataDir, "keys"), publicKey);
}

async function copy(look: Look): Promise<void> {
  const file = text(look.call, "to");
  if (file === undefined) throw new UsageError("--to FILE or --events is missing");
  let frames = 0;
  const records = async function* () {
    for await (const { bytes } of framesIn(look)) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      yield Buffer.concat([length, bytes]);
      frames++;
    }
  };
  const out = createWriteStream(file, { mode: 0o600 });
  try {
    await pipeline(Readable.from(records()), out);
  } catch (cause) {
    if (cause instanceof SpoolLookError) throw cause;
    const message = `Cannot write ${file}: ${troubleOf(cause)}`;
    throw new SpoolLookError("target", message, { cause });
  }
  look.call.err(framesText(frames));
}

async function printEvents(look: Look): Promise<void> {
  const { call, dataDir } = look;
  const keyOf = await keysIn(dataDir);
  for await (const frame of framesIn(look)) {
    const { bytes, header, source, path, offset } = frame;
    const fault = faultOf(bytes, header, await keyOf(header.keyId));
    if (fault !== undefined) {
      tellDamage(look, { path, offset, why: fault });
      continue;
    }
    try {
      const { batch } = decodeBody(bytes, header);
      for (let row = 0; row < batch.rows; row++) {
        const event = { source, table: batch.table, row: rowOf(batch, row) };
        await call.out(`${JSON.stringify(event)}\n`);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      tellDamage(look, { path, offset, why: error.message });
    }
  }
}

/** All frames; what is damaged is told, and the look is then not whole. */
async function* framesIn(look: Look): AsyncGenerator<SpooledFrame> {
  for await (const item of walkSpool(nodeFiles(), look.folder)) {
    if (look.call.signal.aborted) {
      throw new SpoolLookError("interrupted", "Cannot go on: the command was interrupted");
    }
    if (item.kind === "frame") yield item;
    else tellDamage(look, item);
  }
}

function tellDamage(look: Look, { path, offset, why }: Omit<Problem, "kind">): void {
  look.isWhole = false;
  look.call.err(`Damaged: ${path} at byte ${offset}: ${why}`);
}

/** What the running agent holds for the hub; undefined where none runs. */
async function heldNow({ dataDir }: Look): Promise<readonly SpooledStream[] | undefined> {
  try {
    return (await askStatus(dataDir)).spool.streams;
  } catch (error) {
    if (error instanceof ControlError) return undefined;
    throw error;
  }
}

/** An older epoch that is not held is over: the hub has it, or a newer one took its place. */
function isAcked(
  { header, acked }: SpooledFrame,
  streams: readonly SpooledStream[],
): boolean {
  const id = Buffer.from(header.stream).toString("hex");
  const epochs = streams.find(({ stream }) => stream === id)?.epochs;
  if (epochs === undefined) return acked;
  const held = epochs.find(({ epoch }) => epoch === header.epoch);
  if (held !== undefined) return header.seq < held.first;
  return epochs.some(({ epoch }) => epoch > header.epoch);
}

function factsOf({ path, offset, bytes, header, source, acked }: SpooledFrame) {
  const { kind, epoch, seq, rows, groupLast } = header;
  return { source, epoch, seq, kind, rows, bytes: bytes.length, acked, groupLast, path, offset };
}

function lineOf(frame: SpooledFrame): string {
  const { source, epoch, seq, kind, rows, bytes, acked } = factsOf(frame);
  const state = acked ? "acknowledged" : "waiting";
  const size = `${rows} ${rows === 1 ? "row" : "rows"} ${bytes} bytes`;
  return `${source.padEnd(16)} ${epoch}/${seq} ${kind} ${size} ${state}\n`;
}
