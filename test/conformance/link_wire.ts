/**
 * A link for tests without sockets: the agent's state machine and the hub's session, face to face.
 *
 * @module
 */
import {
  type Link,
  type LinkAction,
  openLink,
  receive,
  refresh,
} from "../../agent/send/link_state.ts";
import { nextFrames } from "../../agent/send/next_frames.ts";
import { openSession, type Session } from "../../hub/ingest/session.ts";
import { hexOf } from "../../hub/ingest/stream_index.ts";
import { decodeMessage, type Message } from "../../sdk/wire/link.ts";
import {
  FakeSpool,
  introduce,
  makeAgent,
  makeContext,
  makeIngest,
  type TestAgent,
  type TestIngest,
} from "./link_fakes.ts";

/** One agent, one hub, and between them a wire that only moves when told to. */
export class Wire {
  readonly ingest: TestIngest;
  readonly spool: FakeSpool;
  readonly context: ReturnType<typeof makeContext>;
  /** What the hub has said on this connection, decoded. */
  heard: Message[] = [];
  actions: LinkAction[] = [];
  ended: string[] = [];
  /** False: it dies before it can. */
  replacesRefused = true;
  link!: Link;
  session!: Session;
  #nonce = 0;

  constructor(agent: TestAgent = makeAgent(), ingest: TestIngest = makeIngest()) {
    this.ingest = ingest;
    this.spool = new FakeSpool(agent);
    this.context = makeContext(agent, this.spool, ingest.ledger);
    if (!ingest.index.agents.has(hexOf(agent.id))) introduce(ingest, agent);
  }

  /** Connects and runs until nobody has anything to say. */
  async connect(): Promise<this> {
    const inbox: Uint8Array[] = [];
    this.#inbox = inbox;
    const ended: string[] = [];
    [this.heard, this.actions, this.ended] = [[], [], ended];
    this.session = openSession(this.ingest, {
      send: (bytes) => inbox.push(bytes),
      end: (code) => ended.push(code),
    });
    const { link, actions } = openLink(this.context, new Uint8Array(32).fill(++this.#nonce));
    this.link = link;
    this.act(actions);
    return await this.run();
  }

  #inbox: Uint8Array[] = [];

  /** What the hub has sent and the agent has not heard. */
  get outbox(): Uint8Array[] {
    return this.#inbox;
  }

  /** Frames go out, answers come in, until all is quiet. */
  async run(): Promise<this> {
    for (let quiet = 0; quiet < 3;) {
      this.act(refresh(this.link));
      const frames = nextFrames(this.link, this.ingest.time, 1e9);
      for (const bytes of frames) this.session.receive(bytes);
      // Commits are promises: let them settle.
      for (let i = 0; i < 20; i++) await Promise.resolve();
      const messages = this.#inbox.splice(0).map((bytes) => decodeMessage(bytes));
      for (const message of messages) this.hear(message);
      quiet = frames.length + messages.length === 0 ? quiet + 1 : 0;
    }
    return this;
  }

  hear(message: Message): void {
    this.heard.push(message);
    this.act(receive(this.link, message, this.ingest.time));
  }

  /** The agent says something that its state machine would not. */
  async say(bytes: Uint8Array): Promise<this> {
    this.session.receive(bytes);
    return await this.run();
  }

  act(actions: readonly LinkAction[]): void {
    this.actions.push(...actions);
    for (const action of actions) {
      if (action.type === "send") this.session.receive(action.bytes);
      if (action.type === "acked") this.spool.trim(action.acked);
      if (action.type === "epoch") this.spool.renew(action.needed);
      if (action.type === "refused" && this.replacesRefused) this.spool.replace(action.refused);
    }
  }

  of<T extends Message["type"]>(type: T): Extract<Message, { type: T }>[] {
    return this.heard.filter((m): m is Extract<Message, { type: T }> => m.type === type);
  }

  did<T extends LinkAction["type"]>(type: T): Extract<LinkAction, { type: T }>[] {
    return this.actions.filter((a): a is Extract<LinkAction, { type: T }> => a.type === type);
  }

  get codes(): string[] {
    return this.of("nack").map((m) => m.code);
  }

  get bye(): string | undefined {
    return this.of("bye")[0]?.code;
  }
}

/** A connected wire with one stream, `a`, of so many frames. */
export async function wired(frames = 0): Promise<Wire> {
  const wire = new Wire();
  wire.spool.open("a", 1);
  for (let i = 0; i < frames; i++) wire.spool.add("a");
  return await wire.connect();
}
