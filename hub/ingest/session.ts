/**
 * One agent's connection: handshake, then frames in, acknowledgements out. Without sockets.
 *
 * Bytes go in by `receive`; `send` and `end` are the way out. All is told after the commit that
 * covers it; while one commit runs, what arrives gathers for the next.
 *
 * @module
 */
import type { Checkpoint } from "../../sdk/proof/checkpoint.ts";
import {
  type Acked,
  decodeMessage,
  encodeMessage,
  isFrame,
  LinkError,
  MAX_LINK_BYTES,
  type Message,
  type MessageOf,
} from "../../sdk/wire/link.ts";
import { admit } from "./admit.ts";
import { recordSession, REVOKED_RETRY_MS } from "./agents.ts";
import { askClock, type ClockWatch, tellClock, watchClock } from "./clock.ts";
import { createCredit, type Credit, grant } from "./credit.ts";
import { type Handshake, type HandshakeResult, shake } from "./handshake.ts";
import { type Ingest, isFull } from "./ingest.ts";
import { messagesOf, type Outcome } from "./outcomes.ts";
import { FULL_RETRY_MS, recordEpoch, recordFrame, recordSchema } from "./record.ts";
import { noteBye, recordHeads, recordStatement } from "./record_keys.ts";
import { type Agent, hexOf, streamKey, streamsOfAgent } from "./stream_index.ts";
import { welcomeHeads } from "./welcome_heads.ts";

/** Frames in a row that never will be taken: more would fill the ledger with notes. */
const MOST_REFUSED = 32;
const REFUSED_RETRY_MS = 60_000;
const OTHER_START_RETRY_MS = 30_000;

export interface SessionOutput {
  send(bytes: Uint8Array): void;
  /** Closes the connection after what was sent. Called once. */
  end(code: string): void;
  /** SHA-256 of the certificate that the other end has shown, in hex. */
  readonly shown?: string | undefined;
}

export interface Session {
  /** Takes one WebSocket message; the ledger keeps frames, so do not change the bytes after. */
  receive(bytes: Uint8Array): void;
  /** Call it each second: grants what the quota let go meanwhile. */
  tick(): void;
  /** The connection is gone. */
  closed(): void;
  /** Ends it, with a `bye`. */
  end(code: string, retryMs?: number): void;
  /** The agent's id, once it has shown who it is. */
  readonly agent: string | undefined;
}

/** An agent that has shown who it is. */
interface Peer {
  readonly agent: Agent;
  readonly id: string;
  readonly credit: Credit;
  readonly refusedSchemas: Map<string, "schema-form" | "schema-conflict">;
  /** Streams of which only one frame may follow, by id in hex. */
  readonly blocked: Map<string, { readonly epoch: number; readonly seq: number }>;
  refusedInRow: number;
  /** Undefined where the agent does not tell. */
  readonly clock: ClockWatch | undefined;
}

type Known = Extract<HandshakeResult, { readonly kind: "known" }>;

/** What lets an agent follow a hub that was restored, now or one day. */
function toldOf(
  { rollbacks = [], operators }: Ingest,
  logId: Uint8Array,
): Pick<MessageOf<"welcome">, "rollbacks" | "operators"> {
  const from = rollbacks.findIndex(({ oldLogId }) => hexOf(oldLogId) === hexOf(logId));
  const list = operators?.() ?? [];
  return {
    ...(from >= 0 && { rollbacks: rollbacks.slice(from).map(({ note }) => note) }),
    ...(list.length > 0 && {
      operators: list.map(({ name, publicKey }) => ({ name, publicKey })),
    }),
  };
}

/** Opens a session over `output`. */
export function openSession(ingest: Ingest, output: SessionOutput): Session {
  return new LinkSession(ingest, output);
}

class LinkSession implements Session {
  readonly #ingest: Ingest;
  readonly #output: SessionOutput;
  #handshake: Handshake = { step: "hello" };
  #peer: Peer | undefined;
  #isWelcome = false;
  #isOver = false;
  #outcomes: Outcome[] = [];
  #isSettling = false;
  #isProving = false;
  constructor(ingest: Ingest, output: SessionOutput) {
    this.#ingest = ingest;
    this.#output = output;
  }

  get agent(): string | undefined {
    return this.#peer?.id;
  }

  receive(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      if (isFrame(bytes)) this.#onFrame(bytes);
      else this.#onMessage(decodeMessage(bytes), bytes);
    } catch (error) {
      if (error instanceof LinkError) this.end(`message-${error.code}`);
      else if (isFull(error)) this.end("full", FULL_RETRY_MS);
      else this.#fail(error);
    }
  }

  tick(): void {
    const peer = this.#peer;
    if (peer === undefined || !this.#isWelcome || this.#isOver) return;
    const question = peer.clock && askClock(peer.clock, this.#ingest.now());
    if (question !== undefined) this.#output.send(encodeMessage(question));
    const before = peer.credit.granted;
    if (this.#grant(peer) === before) return;
    this.#output.send(encodeMessage(this.#ack(peer, this.#ingest.ledger.checkpoint, [])));
  }

  closed(): void {
    this.#isOver = true;
    const { connected } = this.#ingest;
    const id = this.#peer?.id;
    if (id !== undefined && connected.get(id)?.end === this.#endConnected) connected.delete(id);
  }

  end(code: string, retryMs = 0): void {
    if (this.#isOver) return;
    this.#ingest.refusals.count(code);
    this.#output.send(encodeMessage({ type: "bye", code, retryMs }));
    this.closed();
    this.#output.end(code);
  }

  /** One function for the session's life, so that {@link closed} knows its own entry. */
  readonly #endConnected = (code: string, retryMs?: number): void => this.end(code, retryMs);

  #onMessage(message: Message, bytes: Uint8Array): void {
    const peer = this.#peer;
    if (peer === undefined) return this.#shake(message, bytes);
    if (!this.#isWelcome) return this.end("protocol");
    switch (message.type) {
      case "epoch":
        return this.#onEpoch(peer, message);
      case "statement": {
        const code = recordStatement(this.#ingest, peer.agent, message.bytes);
        if (code !== undefined) this.end(code, REFUSED_RETRY_MS);
        return;
      }
      case "schema": {
        const code = recordSchema(this.#ingest, peer.agent, message);
        if (code !== undefined) peer.refusedSchemas.set(hexOf(message.hash), code);
        return;
      }
      case "head":
        return recordHeads(this.#ingest, peer.agent, message.streams);
      case "prove":
        return this.#prove(message);
      case "keysok":
        return this.#ingest.keys?.answered(peer.id, message);
      case "timeok":
        return this.#onTime(peer, message);
      case "bye":
        noteBye(this.#ingest, peer.agent, message.code);
        this.closed();
        return this.#output.end(message.code);
      case "hello":
      case "challenge":
      case "auth":
      case "welcome":
      case "epochok":
      case "ack":
      case "nack":
      case "proof":
      case "keys":
      case "time":
        return this.end("protocol");
    }
  }

  #onTime({ agent, clock: watch }: Peer, answer: MessageOf<"timeok">): void {
    if (watch && tellClock(this.#ingest, agent, { watch, answer })) return;
    this.end("protocol");
  }

  #shake(message: Message, bytes: Uint8Array): void {
    const { index, logId, now, random } = this.#ingest;
    const formerLogIds = (this.#ingest.rollbacks ?? []).map(({ oldLogId }) => oldLogId);
    const context = {
      index,
      logId,
      formerLogIds,
      now: now(),
      nonce: random(32),
      shown: this.#output.shown,
      mustShow: this.#ingest.mustShow === true,
    };
    const result = shake(this.#handshake, { message, bytes }, context);
    switch (result.kind) {
      case "end":
        return this.end(result.code, result.code === "revoked" ? REVOKED_RETRY_MS : 0);
      case "challenge":
        this.#handshake = result.next;
        return this.#output.send(encodeMessage(result.message));
      case "known":
        this.#admitPeer(result);
    }
  }

  #admitPeer(known: Known): void {
    const { agent, hello } = known;
    const { connected, limits, now } = this.#ingest;
    const { id } = agent.entry;
    const { boxKey } = hello;
    const { keys } = this.#ingest;
    if (boxKey !== undefined && keys?.told(agent, boxKey) === false) return this.end("box-key");
    // One connection an agent: nothing of the older one is taken after this line, so that the
    // welcome tells all that the ledger will ever have of it.
    const boot = hexOf(hello.boot);
    const older = connected.get(id);
    // Two that run at the same time would shut each other out many times a second.
    older?.end("superseded", older.boot === boot ? 0 : OTHER_START_RETRY_MS);
    recordSession(this.#ingest, agent, { ...hello, shown: this.#output.shown });
    const { host, release } = hello;
    connected.set(id, {
      agent: id,
      host,
      release,
      boot,
      since: now(),
      end: this.#endConnected,
      ...(boxKey !== undefined && { keys: (bytes: Uint8Array) => this.#sendKeys(bytes) }),
    });
    const peer: Peer = {
      agent,
      id,
      credit: createCredit(limits(), now()),
      refusedSchemas: new Map(),
      blocked: new Map(),
      refusedInRow: 0,
      clock: hello.clock === undefined ? undefined : watchClock(),
    };
    this.#peer = peer;
    recordHeads(this.#ingest, agent, hello.heads);
    this.#ingest.ledger.commit().then((checkpoint) => this.#welcome(peer, known, checkpoint)).catch(
      (error: unknown) => this.#fail(error),
    );
  }

  async #welcome(peer: Peer, { hello, logId }: Known, checkpoint: Checkpoint): Promise<void> {
    const { index, limits, ledger } = this.#ingest;
    const streams = await welcomeHeads(ledger, streamsOfAgent(index, peer.id), hello.cut ?? []);
    if (this.#isOver) return;
    this.#isWelcome = true;
    const credit = this.#grant(peer);
    const { bytesPerSecond } = limits();
    const { number, hash } = peer.agent.ring.succession;
    this.#output.send(encodeMessage({
      type: "welcome",
      hello: hello.nonce,
      streams,
      credit,
      limits: { frameBytes: MAX_LINK_BYTES, bytesPerSecond },
      checkpoint: checkpoint.note,
      ...toldOf(this.#ingest, logId),
      succession: { number, hash },
    }));
    const held = hello.boxKey && this.#ingest.keys?.packageOf(peer.id);
    if (held !== undefined) this.#sendKeys(held);
  }

  /** Before the welcome the agent would not take it: then it is sent after. */
  #sendKeys(bytes: Uint8Array): void {
    if (this.#isOver || !this.#isWelcome) return;
    this.#output.send(encodeMessage({ type: "keys", package: bytes }));
  }

  /** One at a time, so that nobody can make the hub work on many. */
  #prove({ from, to }: MessageOf<"prove">): void {
    const { ledger, events } = this.#ingest;
    if (this.#isProving || from > to || to > ledger.checkpoint.size) return this.end("protocol");
    this.#isProving = true;
    ledger.tiles.consistency(from, to).then(
      (hashes) => {
        this.#isProving = false;
        if (this.#isOver) return;
        this.#output.send(encodeMessage({ type: "proof", from, to, hashes: [...hashes] }));
      },
      (error: unknown) => {
        events.unproven?.(error);
        this.end("unproven", FULL_RETRY_MS);
      },
    );
  }

  #onEpoch(peer: Peer, message: MessageOf<"epoch">): void {
    const outcome = recordEpoch(this.#ingest, peer.agent, message);
    if (outcome === undefined) return this.end("stream");
    peer.blocked.delete(hexOf(message.stream));
    this.#settle(peer, outcome);
  }

  #onFrame(bytes: Uint8Array): void {
    const peer = this.#peer;
    if (peer === undefined || !this.#isWelcome) return this.end("protocol");
    peer.credit.received += bytes.length;
    if (peer.credit.received > peer.credit.granted) return this.end("credit");
    const judged = admit(bytes, peer, this.#ingest.index);
    if (judged.kind === "end") return this.end(judged.code);
    const { stream, header } = judged;
    const only = peer.blocked.get(stream);
    // It was told where to go on; what was on its way meanwhile is not worth a word each.
    if (only !== undefined && (header.epoch !== only.epoch || header.seq !== only.seq)) {
      return this.#settle(peer, { kind: "drop", frameBytes: bytes.length });
    }
    peer.blocked.delete(stream);
    const { outcome, isBlocked } = recordFrame(this.#ingest, peer.agent, { bytes, judged });
    if (isBlocked) {
      const state = this.#ingest.index.streams.get(streamKey(peer.id, stream));
      peer.blocked.set(stream, { epoch: state?.epoch ?? header.epoch, seq: state?.next ?? 0 });
    }
    if (judged.kind === "refuse") peer.refusedInRow++;
    if (judged.kind === "take") peer.refusedInRow = 0;
    this.#settle(peer, outcome);
    if (peer.refusedInRow >= MOST_REFUSED) this.end("refused", REFUSED_RETRY_MS);
  }

  /** Tells `outcome` when the ledger is durable. */
  #settle(peer: Peer, outcome: Outcome): void {
    this.#outcomes.push(outcome);
    if (this.#isSettling) return;
    this.#isSettling = true;
    this.#settleAll(peer).catch((error: unknown) => this.#fail(error));
  }

  async #settleAll(peer: Peer): Promise<void> {
    try {
      while (this.#outcomes.length > 0) {
        // Commit covers what was appended before the call; what arrives after it has to wait.
        const covered = this.#outcomes;
        this.#outcomes = [];
        const checkpoint = await this.#ingest.ledger.commit();
        if (!this.#isOver) this.#tell(peer, covered, checkpoint);
      }
    } finally {
      this.#isSettling = false;
    }
  }

  #tell(peer: Peer, outcomes: readonly Outcome[], checkpoint: Checkpoint): void {
    for (const { frameBytes } of outcomes) peer.credit.settled += frameBytes;
    const before = peer.credit.granted;
    const credit = this.#grant(peer);
    const told = outcomes.map((outcome): Outcome =>
      outcome.kind === "tell" && outcome.message.type === "epochok"
        ? { ...outcome, message: { ...outcome.message, credit } }
        : outcome
    );
    const messages = messagesOf(told, (streams) => this.#ack(peer, checkpoint, streams));
    for (const message of messages) this.#output.send(message);
    const isTold = outcomes.some((outcome) => outcome.kind === "ack");
    if (!isTold && credit > before) {
      this.#output.send(encodeMessage(this.#ack(peer, checkpoint, [])));
    }
  }

  #ack(peer: Peer, checkpoint: Checkpoint, streams: readonly Acked[]): Message {
    const credit = peer.credit.granted;
    return { type: "ack", streams: [...streams], checkpoint: checkpoint.note, credit };
  }

  #grant(peer: Peer): number {
    return grant(peer.credit, this.#ingest.limits(), this.#ingest.now());
  }

  /** The ledger has failed: nothing is acknowledged any more. */
  #fail(error: unknown): void {
    this.end("hub", FULL_RETRY_MS);
    this.#ingest.events.fatal(error);
  }
}
