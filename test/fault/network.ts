/**
 * The simulated link: sockets whose messages take time, and meet faults on their way.
 *
 * A direction keeps its order, as TLS over TCP does, but where a fault says otherwise.
 *
 * @module
 */
import type { LinkSocket, SocketEvents } from "../../agent/send/socket.ts";
import { openSession, type Session } from "../../hub/ingest/session.ts";
import { isFrame } from "../../sdk/wire/link.ts";
import type { Stage } from "./plan.ts";
import type { Proc } from "./proc.ts";
import type { SimHub } from "./sim_hub.ts";
import type { Simulation } from "./simulation.ts";

/** One direction of a connection. */
interface Way {
  /** When the last message that is on it arrives. */
  lastAt: number;
  /** A frame that waits for the next one to pass it. */
  held: (() => void) | undefined;
  /** Nothing arrives any more. */
  isCut: boolean;
}

interface Connection {
  readonly agent: Proc;
  readonly events: SocketEvents;
  readonly toHub: Way;
  readonly toAgent: Way;
  hub: SimHub | undefined;
  session: Session | undefined;
  /** The agent has heard of its end. */
  isOver: boolean;
}

type Direction = "toHub" | "toAgent";

export class Network {
  readonly #sim: Simulation;
  readonly #open = new Set<Connection>();
  #partitionUntil = 0;
  /** What the hub said at the begin of connections before. */
  readonly #old = new Map<string, Uint8Array>();

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  connect(agent: Proc, events: SocketEvents): LinkSocket {
    const connection: Connection = {
      agent,
      events,
      toHub: { lastAt: 0, held: undefined, isCut: false },
      toAgent: { lastAt: 0, held: undefined, isCut: false },
      hub: undefined,
      session: undefined,
      isOver: false,
    };
    this.#open.add(connection);
    this.#later(connection.toHub, () => this.#accept(connection));
    const over = (why: string): void => {
      this.#later(connection.toHub, () => connection.session?.closed());
      agent.after(2, () => this.#closed(connection, why));
    };
    return {
      send: (bytes, sent) => {
        if (connection.isOver || !agent.isAlive) return;
        if (isFrame(bytes)) {
          this.#sim.frames.sent(bytes);
          agent.within("send", () => this.#sim.flipAgent("send"));
        }
        this.#pass(connection, "toHub", bytes);
        if (sent !== undefined) agent.after(1, sent);
      },
      ping: () => this.#later(connection.toHub, () => this.#pong(connection)),
      close: () => over("closed"),
      terminate: () => over("terminated"),
    };
  }

  /** Both ends hear that all connections are gone. */
  reset(): void {
    for (const connection of this.#open) this.#reset(connection);
    this.#partitionUntil = 0;
  }

  /** The hub's process is gone. */
  hubEnded(proc: Proc): void {
    for (const connection of this.#open) {
      if (connection.hub?.proc === proc) this.#reset(connection);
    }
  }

  /** The agent's process is gone; its hub hears of it late, as after a power cut. */
  agentEnded(proc: Proc): void {
    for (const connection of this.#open) {
      if (connection.agent !== proc) continue;
      connection.isOver = true;
      this.#open.delete(connection);
      const ms = this.#sim.world.chance.of([1, 20_000]);
      this.#sim.world.after(ms, () => connection.hub?.proc.run(() => connection.session?.closed()));
    }
  }

  #accept(connection: Connection): void {
    const { hub } = this.#sim;
    if (hub === undefined || !hub.proc.isAlive) {
      connection.agent.run(() => this.#closed(connection, "ECONNREFUSED"));
      return;
    }
    connection.hub = hub;
    const session = openSession(hub.ingest, {
      send: (bytes) => {
        if (!hub.proc.isAlive) return;
        this.#sim.told(bytes);
        hub.proc.within("ack", () => {
          if (hub.proc.isAlive) this.#pass(connection, "toAgent", bytes);
        });
      },
      end: (code) => {
        this.#sim.sessionEnded(code);
        hub.sessions.delete(session);
        this.#later(
          connection.toAgent,
          () => connection.agent.run(() => this.#closed(connection, "closed")),
        );
      },
    });
    hub.sessions.add(session);
    connection.session = session;
    connection.agent.run(() => {
      if (!connection.isOver) connection.events.open();
    });
  }

  #pong(connection: Connection): void {
    if (connection.hub?.proc.isAlive !== true) return;
    this.#later(connection.toAgent, () => {
      if (!connection.isOver) connection.agent.run(() => connection.events.pong());
    });
  }

  #closed(connection: Connection, why: string): void {
    if (connection.isOver) return;
    connection.isOver = true;
    this.#open.delete(connection);
    connection.events.closed(why);
  }

  #reset(connection: Connection): void {
    connection.hub?.proc.run(() => connection.session?.closed());
    connection.agent.run(() => this.#closed(connection, "ECONNRESET"));
  }

  #deliver(connection: Connection, direction: Direction, bytes: Uint8Array): void {
    if (direction === "toAgent") {
      if (!connection.isOver) connection.agent.run(() => connection.events.message(bytes));
      return;
    }
    const { hub, session } = connection;
    const stage = isFrame(bytes) ? "admit" : "accept";
    hub?.proc.run(() => hub.proc.within(stage, () => session?.receive(bytes)));
  }

  /** Sends a message on its way, and lets faults strike it. */
  #pass(connection: Connection, direction: Direction, bytes: Uint8Array): void {
    const { plan, world } = this.#sim;
    const stage = stageOf(direction, bytes);
    const way = connection[direction];
    const go = (what: Uint8Array): void =>
      this.#later(way, () => this.#deliver(connection, direction, what));
    if (plan.strikes("partition", stage)) {
      this.#partitionUntil = world.now + world.chance.of([300, 3_000, 45_000]);
    }
    if (way.isCut) return;
    if (plan.strikes("drop", stage)) {
      // TLS loses a message with all that follow; only frames are guarded better.
      way.isCut = !isFrame(bytes);
      return this.#resetSoon(connection);
    }
    if (plan.strikes("duplicate", stage)) {
      this.#resetSoon(connection);
      go(this.#old.get(typeOf(bytes)) ?? bytes);
    }
    if (stage === "accept" && direction === "toAgent") this.#old.set(typeOf(bytes), bytes);
    if (plan.strikes("corrupt", stage)) {
      // TLS ends the connection; a frame is also guarded behind it, from end to end.
      this.#resetSoon(connection);
      way.isCut = !isFrame(bytes);
      if (isFrame(bytes)) go(flipped(bytes, world.chance.below(bytes.length * 8)));
      return;
    }
    if (plan.strikes("reorder", stage)) return this.#delay(connection, direction, bytes);
    const { held } = way;
    way.held = undefined;
    if (!isFrame(bytes)) held?.();
    go(bytes);
    if (isFrame(bytes)) held?.();
  }

  /** What the agent sends is passed by the next; else it arrives on a connection that is given up. */
  #delay(connection: Connection, direction: Direction, bytes: Uint8Array): void {
    const { world } = this.#sim;
    const way = connection[direction];
    const go = (): void => this.#later(way, () => this.#deliver(connection, direction, bytes));
    this.#resetSoon(connection, 36_000);
    if (isFrame(bytes)) {
      way.held?.();
      way.held = go;
    } else {
      way.lastAt = Math.max(way.lastAt, world.now) + world.chance.of([2_000, 24_000, 33_000]);
      go();
    }
  }

  /** A connection that has lost a message does not live long. */
  #resetSoon(connection: Connection, ms = this.#sim.world.chance.between(300, 4_000)): void {
    this.#sim.world.after(ms, () => this.#reset(connection));
  }

  #later(way: Way, arrive: () => void): void {
    const { world } = this.#sim;
    const soon = Math.max(world.now, this.#partitionUntil) + world.chance.between(1, 8);
    way.lastAt = Math.max(way.lastAt, soon);
    world.after(way.lastAt - world.now, arrive);
  }
}

function stageOf(direction: Direction, bytes: Uint8Array): Stage {
  const handshake = ["hello", "auth", "prove", "challenge", "welcome", "proof"];
  if (handshake.includes(typeOf(bytes))) return "accept";
  return direction === "toHub" ? "send" : "ack";
}

/** A message's type, which its encoder puts first; a frame has none. */
export function typeOf(bytes: Uint8Array): string {
  if (isFrame(bytes)) return "frame";
  const at = bytes.indexOf(0x65, 1) + 1;
  const length = bytes[at]! & 0x1f;
  return new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + length));
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const other = new Uint8Array(bytes);
  other[bit >> 3]! ^= 1 << (bit & 7);
  return other;
}
