/**
 * Messages of the link between agent and hub: WebSocket subprotocol `custos.v1` ("Link" in
 * ARCHITECTURE.md).
 *
 * Every WebSocket message is binary and one of two kinds, told apart by its first byte: a frame
 * starts with `CUSF` (0x43), a message is a msgpack map (0x80–0x8f, 0xde, 0xdf).
 *
 * | message     | from  | when                                                               |
 * | ----------- | ----- | ------------------------------------------------------------------ |
 * | `hello`     | agent | first: who it is and what its spool holds                          |
 * | `challenge` | hub   | answer to hello: a nonce to sign                                   |
 * | `auth`      | agent | its signature over log id, both nonces and the hello               |
 * | `welcome`   | hub   | what the ledger holds of each of its streams, first credit         |
 * | `statement` | agent | of its succession, those that the hub lacks, in order              |
 * | `schema`    | agent | before the first frame of that schema on this connection           |
 * | `epoch`     | agent | wants to open an epoch of a stream                                 |
 * | `epochok`   | hub   | the epoch is a durable fence in the ledger                         |
 * | `ack`       | hub   | these streams are durable up to these seqs; new credit             |
 * | `nack`      | hub   | one frame was not taken: why, and what would be                    |
 * | `head`      | agent | every 5 s: what it has sealed, ahead of the frames                 |
 * | `prove`     | agent | that the tree it last verified is the start of a signed one        |
 * | `proof`     | hub   | the consistency proof that was asked for                           |
 * | `keys`      | hub   | the holder's key package for this agent (`sdk/keys/key_package.ts`) |
 * | `keysok`    | agent | what became of the package                                         |
 * | `time`      | hub   | asks what the agent's clock shows; for agents that told theirs in the hello |
 * | `timeok`    | agent | what it shows                                                      |
 * | `bye`       | both  | last: why the connection ends                                      |
 *
 * Each is a map whose `type` is the first column's word; members by name, byte members as bin.
 * Members a reader does not know are ignored, so that later releases may add some.
 *
 * @module
 */
import * as v from "valibot";
import { MOST_PACKAGE_BYTES } from "../keys/key_package.ts";
import { sha256 } from "../runtime/hash.ts";
import { MAX_CURSOR_BYTES } from "./body.ts";
import { MAX_BODY_BYTES } from "./header.ts";
import { MAX_STATEMENT_BYTES } from "./succession.ts";
import { MsgpackError, pack, unpack } from "./msgpack.ts";

export const SUBPROTOCOL = "custos.v1";
export const LINK_PATH = "/v1/agent";
/** Largest message that is no frame, in bytes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Largest WebSocket message of either kind, in bytes: a frame of 8 MiB and its header fit. */
export const MAX_LINK_BYTES = MAX_BODY_BYTES + 1024 * 1024;
/** Most streams of one agent, so that a list of them fits in a message. */
export const MAX_STREAMS = 4096;
/** Most streams whose cursors an agent asks for: reading them costs the hub a frame each. */
export const MAX_CUT_STREAMS = 64;
/** An agent announces its heads so often, in ms. */
export const HEAD_EVERY_MS = 5000;

/** Why bytes are not a link message. The same bytes never become one. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly permanent = true;
  readonly code: "size" | "msgpack" | "type" | "field";

  constructor(code: LinkError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const bytesOf = (size: number) =>
  v.custom<Uint8Array>((x) => x instanceof Uint8Array && x.length === size, "has another length");
const upTo = (most: number) =>
  v.custom<Uint8Array>((x) => x instanceof Uint8Array && x.length <= most, "is too long");
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const epochNumber = v.pipe(count, v.maxValue(0xffff_ffff));
const hash = bytesOf(32);
const streamId = bytesOf(8);
const listOf = <S extends v.GenericSchema>(item: S) =>
  v.pipe(v.array(item), v.maxLength(MAX_STREAMS));
const word = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,39}$/, "is no code"));

const StreamHead = v.object({
  stream: streamId,
  epoch: epochNumber,
  /** One past the newest frame. */
  next: count,
  /** Hash of that newest frame; zeros where the epoch has none. */
  tail: hash,
  /**
   * In a welcome, of the streams that the hello calls cut: the sealed cursor of the last whole group
   * in the ledger, as the agent has sent it.
   */
  cursor: v.optional(upTo(MAX_CURSOR_BYTES)),
});
/** How far a stream is, as agent or hub sees it. */
export type StreamHead = Readonly<v.InferOutput<typeof StreamHead>>;

const Acked = v.object({ stream: streamId, epoch: epochNumber, seq: count });
/** All frames of the epoch up to `seq` are durable. */
export type Acked = Readonly<v.InferOutput<typeof Acked>>;

const hello = v.object({
  type: v.literal("hello"),
  version: v.literal(1),
  /** 16 bytes: first half of SHA-256 of its public key. */
  agent: bytesOf(16),
  /** Names this connection: the welcome echoes it. */
  nonce: bytesOf(32),
  /** Drawn at the agent's start. */
  boot: bytesOf(16),
  /** Its clock, in ms since the epoch: the hub may ask for it again by `time`. */
  clock: v.optional(count),
  /** Number of that start, kept on the agent's disk; agents of 0.1.0 have none. */
  instance: v.optional(count),
  release: text(64),
  host: text(255),
  os: text(64),
  heads: listOf(StreamHead),
  /** Streams of whose frames the agent has lost some: it asks for their cursors. */
  cut: v.optional(v.pipe(v.array(streamId), v.maxLength(MAX_CUT_STREAMS))),
  /** The agent's box key (`sdk/keys/agent_key.ts`); agents of 0.1.0 have none. */
  boxKey: v.optional(v.object({ key: bytesOf(32), signature: bytesOf(64) })),
  /**
   * SHA-256 of the certificate that the agent shows on this connection. As auth signs the hello, it
   * holds on a connection whose end has that certificate's key, and on no other.
   */
  certificate: v.optional(hash),
});
const challenge = v.object({
  type: v.literal("challenge"),
  /** Echo of the hello's nonce. */
  hello: bytesOf(32),
  nonce: bytesOf(32),
  /** The hub's clock, in ms since the epoch. */
  time: count,
});
const auth = v.object({ type: v.literal("auth"), signature: bytesOf(64) });
const welcome = v.object({
  type: v.literal("welcome"),
  hello: bytesOf(32),
  streams: listOf(StreamHead),
  /** Bytes of frames that may be sent on this connection in all. */
  credit: count,
  limits: v.object({ frameBytes: count, bytesPerSecond: count }),
  /** A signed note (C2SP tlog-checkpoint). */
  checkpoint: text(64 * 1024),
  /**
   * To an agent that knows an older log: the statements by which this one goes on from it, oldest
   * first (`sdk/proof/rollback.ts`).
   */
  rollbacks: v.optional(v.pipe(v.array(text(16 * 1024)), v.maxLength(16))),
  /** Whose signatures count under a later statement. */
  operators: v.optional(
    v.pipe(v.array(v.object({ name: text(32), publicKey: bytesOf(32) })), v.maxLength(32)),
  ),
  /** The agent's last statement in the ledger; number 0 and zeros: none. Absent before 0.2.0. */
  succession: v.optional(v.object({ number: count, hash })),
});
/** A statement of `succession.ts`, byte for byte. */
const statement = v.object({
  type: v.literal("statement"),
  bytes: upTo(MAX_STATEMENT_BYTES),
});
const schema = v.object({ type: v.literal("schema"), hash, json: text(256 * 1024) });
const epoch = v.object({
  type: v.literal("epoch"),
  stream: streamId,
  /** The source's name; the stream id must be its hash. */
  name: v.pipe(text(255), v.minLength(1)),
  plugin: text(64),
  epoch: v.pipe(epochNumber, v.minValue(1)),
  reason: text(255),
});
const epochok = v.object({
  type: v.literal("epochok"),
  stream: streamId,
  epoch: epochNumber,
  credit: count,
});
const ack = v.object({
  type: v.literal("ack"),
  /** May be empty: then it grants credit only. */
  streams: listOf(Acked),
  checkpoint: text(64 * 1024),
  credit: count,
});
const nack = v.object({
  type: v.literal("nack"),
  stream: streamId,
  epoch: epochNumber,
  seq: count,
  hash,
  code: word,
  /** The seq that the hub would take next; with code `epoch`: the lowest epoch it would open. */
  expect: count,
  /** Not before so many ms. */
  retryMs: count,
  /**
   * These bytes never will be taken: the hub has noted so, and takes nothing more of the epoch. The
   * agent seals what is left again in a new one, a gap in the place of this frame (rule 7).
   */
  permanent: v.boolean(),
});
const head = v.object({ type: v.literal("head"), streams: listOf(StreamHead) });
const keys = v.object({
  type: v.literal("keys"),
  package: v.custom<Uint8Array>(
    (x) => x instanceof Uint8Array && x.length <= MOST_PACKAGE_BYTES,
    "is no key package",
  ),
});
const keysok = v.object({
  type: v.literal("keysok"),
  serial: count,
  /** `ok`, or why the package was refused. */
  code: word,
});
/** Asks for the proof that the tree of `to` entries begins with that of `from`; one at a time. */
const prove = v.object({
  type: v.literal("prove"),
  from: v.pipe(count, v.minValue(1)),
  to: count,
});
const proof = v.object({
  type: v.literal("proof"),
  from: count,
  to: count,
  /** RFC 6962 §2.1.2. */
  hashes: v.pipe(v.array(hash), v.maxLength(64)),
});
const time = v.object({ type: v.literal("time"), id: count });
const timeok = v.object({
  type: v.literal("timeok"),
  /** That of the question. */
  id: count,
  /** The agent's clock, in ms since the epoch. */
  time: count,
});
const bye = v.object({
  type: v.literal("bye"),
  code: word,
  /** Do not come back before so many ms. */
  retryMs: count,
});

const Message = v.variant("type", [
  ...[hello, challenge, auth, welcome, statement, schema, epoch, epochok] as const,
  ...[ack, nack, head, prove, proof, keys, keysok, time, timeok, bye] as const,
]);
/** Any message of the link that is no frame. */
export type Message = Readonly<v.InferOutput<typeof Message>>;
/** The message of one type. */
export type MessageOf<T extends Message["type"]> = Extract<Message, { readonly type: T }>;

/** Tells a frame from a message; the rest of the bytes is not looked at. */
export function isFrame(bytes: Uint8Array): boolean {
  return bytes[0] === 0x43 && bytes[1] === 0x55 && bytes[2] === 0x53 && bytes[3] === 0x46;
}

/** Encodes `message`; what it holds must fit its limits. */
export function encodeMessage(message: Message): Uint8Array {
  return pack(message);
}

/**
 * Decodes one message. Its byte arrays may be views into `bytes`.
 *
 * @throws {LinkError} If `bytes` are anything else.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new LinkError(
      "size",
      `Cannot read message: it has ${bytes.length} bytes, must have at most ${MAX_MESSAGE_BYTES}`,
    );
  }
  const result = v.safeParse(Message, plainOf(bytes));
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue) ?? "";
  const code = path === "" || path === "type" ? "type" : "field";
  throw new LinkError(code, `Cannot read message: "${path.slice(0, 80)}" is not what it must be`);
}

/**
 * What `auth` signs: SHA-256 of "custos/auth/v1", the hub's log id (8 bytes), both nonces and the
 * bytes of the hello. It holds for one connection to one hub only.
 */
export function authDigest(
  logId: Uint8Array,
  nonces: { readonly hello: Uint8Array; readonly challenge: Uint8Array },
  helloBytes: Uint8Array,
): Uint8Array {
  return sha256("custos/auth/v1", logId, nonces.hello, nonces.challenge, helloBytes);
}

/** First 8 bytes of SHA-256 of "custos/stream/v1" and the source's name. */
export function streamIdOf(source: string): Uint8Array {
  return sha256("custos/stream/v1", new TextEncoder().encode(source)).subarray(0, 8);
}

function plainOf(bytes: Uint8Array): unknown {
  try {
    return unpack(bytes);
  } catch (cause) {
    if (!(cause instanceof MsgpackError)) throw cause;
    throw new LinkError("msgpack", "Cannot read message: it is no plain msgpack", { cause });
  }
}
