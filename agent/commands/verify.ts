/**
 * `custos verify BUNDLE`: judges evidence without a hub and without a network.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import { parseTrust, TrustError } from "../../sdk/proof/trust.ts";
import type { Broken, SeenRow, StoredRow, StreamSpan, Verdict } from "../../sdk/proof/verdict.ts";
import { plain, timeOf } from "../../sdk/proof/verdict_words.ts";
import { openVerifier } from "../../sdk/proof/verify.ts";
import type { Trust } from "../../sdk/proof/verify_head.ts";
import { verifyProof } from "../../sdk/proof/verify_proof.ts";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import { type Call, type Command, EXIT, text, UsageError } from "./command.ts";

/** The bundle cannot be read from where it is. */
export class BundleFileError extends Error {
  override readonly name = "BundleFileError";
  readonly code = "unreadable";
}

const KEY = "64 hex digits or a verifier key NAME+ID+BASE64";
const KEY_OPTIONS = [
  { option: "hub-key", who: "hub", form: KEY },
  { option: "witness-key", who: "witness", form: `NAME=KEY, KEY being ${KEY}` },
  { option: "agent-key", who: "agent", form: KEY },
] as const;

export const verify: Command = {
  name: "verify",
  summary: "Verifies a bundle of evidence, offline",
  usage: `BUNDLE [--hub-key KEY] [--witness-key NAME=KEY] [--agent-key KEY] [--trust FILE]
       custos verify PROOF --entry FILE --hub-key KEY [--witness-key NAME=KEY]

  --hub-key KEY           the key that must have signed the checkpoint
  --witness-key NAME=KEY  a witness that must have cosigned it
  --agent-key KEY         the key that the frames' agent was enrolled with
  --entry FILE            judges a C2SP tlog-proof of this entry: a frame, byte for byte
  --trust FILE            such keys, one a line: hub KEY, witness NAME KEY, agent KEY

A KEY is 64 hex digits or a C2SP verifier key (NAME+ID+BASE64); several are separated by commas.
What no key is given for is taken from the bundle, on faith, and said. Exits with 5 if a link is
broken, and names the first: bundle, row, file, frame, signature, chain, leaf, checkpoint or witness.`,
  options: {
    "hub-key": { type: "string" },
    "witness-key": { type: "string" },
    "agent-key": { type: "string" },
    entry: { type: "string" },
    trust: { type: "string" },
  },
  async run(call) {
    const [file, ...rest] = call.positionals;
    if (file === undefined) throw new UsageError("no bundle is named");
    if (rest.length > 0) throw new UsageError(`"${rest.join(" ")}" is too much`);
    const trust = await trustOf(call);
    const entry = text(call, "entry");
    const verdict = entry === undefined
      ? await judge(file, trust)
      : await judgeProof({ file, entry }, trust);
    await call.out(call.json ? `${jsonOf(verdict)}\n` : textOf(file, verdict));
    return verdict.broken === undefined ? EXIT.ok : EXIT.integrity;
  },
};

async function judge(file: string, trust: Trust): Promise<Verdict> {
  const verifier = openVerifier(nativeProvider, trust);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without an encoding chunks are Buffers
      if (!verifier.take(new Uint8Array(chunk as Buffer))) break;
    }
  } catch (cause) {
    throw new BundleFileError(`Cannot read ${file}: ${troubleOf(cause)}`, { cause });
  }
  return verifier.end();
}

async function judgeProof(
  { file, entry }: { readonly file: string; readonly entry: string },
  trust: Trust,
): Promise<Verdict> {
  if (trust.hubs.length === 0) throw new UsageError("--hub-key is missing: a proof brings no key");
  const proof = await bytesOf(file);
  const bytes = await bytesOf(entry);
  const text = new TextDecoder().decode(proof);
  return verifyProof(text, bytes, { provider: nativeProvider, trust });
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new BundleFileError(`Cannot read ${file}: ${troubleOf(cause)}`, { cause });
  }
}

async function trustOf(call: Call): Promise<Trust> {
  const given = KEY_OPTIONS.flatMap(({ option, who, form }) =>
    (text(call, option) ?? "").split(",").filter((key) => key.trim() !== "").map((key) => {
      // A witness is NAME=KEY here, and NAME KEY on a line.
      const words = key.includes("+") ? key : key.replace("=", " ");
      return read(`${who} ${words}`, `--${option} is "${key.trim()}", must be ${form}`);
    })
  );
  const file = text(call, "trust");
  if (file !== undefined) given.push(read(await contentOf(file), `--trust ${file}`));
  return {
    hubs: given.flatMap(({ hubs }) => hubs),
    witnesses: given.flatMap(({ witnesses }) => witnesses),
    agents: given.flatMap(({ agents }) => agents),
  };
}

function read(lines: string, where: string): Trust {
  try {
    return parseTrust(lines, nativeProvider.sha256);
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new UsageError(`${where} (${cause.message})`, { cause });
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(`--trust ${file} cannot be read: ${troubleOf(cause)}`, { cause });
  }
}

function jsonOf(verdict: Verdict): string {
  const ok = verdict.broken === undefined;
  return JSON.stringify(
    { ok, ...verdict },
    (_, value: unknown) => typeof value === "bigint" ? timeOf(value) : value,
  );
}

function textOf(file: string, verdict: Verdict): string {
  const { broken, log, entries, streams, rows, stored, witnesses, faith } = verdict;
  const { deletions = [] } = verdict;
  const lines = [
    broken === undefined
      ? `${file}: every link holds`
      : `${file}: BROKEN at ${broken.link}${placeOf(broken)}: ${broken.why} (${broken.code})`,
    ...(log === undefined ? [] : [`  log      ${log.origin}, a tree of ${log.size} entries`]),
    ...(log === undefined ? [] : [`  root     ${log.root}`]),
    ...witnesses.map(({ name, time }) => `  witness  ${name}, at ${timeOf(BigInt(time) * SECOND)}`),
    `  entries  ${entries}${broken === undefined ? "" : " up to there"}`,
    ...streams.flatMap(spanLines),
    ...rows.flatMap(rowLines),
    ...stored.flatMap(storedLines),
    ...deletions.map(({ tombstone, table, frames, events }) =>
      `  deleted  ${frames} frames, ${events} events of ${table}: tombstone in entry ${tombstone}`
    ),
    ...(faith.length === 0 ? [] : ["Taken on faith, for want of a key (--trust):"]),
    ...faith.map((what) => `  ${what}`),
  ];
  return `${lines.map(plain).join("\n")}\n`;
}

function placeOf({ index, frame }: Broken): string {
  const entry = index === undefined ? "" : `, entry ${index}`;
  if (frame === undefined) return entry;
  return `${entry}, frame ${frame.epoch}/${frame.seq} of stream ${frame.stream} ` +
    `of agent ${frame.agent}`;
}

function spanLines(span: StreamSpan): readonly string[] {
  const { first, last, frames, events, gaps } = span;
  const range = `${first.epoch}/${first.seq} to ${last.epoch}/${last.seq}`;
  const counted = `${frames} frames, ${events} events, ${gaps} gaps`;
  return [
    `  stream   ${span.source ?? span.stream} of ${span.host ?? "agent"} (${span.agent})`,
    `           ${range}: ${counted}`,
    `           events from ${timeOf(span.firstTime)} to ${timeOf(span.lastTime)}`,
  ];
}

function rowLines({ table, frame, index, row, host, fields }: SeenRow): readonly string[] {
  return [
    `  row      ${row} of ${table}, frame ${frame.epoch}/${frame.seq} (entry ${index}) of ` +
    `${host ?? "agent"} (${frame.agent})`,
    ...fields.map(({ name, value }) => `           ${name}: ${value}`),
  ];
}

function storedLines(stored: StoredRow): readonly string[] {
  const { table, index, row, leaf, hash, tombstone, fields } = stored;
  const why = tombstone === undefined
    ? "the bundle does not have the frame"
    : `the frame was deleted by tombstone ${tombstone}`;
  return [
    `  row      ${row} of ${table}, of entry ${index}`,
    `           proved to the file, not to its frame: ${why}`,
    `           file ${hash}, sealed by entry ${leaf}`,
    ...fields.map(({ name, value }) => `           ${name}: ${value}`),
  ];
}

const SECOND = 10_000_000n;
