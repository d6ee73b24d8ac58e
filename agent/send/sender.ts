/**
 * Stage 7 of 7: sends durable frames to the hub, and trims the spool by its acknowledgements.
 *
 * A thin shell: `link_state.ts` decides, this connects, waits and passes bytes. It never holds a
 * frame back in memory: what has left and was not acknowledged is still in the spool.
 *
 * @module
 */
import type { Checkpoint } from "../../sdk/proof/checkpoint.ts";
import {
  decodeMessage,
  encodeMessage,
  HEAD_EVERY_MS,
  isFrame,
  LinkError,
  type MessageOf,
} from "../../sdk/wire/link.ts";
import type { EpochNeeded } from "./agreement.ts";
import { backoffMs } from "./backoff.ts";
import type { Trust } from "./follow.ts";
import type { Doubt } from "./hub_checkpoint.ts";
import {
  announce,
  type Link,
  type LinkAction,
  type LinkContext,
  openLink,
  receive,
  refresh,
} from "./link_state.ts";
import { nextFrames } from "./next_frames.ts";
import {
  type HubAddress,
  type LinkCertificate,
  type LinkSocket,
  openSocket,
  type SocketEvents,
} from "./socket.ts";
import type { Refused, StreamSeq } from "./stream_seq.ts";

/** Bytes handed to the socket that have not left: more wait in the spool, not in memory. */
const MAX_UNSENT_BYTES = 2 * 1024 * 1024;
const TICK_MS = 1000;
/** From the connection's start to the welcome, in ms. */
const HANDSHAKE_MS = 20_000;
/** A hub that says nothing for so long, not even to a ping, is gone. */
const SILENCE_MS = 30_000;
const UNDONE_RETRY_MS = 10_000;

/** What the pipeline does when the hub has spoken. None of them may throw. */
export interface SenderEvents {
  /** The hub's ledger holds all frames of the epoch up to `seq`: the spool may trim them. */
  acked(acked: StreamSeq, checkpoint: Checkpoint): void;
  /**
   * Rule 7: keep the frame aside and open a new epoch whose first frame is a gap that names its seq
   * and hash, followed by what is held after it. Everything before it was acknowledged. `wake()`.
   */
  refused(refused: Refused): void;
  /**
   * Rule 2: make a new epoch above `needed.above`, and seal again in it what is held and not in
   * `needed.held`. The spool must no longer list what the new epoch replaces. Then `wake()`.
   */
  epoch(needed: EpochNeeded): void;
  /** The hub has nothing of the stream that the spool lacks: its source may go on, at `cursor`. */
  agreed(stream: string, cursor?: Uint8Array): void;
  /** The hub cannot be believed; after a fork the sender does not connect again. */
  doubt(doubt: Doubt): void;
  /** The hub has proved that its log continues what it signed before. */
  witnessed?(checkpoint: Checkpoint): void;
  /** A connection has ended, for the hub's or the platform's reason `code`. */
  ended?(code: string): void;
  /** Other logs or operators count from now on; `notes` are the statements that say so. */
  trust?(trust: Trust, notes: readonly string[]): void;
  /** A key package has come; `answer` tells the hub what became of it. */
  keys?(bytes: Uint8Array, answer: (answer: MessageOf<"keysok">) => void): void;
}

/** One hub, and where it may be found. */
export interface HubPlaces extends Omit<HubAddress, "url" | "certificate"> {
  /** Tried in this order, until one welcomes the agent; at least one. */
  readonly urls: readonly string[];
  /** What the next connection shows. */
  readonly certificate?: () => LinkCertificate | undefined;
}

export interface SenderOptions {
  readonly hub: HubPlaces;
  readonly context: LinkContext;
  readonly events: SenderEvents;
  readonly clock: Clock;
  readonly random: { bytes(size: number): Uint8Array; unit(): number };
  /** Tests put another transport here. */
  readonly open?: (hub: HubAddress, events: SocketEvents) => LinkSocket;
}

/** A steady clock in ms, and timers; `after` gives the function that cancels. */
export interface Clock {
  now(): number;
  after(ms: number, run: () => void): () => void;
}

/** The link as `custos status` shows it. */
export interface LinkStatus {
  readonly state: "stopped" | "connecting" | "ready" | "waiting";
  /** The address in use, or tried next. */
  readonly url: string;
  /** Why the last connection ended; undefined if none has. */
  readonly lastEnd: string | undefined;
  /** Failed tries since the last welcome. */
  readonly attempts: number;
  /** Bytes of frames sent on this connection, and granted. */
  readonly sentBytes: number;
  readonly creditBytes: number;
}

interface Connection {
  readonly socket: LinkSocket;
  readonly openedAt: number;
  readonly certificate: LinkCertificate | undefined;
  link: Link | undefined;
  heardAt: number;
  headAt: number;
  unsentBytes: number;
  wasWelcome: boolean;
}

/** Keeps one link to the hub open until it is disposed of. */
export class Sender implements AsyncDisposable {
  readonly #options: SenderOptions;
  #connection: Connection | undefined;
  #cancelTimer: () => void = () => {};
  #state: LinkStatus["state"] = "stopped";
  #lastEnd: string | undefined;
  #attempts = 0;
  /** Connections that ended without a welcome: each moves on to the next address. */
  #place = 0;
  #retryMs = 0;
  #ended: (() => void) | undefined;
  #isForked = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get status(): LinkStatus {
    const link = this.#connection?.link;
    return {
      state: this.#state === "connecting" && link?.phase === "ready" ? "ready" : this.#state,
      url: this.#url,
      lastEnd: this.#lastEnd,
      attempts: this.#attempts,
      sentBytes: link?.sentBytes ?? 0,
      creditBytes: link?.credit ?? 0,
    };
  }

  /** Starts to connect. */
  start(): void {
    if (this.#state === "stopped") this.#connect();
  }

  /** Says that the spool has new durable frames, streams or epochs. Cheap: call it often. */
  wake(): void {
    const connection = this.#connection;
    if (connection?.link === undefined) return;
    this.#act(connection, refresh(connection.link));
    this.#pump(connection);
  }

  /** Connects anew, with the certificate of now; what was not acknowledged is sent again. */
  renew(): void {
    const connection = this.#connection;
    if (connection === undefined || connection.certificate === this.#options.hub.certificate?.()) {
      return;
    }
    this.#end(connection, "certificate-renewed");
  }

  /** Connects anew in a while: what the hub needs could not be done. */
  tryAgain(): void {
    if (this.#connection === undefined) return;
    this.#retryMs = UNDONE_RETRY_MS;
    this.#end(this.#connection, "undone");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = "stopped";
    this.#cancelTimer();
    const connection = this.#connection;
    if (connection === undefined) return;
    const ended = new Promise<void>((resolve) => this.#ended = resolve);
    connection.socket.close();
    // A hub that does not answer the close must not keep the agent from stopping.
    const cancel = this.#options.clock.after(TICK_MS, () => connection.socket.terminate());
    await ended;
    cancel();
  }

  get #url(): string {
    const { urls } = this.#options.hub;
    return urls[this.#place % urls.length] ?? "";
  }

  #connect(): void {
    const { hub, clock } = this.#options;
    this.#state = "connecting";
    const now = clock.now();
    const open = this.#options.open ?? openSocket;
    const certificate = hub.certificate?.();
    const socket = open({ ...hub, url: this.#url, certificate }, {
      open: () => this.#onOpen(connection),
      message: (bytes) => this.#onMessage(connection, bytes),
      pong: () => connection.heardAt = clock.now(),
      closed: (why) => this.#onClosed(why),
    });
    const connection: Connection = {
      socket,
      openedAt: now,
      certificate,
      link: undefined,
      heardAt: now,
      headAt: now,
      unsentBytes: 0,
      wasWelcome: false,
    };
    this.#connection = connection;
    this.#tickLater();
  }

  #onOpen(connection: Connection): void {
    const { context, random } = this.#options;
    const { link, actions } = openLink(context, random.bytes(32), connection.certificate?.hash);
    connection.link = link;
    this.#act(connection, actions);
  }

  #onMessage(connection: Connection, bytes: Uint8Array): void {
    const { link } = connection;
    if (link === undefined || connection !== this.#connection) return;
    const now = this.#options.clock.now();
    connection.heardAt = now;
    try {
      if (isFrame(bytes)) throw new LinkError("type", "Cannot read message: it is a frame");
      this.#act(connection, receive(link, decodeMessage(bytes), now));
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.#end(connection, `message-${error.code}`);
    }
    if (link.phase === "ready") {
      this.#attempts = 0;
      connection.wasWelcome = true;
    }
    this.#pump(connection);
  }

  #act(connection: Connection, actions: readonly LinkAction[]): void {
    const { events } = this.#options;
    for (const action of actions) {
      switch (action.type) {
        case "send":
          connection.socket.send(action.bytes);
          break;
        case "acked":
          events.acked(action.acked, action.checkpoint);
          break;
        case "refused":
          events.refused(action.refused);
          break;
        case "epoch":
          events.epoch(action.needed);
          break;
        case "agreed":
          events.agreed(action.stream, action.cursor);
          break;
        case "doubt":
          this.#isForked ||= action.doubt.code === "fork";
          events.doubt(action.doubt);
          break;
        case "witnessed":
          events.witnessed?.(action.checkpoint);
          break;
        case "trust":
          events.trust?.(action.trust, action.notes);
          break;
        case "keys":
          events.keys?.(action.package, (answer) => connection.socket.send(encodeMessage(answer)));
          break;
        case "close":
          this.#retryMs = action.retryMs;
          this.#end(connection, action.code);
          break;
      }
    }
  }

  /** Sends while the socket keeps up; each message that has left makes room for more. */
  #pump(connection: Connection): void {
    const { link, socket } = connection;
    if (link === undefined || connection !== this.#connection) return;
    const room = MAX_UNSENT_BYTES - connection.unsentBytes;
    if (room <= 0) return;
    for (const bytes of nextFrames(link, this.#options.clock.now(), room)) {
      connection.unsentBytes += bytes.length;
      socket.send(bytes, () => {
        connection.unsentBytes -= bytes.length;
        if (connection.unsentBytes < MAX_UNSENT_BYTES / 2) this.#pump(connection);
      });
    }
  }

  #tickLater(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(TICK_MS, () => {
      const connection = this.#connection;
      if (connection !== undefined) this.#tick(connection);
    });
  }

  #tick(connection: Connection): void {
    const now = this.#options.clock.now();
    const { link, socket } = connection;
    this.#tickLater();
    const isReady = link?.phase === "ready";
    if (!isReady && now - connection.openedAt > HANDSHAKE_MS) return socket.terminate();
    if (now - connection.heardAt > SILENCE_MS) return socket.terminate();
    if (link === undefined || !isReady) return;
    if (now - connection.headAt >= HEAD_EVERY_MS) {
      connection.headAt = now;
      socket.ping();
      this.#act(connection, announce(link));
    }
    // Pauses that a nack asked for may be over.
    this.#pump(connection);
  }

  #end(connection: Connection, code: string): void {
    this.#lastEnd = code;
    connection.socket.close();
  }

  #onClosed(why: string): void {
    const wasWelcome = this.#connection?.wasWelcome ?? false;
    this.#connection = undefined;
    this.#cancelTimer();
    this.#lastEnd = why === "closed" ? this.#lastEnd ?? why : why;
    this.#options.events.ended?.(this.#lastEnd);
    this.#ended?.();
    // A person must look before anything more is given to a hub that shows two logs.
    if (this.#isForked) this.#state = "stopped";
    if (this.#state === "stopped") return;
    this.#state = "waiting";
    const { clock, random } = this.#options;
    const { urls } = this.#options.hub;
    // A hub that has welcomed us is first looked for where it was.
    if (!wasWelcome) this.#place++;
    // One round of all addresses is one try.
    const ms = backoffMs(Math.floor(this.#attempts++ / urls.length), random.unit(), this.#retryMs);
    this.#retryMs = 0;
    this.#cancelTimer = clock.after(ms, () => this.#connect());
  }
}
