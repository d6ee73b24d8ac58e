/**
 * Checkpoints: a hub's signed word about its log (C2SP tlog-checkpoint over C2SP signed-note).
 *
 * ```
 * custos/0102030405060708
 * 12345
 * CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *
 * — custos/0102030405060708 <base64 of key id and signature>
 * ```
 *
 * @module
 */
import { createHash } from "node:crypto";
import { HASH_BYTES } from "./merkle.ts";
import { checkPublicKey } from "./portable_points.ts";
import { KeyError, PUBLIC_KEY_BYTES, type Sign, SIGNATURE_BYTES, type Verify } from "./sign.ts";

/** What is signed. */
export interface TreeHead {
  /** The log: `custos/` and its id in hex. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** A tree head and the signed note that says so. */
export interface Checkpoint extends TreeHead {
  readonly note: string;
}

/** Why text is no checkpoint that we accept. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  readonly permanent = true;
  readonly code: "format" | "origin" | "signature";

  constructor(code: CheckpointError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The origin of the log with this id of 8 bytes. */
export function originOf(logId: Uint8Array): string {
  return `custos/${Buffer.from(logId).toString("hex")}`;
}

/** A note's key name with its key: a witness has another name than the log. */
export interface NoteKey {
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** The first line of every note signature is this dash. */
const DASH = "\u2014";
/** Signature types of C2SP signed-note. */
export const NOTE_TYPE = { ed25519: 1, cosignature: 4 } as const;
export type NoteType = typeof NOTE_TYPE[keyof typeof NOTE_TYPE];
/** No space of any kind, no plus sign. */
const KEY_NAME = /^[^\s\u0085+]+$/u;
/** More than any log's checkpoint with all its witnesses needs. */
const MAX_NOTE_CHARACTERS = 64 * 1024;

/** Signs `head` with the log's own key, whose name is the origin. */
export function signCheckpoint(head: TreeHead, publicKey: Uint8Array, sign: Sign): Checkpoint {
  return { ...head, note: signNote(textOf(head), { name: head.origin, publicKey }, sign) };
}

/** The note of `text`, whose lines all end, with its first signature. */
export function signNote(text: string, key: NoteKey, sign: Sign): string {
  return `${text}\n${signatureLine(text, key, sign)}`;
}

/** One more signature under a note, such as a witness's. */
export function cosign(note: string, key: NoteKey, sign: Sign): string {
  const { text } = splitNote(note);
  return note + signatureLine(text, key, sign);
}

/**
 * Reads a note whose signature by the log itself `verify` accepts.
 *
 * @throws {CheckpointError}
 */
export function openCheckpoint(
  note: string,
  expect: { readonly origin: string; readonly publicKey: Uint8Array; readonly verify: Verify },
): Checkpoint {
  const head = parseCheckpoint(note);
  if (head.origin !== expect.origin) {
    throw new CheckpointError(
      "origin",
      `Cannot accept checkpoint: it is of "${head.origin}", must be of "${expect.origin}"`,
    );
  }
  const key = { name: expect.origin, publicKey: expect.publicKey };
  if (!isSignedBy(note, key, expect.verify)) {
    throw new CheckpointError("signature", "Cannot accept checkpoint: its log has not signed it");
  }
  return head;
}

/** Tells whether one of a note's signatures is `key`'s. */
export function isSignedBy(note: string, key: NoteKey, verify: Verify): boolean {
  const parts = splitNote(note);
  const message = new TextEncoder().encode(parts.text);
  return signaturesBy(parts, key, NOTE_TYPE.ed25519).some((bytes) =>
    bytes.length === SIGNATURE_BYTES && verify(message, bytes)
  );
}

/**
 * Reads a note without looking at who signed it.
 *
 * @throws {CheckpointError} `format`.
 */
export function parseCheckpoint(note: string): Checkpoint {
  const { text } = splitNote(note);
  const [origin, size, root, end] = text.split("\n");
  if (origin === undefined || size === undefined || root === undefined || end === undefined) {
    throw malformed("it has fewer than three lines");
  }
  if (origin === "") throw malformed("its origin is empty");
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw malformed("its second line is no tree size");
  }
  const hash = fromBase64(root);
  if (hash?.length !== HASH_BYTES) throw malformed("its third line is no hash of 32 bytes");
  return { origin, size: Number(size), root: hash, note };
}

function textOf(head: TreeHead): string {
  return `${head.origin}\n${head.size}\n${toBase64(head.root)}\n`;
}

function signatureLine(text: string, key: NoteKey, sign: Sign): string {
  return noteLine(key, NOTE_TYPE.ed25519, sign(new TextEncoder().encode(text)));
}

/** One line under a note. */
export function noteLine(key: NoteKey, type: NoteType, signature: Uint8Array): string {
  return `${DASH} ${key.name} ${toBase64(Buffer.concat([noteKeyId(key, type), signature]))}\n`;
}

/** First four bytes of SHA-256 of name, newline, type and key. */
function noteKeyId({ name, publicKey }: NoteKey, type: NoteType): Uint8Array {
  const hash = createHash("sha256").update(`${name}\n`).update(Uint8Array.of(type));
  return new Uint8Array(hash.update(publicKey).digest().subarray(0, 4));
}

/** A key as C2SP signed-note writes it down: name, key id in hex, base64 of type and key. */
export function formatVerifierKey(key: NoteKey, type: NoteType): string {
  const id = Buffer.from(noteKeyId(key, type)).toString("hex");
  return `${key.name}+${id}+${toBase64(Buffer.concat([Uint8Array.of(type), key.publicKey]))}`;
}

/** The key that `text` writes down, if it is one of that type. */
export function parseVerifierKey(text: string, type: NoteType): NoteKey | undefined {
  const [, name, base64] = /^([^+\s]+)\+[0-9a-f]{8}\+(\S+)$/.exec(text) ?? [];
  const bytes = base64 === undefined ? undefined : fromBase64(base64);
  if (name === undefined || bytes?.length !== 1 + PUBLIC_KEY_BYTES) return undefined;
  const key = { name, publicKey: bytes.subarray(1) };
  return formatVerifierKey(key, type) === text && isKey(key.publicKey) ? key : undefined;
}

function isKey(publicKey: Uint8Array): boolean {
  try {
    checkPublicKey(publicKey);
    return true;
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}

/** The signatures of a note that say they are of this key, without name and key id. */
export function signaturesBy(note: Note, key: NoteKey, type: NoteType): readonly Uint8Array[] {
  const id = noteKeyId(key, type);
  return note.signatures
    .filter(({ name, bytes }) => name === key.name && id.every((byte, i) => byte === bytes[i]))
    .map(({ bytes }) => bytes.subarray(4));
}

/** A note, taken apart. */
export interface Note {
  /** Ends with a newline; this is what is signed. */
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** @throws {CheckpointError} `format`. */
export function splitNote(note: string): Note {
  if (note.length > MAX_NOTE_CHARACTERS) throw malformed(`it has ${note.length} characters`);
  // oxlint-disable-next-line no-control-regex -- signed-note forbids them
  if (/[\x00-\x09\x0b-\x1f]/.test(note)) throw malformed("it has control characters");
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw malformed("it is not text, empty line, signatures");
  const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
    const [dash, name, base64, more] = line.split(" ");
    const bytes = base64 === undefined ? undefined : fromBase64(base64);
    const isLine = dash === DASH && more === undefined && KEY_NAME.test(name ?? "");
    if (!isLine || name === undefined || bytes === undefined || bytes.length < 5) {
      throw malformed("it has a line that is no signature");
    }
    return { name, bytes };
  });
  return { text: note.slice(0, end + 1), signatures };
}

function malformed(why: string): CheckpointError {
  return new CheckpointError("format", `Cannot read checkpoint: ${why}`);
}

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** The bytes that `text` spells; undefined if it is not the one canonical spelling. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined;
}
