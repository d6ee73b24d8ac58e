/**
 * Fuzz targets: segments of spool and ledger that somebody has changed on the disk, with checksums
 * that match or not.
 *
 * What is damaged is cut, quarantined or refused; what is then held can be read.
 *
 * @module
 */
import { basename, join } from "node:path";
import type { Random } from "../../../compile/demo/random.ts";
import { append, ONE, open as openTestSpool, TWO } from "../../../agent/spool/test_spool.ts";
import { SpoolError } from "../../../agent/spool/spool_error.ts";
import { LedgerError } from "../../../hub/ledger/ledger_error.ts";
import { openLedger } from "../../../hub/ledger/ledger.ts";
import { generateKeys, signer } from "../../../sdk/proof/sign.ts";
import { readWhole, writeAll } from "../../../sdk/runtime/files.ts";
import { type FaultyFiles, faultyFiles } from "../../../sdk/testkit/faulty_files.ts";
import { putRecord, recordBytes, SEGMENT_HEADER_BYTES } from "../../../sdk/wire/segment.ts";
import { hostile } from "../mutate.ts";
import { type Target, type Verdict, verdictOf } from "../target.ts";

const keys = generateKeys((size) => new Uint8Array(size).fill(6));

function openTestLedger(files: FaultyFiles) {
  return openLedger({
    folder: "/ledger",
    files,
    keys,
    sign: signer(keys.privateKey),
    now: () => 5n,
    newLogId: () => new Uint8Array(8).fill(1),
    segmentBytes: 600,
    tailBytes: 200,
  });
}

async function madeSpool(): Promise<FaultyFiles> {
  const files = faultyFiles();
  await using spool = await openTestSpool(files);
  for (const owner of [ONE, TWO]) {
    const stream = spool.stream(owner);
    for (let n = 0; n < 6; n++) await append(stream, owner, [n, n + 1]);
  }
  return files;
}

async function madeLedger(): Promise<FaultyFiles> {
  const files = faultyFiles();
  await using ledger = await openTestLedger(files);
  for (let n = 0; n < 20; n++) {
    ledger.append("frame", new Uint8Array(32).fill(7), new Uint8Array(40).fill(n));
    if (n % 3 === 2) await ledger.commit();
  }
  await ledger.commit();
  return files;
}

interface Disk {
  readonly folder: string;
  readonly made: FaultyFiles;
  /** Opens it, and reads all that it then holds; `cut` where the start has found damage. */
  use(files: FaultyFiles): Promise<Verdict>;
}

async function useSpool(files: FaultyFiles): Promise<Verdict> {
  await using spool = await openTestSpool(files);
  for (const { id, epochs } of spool.streams()) {
    const stream = Buffer.from(id).toString("hex");
    for (const { epoch, first, next } of epochs) {
      for (let seq = first; seq < Math.min(next, first + 100); seq++) {
        spool.frame({ stream, epoch, seq });
      }
    }
  }
  for (const owner of [ONE, TWO]) await append(spool.stream(owner), owner, [99]);
  return spool.report.damages.length > 0 ? "cut" : "accepted";
}

async function useLedger(files: FaultyFiles): Promise<Verdict> {
  await using ledger = await openTestLedger(files);
  for (let next = 0; next < ledger.durable;) {
    const entries = await ledger.read(next, { maxBytes: 100 });
    if (entries.length === 0) throw new Error(`Entry ${next} is durable and cannot be read`);
    next += entries.length;
  }
  ledger.append("frame", new Uint8Array(32), new Uint8Array(9));
  await ledger.commit();
  return ledger.cutBytes > 0 ? "cut" : "accepted";
}

/** A disk as it was, with the bytes of one segment replaced. */
async function changedDisk(disk: Disk, input: Uint8Array, random: Random): Promise<FaultyFiles> {
  const files = faultyFiles();
  files.makeFolder(disk.folder);
  const names = disk.made.list(disk.folder);
  const changed = random.pick(names.filter((name) => /\d/.test(name)));
  for (const name of names) {
    const path = join(disk.folder, name);
    const whole = (await readWhole(disk.made, path)) ?? new Uint8Array(0);
    const bytes = name === changed ? changedSegment(whole, input, random) : whole;
    const file = files.open(path, "create");
    writeAll(file, new Uint8Array(bytes), 0);
    await file.sync();
    file.close();
  }
  await files.syncFolder(disk.folder);
  return files;
}

/** `input` as the whole segment, or as one more record of `segment` with a checksum that matches. */
function changedSegment(segment: Uint8Array, input: Uint8Array, random: Random): Uint8Array {
  if (random.below(3) === 0) return hostile([segment], random);
  if (random.below(4) === 0 || input.length === 0) return input;
  const record = new Uint8Array(recordBytes(input.length));
  putRecord(record, 0, [input]);
  const at = random.below(2) === 0 ? segment.length : SEGMENT_HEADER_BYTES;
  return Buffer.concat([segment.subarray(0, at), record, segment.subarray(at)]);
}

async function payloadsOf({ made, folder }: Disk): Promise<readonly Uint8Array[]> {
  const segments = made.list(folder).filter((name) => /\d/.test(basename(name)));
  const wholes = await Promise.all(segments.map((name) => readWhole(made, join(folder, name))));
  return wholes.flatMap((whole) => whole === undefined ? [] : [whole, ...recordsOf(whole)]);
}

function recordsOf(segment: Uint8Array): Uint8Array[] {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const payloads: Uint8Array[] = [];
  for (let at = SEGMENT_HEADER_BYTES; at + 8 <= segment.length;) {
    const length = view.getUint32(at);
    if (length === 0 || at + 8 + length > segment.length) break;
    payloads.push(segment.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return payloads;
}

async function target(name: string, disk: Disk, refusal: typeof SpoolError | typeof LedgerError) {
  return {
    name,
    corpus: await payloadsOf(disk),
    take: async (input, random) => {
      const files = await changedDisk(disk, input, random);
      let verdict = "accepted";
      const refused = await verdictOf(async () => (verdict = await disk.use(files)), [refusal]);
      return refused === "accepted" ? verdict : refused;
    },
  } satisfies Target;
}

export async function diskTargets(): Promise<readonly Target[]> {
  const spool = { folder: "/spool", made: await madeSpool(), use: useSpool };
  const ledger = { folder: "/ledger", made: await madeLedger(), use: useLedger };
  return [await target("spool", spool, SpoolError), await target("ledger", ledger, LedgerError)];
}
