/**
 * What a selftest found on one host, signed: the only thing that README's table of platforms is made
 * of.
 *
 * The signature is Ed25519 over "custos/selftest/v1", a line feed, and the JSON of `report`.
 *
 * @module
 */
import * as v from "valibot";
import { type Keys, signer, verifier } from "../../sdk/proof/sign.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const outcome = v.strictObject({
  events: count,
  rejected: count,
  gaps: count,
  /** Why it failed. */
  errors: v.array(v.string()),
});

const report = v.strictObject({
  at: v.string(),
  release: v.string(),
  runtime: v.string(),
  platform: v.string(),
  arch: v.string(),
  kernel: v.string(),
  sources: v.array(v.strictObject({
    source: v.string(),
    version: v.string(),
    /** What it reads of a host itself; absent where this host has nothing of it. */
    live: v.optional(outcome),
    /** Files of its kind that were given to it, from whatever host. */
    files: v.optional(v.strictObject({ ...outcome.entries, files: count })),
  })),
});

const signed = v.strictObject({ report, key: v.string(), signature: v.string() });

export type Outcome = v.InferOutput<typeof outcome>;
export type Report = v.InferOutput<typeof report>;
export type SignedReport = v.InferOutput<typeof signed>;

/** A cell of the table of platforms. */
export type Cell = "run" | "files only" | "never run here";

export function signReport(found: Report, { publicKey, privateKey }: Keys): SignedReport {
  return {
    report: found,
    key: Buffer.from(publicKey).toString("hex"),
    signature: Buffer.from(signer(privateKey)(messageOf(found))).toString("base64"),
  };
}

/** The report that `text` holds; undefined if it is none, or is not as it was signed. */
export function readReport(text: string): Report | undefined {
  const json = parseJson(text);
  const parsed = v.safeParse(signed, json);
  if (!parsed.success) return undefined;
  const { report: found, key, signature } = parsed.output;
  const publicKey = new Uint8Array(Buffer.from(key, "hex"));
  if (publicKey.length !== 32) return undefined;
  const isSigned = verifier(publicKey)(
    // A schema puts members in its own order: what was signed is in the text.
    messageOf(v.parse(v.object({ report: v.unknown() }), json).report),
    new Uint8Array(Buffer.from(signature, "base64")),
  );
  return isSigned ? found : undefined;
}

/** What a source has shown: that it reads a host, that it reads files, or nothing. */
export function cellOf({ live, files }: Report["sources"][number]): Cell {
  if (live !== undefined && live.events > 0 && live.errors.length === 0) return "run";
  if (files !== undefined && files.events > 0 && files.errors.length === 0) return "files only";
  return "never run here";
}

function messageOf(found: unknown): Uint8Array {
  return new TextEncoder().encode(`custos/selftest/v1\n${JSON.stringify(found)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
