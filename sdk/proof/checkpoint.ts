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
import { type Sign, SIGNATURE_BYTES, type Verify } from "./sign.ts";

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
/** Signature type 0x01, Ed25519, of C2SP signed-note. */
const ED25519 = new Uint8Array([1]);
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
  const { text, signatures } = splitNote(note);
  const id = noteKeyId(key);
  const message = new TextEncoder().encode(text);
  return signatures.some(({ name, bytes }) =>
    name === key.name && bytes.length === 4 + SIGNATURE_BYTES &&
    id.every((byte, i) => byte === bytes[i]) && verify(message, bytes.subarray(4))
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
  const signature = sign(new TextEncoder().encode(text));
  return `${DASH} ${key.name} ${toBase64(Buffer.concat([noteKeyId(key), signature]))}\n`;
}

/** First four bytes of SHA-256 of name, newline, type and key. */
function noteKeyId(key: NoteKey): Uint8Array {
  const hash = createHash("sha256").update(`${key.name}\n`).update(ED25519).update(key.publicKey);
  return new Uint8Array(hash.digest().subarray(0, 4));
}

interface Note {
  /** Ends with a newline; this is what is signed. */
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

function splitNote(note: string): Note {
  if (note.length > MAX_NOTE_CHARACTERS) throw malformed(`it has ${note.length} characters`);
  // oxlint-disable-next-line no-control-regex -- signed-note forbids them
  if (/[\x00-\x09\x0b-\x1f]/.test(note)) throw malformed("it has control characters");
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw malformed("it is not text, empty line, signatures");
  const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
    const [dash, name, base64, more] = line.split(" ");
    const bytes = base64 === undefined ? undefined : fromBase64(base64);
    if (dash !== DASH || !name || more !== undefined || bytes === undefined || bytes.length < 5) {
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
