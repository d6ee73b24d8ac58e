/**
 * `custos-hub export`: a bundle of evidence from the ledger of a hub that has stopped.
 *
 * @module
 */
import { createWriteStream, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { Instant } from "../../sdk/api/values.ts";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { signer } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { RowError } from "../bundle/row.ts";
import type { Wanted } from "../bundle/select.ts";
import { findStored, storedBundle } from "../bundle/stored.ts";
import { type Bundle, type BundleSource, NothingFoundError, openBundle } from "../bundle/write.ts";
import { openControl } from "../control.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { ticksOf } from "../query/values.ts";
import { LedgerError } from "../ledger/ledger_error.ts";
import { CONTROL_FILE } from "../listening.ts";
import { lookAtManifest } from "../store/manifest.ts";
import { localFiles } from "../store/target/cold_files.ts";
import { readWitnessed, type Witnessed } from "../witness/witnessing.ts";
import {
  type Call,
  checkRan,
  choice,
  type Command,
  EXIT,
  required,
  text,
  UsageError,
} from "./command.ts";

/** The bundle cannot be put where it must go. */
export class ExportError extends Error {
  override readonly name = "ExportError";
  readonly code: "target" | "running" | "unwitnessed";

  constructor(code: ExportError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export const exportBundle: Command = {
  name: "export",
  summary: "Writes frames with their proofs into a bundle, for custos verify.",
  usage: `--data DIR --to FILE [--agent ID|HOST] [--source NAME]
       [--from TIME] [--until TIME] [--index A..B | --row INDEX/ROW]
       [--witnessed]

  --data     the data folder of a hub that has stopped
  --to       the bundle's file
  --agent    frames of this agent alone, by its id or its host's name
  --source   frames of this source alone
  --from     frames with an event at this time or later, such as 2026-08-01T10:00:00Z
  --until    frames with an event before this time
  --index    frames in these entries of the ledger, both inclusive
  --row      one row alone, without its frame: row ROW, from 0, of the frame in entry INDEX; its
             source must have row_proofs. Where the frame was deleted: with the whole file of the
             store that has the row, which the ledger has sealed
  --witnessed  under the newest checkpoint that witnesses have cosigned; later entries are left out
  --output   text or json

What lies between two frames of a stream is always there, too: a bundle has no holes.`,
  options: {
    data: { type: "string" },
    to: { type: "string" },
    agent: { type: "string" },
    source: { type: "string" },
    from: { type: "string" },
    until: { type: "string" },
    index: { type: "string" },
    row: { type: "string" },
    witnessed: { type: "boolean" },
    output: { type: "string" },
  },
  async run(call) {
    const isJson = choice(call, "output", ["text", "json"]) === "json";
    const file = required(call, "to");
    const wanted = wantedOf(call);
    await using hub = await openStopped(required(call, "data"));
    const { ledger, hubKey } = hub;
    const { checkpoint, witnesses } = await headOf(call, hub);
    const source = { ledger, checkpoint, hubKey, witnesses };
    try {
      const bundle = await storedRow(call, source, wanted) ?? await openBundle(source, wanted);
      const bytes = await write(bundle, file);
      const told = { frames: bundle.frames, entries: bundle.entries, bytes };
      const { origin, size } = checkpoint;
      call.out(
        isJson
          ? `${JSON.stringify({ event: "exported", file, ...told, origin, size })}\n`
          : `${file}: ${told.frames} frames, ${told.entries} entries, ${bytes} bytes\n` +
            `Verify it with: custos verify ${file} --hub-key ${hexOf(hubKey)}\n`,
      );
      return EXIT.ok;
    } catch (error) {
      if (!(error instanceof NothingFoundError || error instanceof RowError)) throw error;
      call.err(error.message);
      return EXIT.failed;
    }
  },
};

/** Of a row whose frame has been deleted, the bundle of the file that has it; else undefined. */
async function storedRow(
  call: Call,
  source: BundleSource,
  { index, row }: Wanted,
): Promise<Bundle | undefined> {
  if (row === undefined) return undefined;
  const place = { index: index!.first, row };
  const [entry] = await source.ledger.read(place.index, { maxBytes: 1 });
  if (entry?.deleted === undefined) return undefined;
  const data = required(call, "data");
  await using control = openControl(join(data, CONTROL_FILE), "read");
  const snapshot = lookAtManifest(control);
  const files = nodeFiles();
  const stored = { snapshot, files, cold: localFiles(join(data, "store")) };
  const found = await findStored(stored, place, call.signal);
  const { tombstone } = entry.deleted;
  const bundle = found && await storedBundle(source, { found, place, tombstone });
  if (bundle !== undefined) return bundle;
  throw new NothingFoundError(
    `Cannot prove row: the frame in entry ${place.index} was deleted by tombstone ${tombstone}, ` +
      `and no file that the ledger has sealed has its row ${row}`,
  );
}

/** The tree that entries are proved in. */
async function headOf(call: Call, { ledger, hubKey }: Stopped): Promise<Witnessed> {
  if (call.values["witnessed"] !== true) {
    return { checkpoint: ledger.checkpoint, witnesses: [] };
  }
  const key = { name: ledger.checkpoint.origin, publicKey: hubKey };
  const found = await readWitnessed(nodeFiles(), required(call, "data"), key);
  if (found !== undefined && found.checkpoint.size <= ledger.checkpoint.size) return found;
  throw new ExportError(
    "unwitnessed",
    "Cannot export: no checkpoint of this ledger was cosigned, name witnesses in the hub's config",
  );
}

function wantedOf(call: Call): Wanted {
  const agent = text(call, "agent");
  const source = text(call, "source");
  const from = timeOf(call, "from");
  const to = timeOf(call, "until");
  const place = rowOf(call);
  if (place !== undefined && text(call, "index") !== undefined) {
    throw new UsageError("--row and --index exclude each other");
  }
  const index = place?.index ?? rangeOf(call);
  return {
    ...(agent !== undefined && { agent }),
    ...(source !== undefined && { source }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(index !== undefined && { index }),
    ...(place !== undefined && { row: place.row }),
  };
}

function timeOf(call: Call, name: string): bigint | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  const ticks = v.is(Instant, value) ? ticksOf(value) : undefined;
  if (ticks !== undefined) return ticks;
  throw new UsageError(
    `--${name} is "${value}", must be a time with its offset such as 2026-08-01T10:00:00Z`,
  );
}

function rangeOf(call: Call): Wanted["index"] {
  const value = text(call, "index");
  if (value === undefined) return undefined;
  const [, first, last] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(value) ?? [];
  if (first !== undefined && Number(first) <= Number(last)) {
    return { first: Number(first), last: Number(last) };
  }
  throw new UsageError(`--index is "${value}", must be two indexes such as 100..199`);
}

function rowOf(call: Call): Pick<Required<Wanted>, "index" | "row"> | undefined {
  const value = text(call, "row");
  if (value === undefined) return undefined;
  const [, entry, row] = /^(\d{1,15})\/(\d{1,5})$/.exec(value) ?? [];
  if (entry === undefined || row === undefined) {
    throw new UsageError(`--row is "${value}", must be an index and a row such as 100/7`);
  }
  return { index: { first: Number(entry), last: Number(entry) }, row: Number(row) };
}

interface Stopped extends AsyncDisposable {
  readonly ledger: Ledger;
  /** 32 bytes. */
  readonly hubKey: Uint8Array;
}

async function openStopped(folder: string): Promise<Stopped> {
  const keyFile = join(folder, "ledger.key");
  checkRan(folder, keyFile);
  const files = nodeFiles();
  const keys = await loadOrCreateKeys(files, keyFile);
  try {
    const ledger = await openLedger({
      folder: join(folder, "ledger"),
      files,
      keys,
      sign: signer(keys.privateKey),
      now: () => 0n,
      newLogId: () => new Uint8Array(8),
    });
    return {
      ledger,
      hubKey: keys.publicKey,
      [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
    };
  } catch (cause) {
    if (!(cause instanceof LedgerError) || cause.code !== "foreign") throw cause;
    throw new ExportError(
      "running",
      `Cannot export: a hub runs on ${folder}, stop it first`,
      cause,
    );
  }
}

/** All or nothing: a bundle that was cut short is in nobody's way. Gives its size. */
async function write(bundle: Bundle, file: string): Promise<number> {
  const part = `${file}.part`;
  let bytes = 0;
  const counted = async function* () {
    for await (const piece of bundle.bytes()) {
      bytes += piece.length;
      yield piece;
    }
  };
  try {
    await pipeline(Readable.from(counted()), createWriteStream(part, { mode: 0o600 }));
    renameSync(part, file);
    return bytes;
  } catch (cause) {
    rmSync(part, { force: true });
    if (!(cause instanceof Error) || !("syscall" in cause)) throw cause;
    throw new ExportError("target", `Cannot write ${file}: ${cause.message}`, cause);
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
