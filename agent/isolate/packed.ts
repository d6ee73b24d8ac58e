/**
 * A packed plugin: one ESM file that says in its first lines what it is.
 *
 * ```text
 * // custos-plugin 1
 * // manifest BASE64
 * // signature PUBLIC-KEY-HEX BASE64        (absent until it is signed)
 * // code
 * …
 * ```
 *
 * The manifest is JSON: what the plugin says of itself (`describe.ts`), the release of custos that
 * packed it, and length and SHA-256 of all bytes after the line `// code`. The signature is Ed25519
 * over "custos/plugin/v1" and the manifest's bytes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as v from "valibot";
import { KeyError, publicKeyOf, SIGNATURE_BYTES, signer, verifier } from "../../sdk/proof/sign.ts";
import type { Described } from "./describe.ts";
import { ManifestError, readDescribed } from "./manifest.ts";

/** What an operator approves. */
export interface Manifest extends Described {
  /** Release of custos that packed it. */
  readonly packedBy: string;
  /** Of the code, in hex. */
  readonly sha256: string;
  /** Length of the code, in bytes. */
  readonly bytes: number;
}

export interface Packed {
  readonly manifest: Manifest;
  /** As they were signed. */
  readonly manifestBytes: Uint8Array;
  readonly code: Uint8Array;
  /** Public key that has signed it, 32 bytes; undefined where nobody has. */
  readonly key: Uint8Array | undefined;
}

/** Bytes are no packed plugin, or one that was changed. */
export class PackedError extends Error {
  override readonly name = "PackedError";
  readonly code: "format" | "manifest" | "hash" | "signature";

  constructor(code: PackedError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const FIRST = "// custos-plugin 1";
const LAST = "// code";
const LABEL = Buffer.from("custos/plugin/v1");
/** Longest lines before the code, in bytes. */
const MOST_HEAD_BYTES = 2 * 1024 * 1024;

/** Packs `code`, not signed yet. */
export function packPlugin(
  { described, code }: { readonly described: Described; readonly code: Uint8Array },
  packedBy: string,
): Uint8Array {
  const manifest: Manifest = { ...described, packedBy, sha256: hashOf(code), bytes: code.length };
  return join(Buffer.from(JSON.stringify(manifest)), undefined, code);
}

/** Signs a packed plugin with `seed`, in the place of a signature that it may have. */
export function signPacked(bytes: Uint8Array, seed: Uint8Array): Uint8Array {
  const { manifestBytes, code } = readPacked(bytes);
  const signature = signer(seed)(Buffer.concat([LABEL, manifestBytes]));
  return join(manifestBytes, { key: publicKeyOf(seed), signature }, code);
}

/**
 * Reads a packed plugin; its code is a view into `bytes`, and is what was hashed.
 *
 * @throws {PackedError}
 */
export function readPacked(bytes: Uint8Array): Packed {
  const { lines, code } = headOf(bytes);
  const [first, manifestLine = "", ...more] = lines;
  const [, manifestText = ""] = /^\/\/ manifest ([A-Za-z0-9+/=]+)$/.exec(manifestLine) ?? [];
  const manifestBytes = base64(manifestText);
  if (first !== FIRST || manifestBytes === undefined || more.length > 1) {
    throw new PackedError(
      "format",
      "Cannot read plugin: it must begin as custos plugin pack writes",
    );
  }
  const key = more[0] === undefined ? undefined : keyOf(more[0], manifestBytes);
  const manifest = manifestOf(manifestBytes);
  if (manifest.bytes !== code.length || manifest.sha256 !== hashOf(code)) {
    const what = "its code is not what its manifest names, it was changed after it was packed";
    throw new PackedError("hash", `Cannot read plugin: ${what}`);
  }
  return { manifest, manifestBytes, code, key };
}

/** The part of a manifest that the plugin says of itself. */
export function describedOf(manifest: Manifest): Described {
  const { packedBy: _p, sha256: _s, bytes: _b, ...described } = manifest;
  return described;
}

/** How an operator names a key: its bytes in hex. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}

/** SHA-256 in hex. */
export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

interface Signed {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

function join(manifest: Uint8Array, signed: Signed | undefined, code: Uint8Array): Uint8Array {
  const lines = [FIRST, `// manifest ${Buffer.from(manifest).toString("base64")}`];
  if (signed !== undefined) {
    const signature = Buffer.from(signed.signature).toString("base64");
    lines.push(`// signature ${keyText(signed.key)} ${signature}`);
  }
  return new Uint8Array(Buffer.concat([Buffer.from(`${lines.join("\n")}\n${LAST}\n`), code]));
}

function headOf(
  bytes: Uint8Array,
): { readonly lines: readonly string[]; readonly code: Uint8Array } {
  const buffer = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    Math.min(bytes.length, MOST_HEAD_BYTES),
  );
  const mark = `\n${LAST}\n`;
  const end = buffer.indexOf(mark);
  if (end < 0) throw new PackedError("format", "Cannot read plugin: it is not packed");
  const lines = buffer.subarray(0, end).toString("latin1").split("\n");
  return { lines, code: bytes.subarray(end + mark.length) };
}

function keyOf(line: string, manifest: Uint8Array): Uint8Array {
  const [, keyHex = "", text = ""] =
    /^\/\/ signature ([0-9a-f]{64}) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
  const key = new Uint8Array(Buffer.from(keyHex, "hex"));
  const signature = base64(text);
  try {
    const isGood = signature?.length === SIGNATURE_BYTES &&
      verifier(key)(Buffer.concat([LABEL, manifest]), signature);
    if (isGood) return key;
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
  }
  throw new PackedError("signature", "Cannot read plugin: its signature is not of its manifest");
}

/** What `text` stands for; undefined where the same bytes are written in another way. */
function base64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined;
}

const own = v.object({
  packedBy: v.pipe(v.string(), v.maxLength(64)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

function manifestOf(bytes: Uint8Array): Manifest {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const { packedBy, sha256, bytes: length } = v.parse(own, parsed);
    const { packedBy: _p, sha256: _s, bytes: _b, ...rest } = v.parse(
      v.record(v.string(), v.unknown()),
      parsed,
    );
    return { ...readDescribed(rest), packedBy, sha256, bytes: length };
  } catch (cause) {
    const why = cause instanceof ManifestError ? cause.message : "it is no JSON of one";
    throw new PackedError("manifest", `Cannot read plugin's manifest: ${why}`, { cause });
  }
}
