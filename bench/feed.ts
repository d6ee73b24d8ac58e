/**
 * Plays an agent's part against a session of the hub, in one process and without sockets.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { encodeEntry, readAgentEntry, readEpochEntry } from "../hub/ingest/entries.ts";
import { appendEntry, type Ingest } from "../hub/ingest/ingest.ts";
import { openSession, type Session } from "../hub/ingest/session.ts";
import { parseHeader } from "../sdk/wire/frame.ts";
import { parseSchemaJson, schemaHash } from "../sdk/table.ts";
import { signer } from "../sdk/proof/sign.ts";
import { authDigest, decodeMessage, encodeMessage, type Message } from "../sdk/wire/link.ts";
import type { RecordedFrames } from "./recorded_frames.ts";

/** Sends all that was recorded; resolves when the hub has acknowledged the last frame. */
export async function feed(ingest: Ingest, { seed, entries }: RecordedFrames): Promise<void> {
  const enrolled = entries.find(({ kind }) => kind === "agent");
  const known = enrolled && readAgentEntry(enrolled.payload);
  if (known === undefined) throw new Error("Cannot measure: the agent has not enrolled");
  const keyHash = entries[0]!.keyHash;
  appendEntry(ingest, { kind: "agent", keyHash, payload: encodeEntry(known) });
  const agent = new AgentSide(ingest, { seed, id: Buffer.from(known.id, "hex") });
  await agent.welcomed;
  for (const { kind, payload } of entries) {
    if (kind === "frame") await agent.frame(payload);
    if (kind === "schema") agent.say(schemaMessage(payload));
    if (kind === "epoch") agent.say(epochMessage(payload));
  }
  await agent.settled();
}

function schemaMessage(payload: Uint8Array): Message {
  const json = new TextDecoder().decode(payload);
  return { type: "schema", hash: schemaHash(parseSchemaJson(json)), json };
}

function epochMessage(payload: Uint8Array): Message {
  const opened = readEpochEntry(payload);
  if (opened === undefined) throw new Error("Cannot measure: an epoch entry cannot be read");
  const { name, plugin, epoch, reason } = opened;
  const stream = new Uint8Array(Buffer.from(opened.stream, "hex"));
  return { type: "epoch", stream, name, plugin, epoch, reason };
}

/** The agent's end of one connection. */
class AgentSide {
  readonly #session: Session;
  readonly #welcomed = Promise.withResolvers<void>();
  readonly #answer: (message: Message) => void;
  #credit = 0;
  #sent = 0;
  #wake: (() => void) | undefined;
  #unacked = new Set<string>();

  constructor(ingest: Ingest, who: { readonly seed: Uint8Array; readonly id: Uint8Array }) {
    const hello = encodeMessage({
      type: "hello",
      version: 1,
      agent: new Uint8Array(who.id),
      nonce: new Uint8Array(randomBytes(32)),
      boot: new Uint8Array(16),
      release: "0.0.0",
      host: "bench",
      os: "linux",
      heads: [],
    });
    const sign = signer(who.seed);
    this.#answer = (message) => {
      if (message.type !== "challenge") return;
      const nonces = { hello: message.hello, challenge: message.nonce };
      const signature = sign(authDigest(ingest.logId, nonces, hello));
      this.say({ type: "auth", signature });
    };
    this.#session = openSession(ingest, {
      send: (bytes) => queueMicrotask(() => this.#hear(decodeMessage(bytes))),
      end: (code) => this.#welcomed.reject(new Error(`Cannot measure: the hub says ${code}`)),
    });
    this.#session.receive(hello);
  }

  get welcomed(): Promise<void> {
    return this.#welcomed.promise;
  }

  say(message: Message): void {
    this.#session.receive(encodeMessage(message));
  }

  /** Sends a frame when there is credit for it. */
  async frame(bytes: Uint8Array): Promise<void> {
    while (this.#sent + bytes.length > this.#credit) await this.#more();
    this.#sent += bytes.length;
    this.#unacked.add(placeOf(bytes));
    // As from a socket: one message, then others have a turn.
    await new Promise((resolve) => setImmediate(resolve));
    this.#session.receive(bytes);
  }

  async settled(): Promise<void> {
    while (this.#unacked.size > 0) await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  #hear(message: Message): void {
    this.#answer(message);
    if (message.type === "nack" || message.type === "bye") {
      throw new Error(`Cannot measure: the hub says ${message.type} ${message.code}`);
    }
    if (message.type === "welcome") this.#welcomed.resolve();
    if (message.type === "ack") this.#acked(message.streams);
    if ("credit" in message) this.#credit = Math.max(this.#credit, message.credit);
    this.#wake?.();
  }

  #acked(streams: Extract<Message, { type: "ack" }>["streams"]): void {
    for (const { stream, seq } of streams) {
      const id = Buffer.from(stream).toString("hex");
      for (const place of this.#unacked) {
        const [of, at] = place.split("/");
        if (of === id && Number(at) <= seq) this.#unacked.delete(place);
      }
    }
  }
}

function placeOf(bytes: Uint8Array): string {
  const { stream, seq } = parseHeader(bytes);
  return `${Buffer.from(stream).toString("hex")}/${seq}`;
}
