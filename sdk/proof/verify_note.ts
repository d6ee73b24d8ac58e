/**
 * The verifier's own reading of checkpoints: C2SP signed-note, tlog-checkpoint, tlog-cosignature.
 * It shares nothing with what makes them (`checkpoint.ts`), and needs nothing of its runtime.
 *
 * @module
 */
import { HASH_BYTES } from "./bundle.ts";
import type { Provider } from "./provider.ts";
import { KeyError, SIGNATURE_BYTES } from "./portable_points.ts";

/** A note, read; nothing of it is believed yet. */
export interface Note {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** What is signed: all up to the empty line. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

interface NoteSignature {
  readonly name: string;
  /** First four bytes of SHA-256 of name, newline, type and public key. */
  readonly keyId: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Whose signature is looked for. */
interface NoteKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

const ED25519 = 1;
const COSIGNATURE = 4;
const TIME_BYTES = 8;

/** Reads a note; undefined if it is no checkpoint. */
export function readNote(note: string): Note | undefined {
  const end = note.lastIndexOf("\n\n");
  // oxlint-disable-next-line no-control-regex -- signed-note forbids them
  if (end < 0 || !note.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(note)) return undefined;
  const text = note.slice(0, end + 1);
  const [origin, size, root, last] = text.split("\n");
  if (!origin || size === undefined || root === undefined || last === undefined) return undefined;
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    return undefined;
  }
  const hash = fromBase64(root);
  const signatures = note.slice(end + 2, -1).split("\n").map(readSignature);
  if (hash?.length !== HASH_BYTES || signatures.includes(undefined)) return undefined;
  return {
    origin,
    size: Number(size),
    root: hash,
    text,
    signatures: signatures.filter((one) => one !== undefined),
  };
}

/** Whether `key` has signed the note as a log does. */
export function isSigned(note: Note, key: NoteKey, provider: Provider): boolean {
  const message = new TextEncoder().encode(note.text);
  const verify = verifierOf(key.publicKey, provider);
  return signaturesOf(note, { ...key, type: ED25519 }, provider)
    .some((bytes) => bytes.length === SIGNATURE_BYTES && verify(message, bytes));
}

/** When `key` has cosigned the note as a witness does, in seconds since the Unix epoch. */
export function cosignedAt(note: Note, key: NoteKey, provider: Provider): number | undefined {
  const verify = verifierOf(key.publicKey, provider);
  for (const bytes of signaturesOf(note, { ...key, type: COSIGNATURE }, provider)) {
    if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) continue;
    const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
    const message = new TextEncoder().encode(`cosignature/v1\ntime ${time}\n${note.text}`);
    if (verify(message, bytes.subarray(TIME_BYTES))) return Number(time);
  }
  return undefined;
}

/** A function that checks signatures of a key; of bytes that are no key, it accepts none. */
export function verifierOf(publicKey: Uint8Array, provider: Provider) {
  try {
    return provider.verifier(publicKey);
  } catch (error) {
    if (error instanceof KeyError) return () => false;
    throw error;
  }
}

function signaturesOf(
  note: Note,
  { name, publicKey, type }: NoteKey & { readonly type: number },
  provider: Provider,
): readonly Uint8Array[] {
  const named = new TextEncoder().encode(`${name}\n`);
  const id = provider.sha256(named, Uint8Array.of(type), publicKey);
  return note.signatures
    .filter((one) => one.name === name && one.keyId.every((byte, i) => byte === id[i]))
    .map(({ bytes }) => bytes);
}

function readSignature(line: string): NoteSignature | undefined {
  const [dash, name, base64, more] = line.split(" ");
  const bytes = base64 === undefined ? undefined : fromBase64(base64);
  if (dash !== "\u2014" || !name || more !== undefined || bytes === undefined) return undefined;
  return bytes.length < 5
    ? undefined
    : { name, keyId: bytes.subarray(0, 4), bytes: bytes.subarray(4) };
}

/** Only the one canonical spelling counts. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text);
    if (btoa(binary) !== text) return undefined;
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
