/**
 * The agent's end of one connection, without input or output: hub's messages in, actions out.
 *
 * hello → challenge → auth → welcome; then each stream is agreed on, its epoch opened, and its
 * frames are sent in order under credit. A link lives as long as its connection; what must outlive
 * it is in the spool. `sender.ts` drives it, and so does the simulation.
 *
 * @module
 */
import type { Checkpoint } from "../../sdk/proof/checkpoint.ts";
import type { Operator } from "../../sdk/proof/rollback.ts";
import type { SignedBoxKey } from "../../sdk/keys/agent_key.ts";
import { authDigest, encodeMessage, type Message, type MessageOf } from "../../sdk/wire/link.ts";
import {
  agree,
  alreadyHeld,
  type EpochNeeded,
  headOf,
  hexOf,
  isSame,
  mayClose,
} from "./agreement.ts";
import type { FrameSource, HeldStream } from "./frame_source.ts";
import { CHANGED_RETRY_MS, wasChanged } from "./changed_frame.ts";
import { follow, type Trust } from "./follow.ts";
import { type Asked, type Doubt, dueProof, look, lookAfresh, settle } from "./hub_checkpoint.ts";
import { helloOf, timeOf } from "./hello.ts";
import type { Refused, StreamLink, StreamSeq } from "./stream_seq.ts";
import { CLASH_RETRY_MS, newStatements, stateKeys, type Statements } from "./statements.ts";

/** The hub has not answered for so many announcements, 30 s: it does not prove. */
const MOST_UNANSWERED = 6;

/** Who the agent is and whom it talks to: the same for all its connections. */
export interface LinkContext {
  /** 16 bytes. */
  readonly agent: Uint8Array;
  /** 16 bytes. */
  readonly boot: Uint8Array;
  /** Which start of the agent this is, from 1. */
  readonly instance?: number;
  /** Wall clock, ms since the epoch. */
  readonly clock?: () => number;
  readonly release: string;
  readonly host: string;
  readonly os: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** 8 bytes: the hub's log, learnt at enrolment, or followed to since. */
  logId: Uint8Array;
  /** Two of them must sign before the agent follows to another log. */
  operators: readonly Operator[];
  readonly source: FrameSource;
  /** For the key holder: told in the hello. */
  readonly boxKey?: SignedBoxKey;
  /** Which keys sign its frames; undefined: the enrolled one signs all. */
  readonly statements?: Statements | undefined;
  /** The hub that has welcomed this agent last takes statements. */
  takesStatements?: boolean;
  /** {@link openCheckpoint} with the log's origin and the key learnt at enrolment. */
  readonly readCheckpoint: (note: string) => Checkpoint;
  /** The last checkpoint that the hub has proved to continue all before; kept over connections. */
  witnessed: Checkpoint | undefined;
  /** The newest one that it has signed, and the newest before this connection. */
  seen?: Checkpoint | undefined;
  owed?: Checkpoint | undefined;
}

/** What the driver must do; it acts on `acked`, `refused` and `epoch` before the next event. */
export type LinkAction =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "acked"; readonly acked: StreamSeq; readonly checkpoint: Checkpoint }
  | { readonly type: "refused"; readonly refused: Refused }
  | { readonly type: "epoch"; readonly needed: EpochNeeded }
  /** The hub has nothing of the stream that the spool lacks, but maybe its cursor. */
  | { readonly type: "agreed"; readonly stream: string; readonly cursor?: Uint8Array | undefined }
  /** The hub shows two histories, or signs with another key: people must look. */
  | { readonly type: "doubt"; readonly doubt: Doubt }
  /** The hub has proved one more checkpoint. */
  | { readonly type: "witnessed"; readonly checkpoint: Checkpoint }
  /** The log has gone on under another id, or operators have become known: to be kept. */
  | { readonly type: "trust"; readonly trust: Trust; readonly notes: readonly string[] }
  /** The holder's key package, as the hub carries it. */
  | { readonly type: "keys"; readonly package: Uint8Array }
  | { readonly type: "close"; readonly code: string; readonly retryMs: number };

/** One connection. */
export interface Link {
  readonly context: LinkContext;
  phase: "hello" | "auth" | "proving" | "ready" | "closed";
  readonly nonce: Uint8Array;
  readonly helloBytes: Uint8Array;
  /** What opens the link once the hub has proved its checkpoint. */
  welcome: MessageOf<"welcome"> | undefined;
  /** The proof that the hub owes, and how many announcements ago it was asked for. */
  asked: Asked | undefined;
  unanswered: number;
  /** What the welcome said, by stream id in hex; taken out when a stream is agreed on. */
  readonly hubHeads: Map<string, MessageOf<"welcome">["streams"][number]>;
  readonly streams: Map<string, StreamLink>;
  /** Schemas sent on this connection, hashes in hex. */
  readonly schemas: Set<string>;
  /** Number of the last statement that the hub has, or was sent on this connection. */
  stated: number;
  /** Bytes of frames granted, and sent, since the connection opened. */
  credit: number;
  sentBytes: number;
  /** Who was served when: fairness among streams. */
  readonly served: Map<string, number>;
}

/** Opens a link: `nonce` is 32 fresh random bytes, `certificate` the hash of what TLS shows. */
export function openLink(
  context: LinkContext,
  nonce: Uint8Array,
  certificate?: Uint8Array,
): { readonly link: Link; readonly actions: readonly LinkAction[] } {
  const helloBytes = encodeMessage(helloOf(context, nonce, certificate));
  const link: Link = {
    context,
    phase: "hello",
    nonce,
    helloBytes,
    welcome: undefined,
    asked: undefined,
    unanswered: 0,
    hubHeads: new Map(),
    streams: new Map(),
    schemas: new Set(),
    stated: 0,
    credit: 0,
    sentBytes: 0,
    served: new Map(),
  };
  return { link, actions: [{ type: "send", bytes: helloBytes }] };
}

/** Takes one message of the hub. `now` is in ms of any steady clock. */
export function receive(link: Link, message: Message, now: number): readonly LinkAction[] {
  if (link.phase === "closed") return [];
  switch (message.type) {
    case "challenge":
      return onChallenge(link, message);
    case "welcome":
      return onWelcome(link, message);
    case "bye":
      link.phase = "closed";
      return [{ type: "close", code: message.code, retryMs: message.retryMs }];
    case "proof":
      return onProof(link, message);
    case "epochok":
    case "ack":
    case "nack":
      return isWelcome(link) ? onReady(link, message, now) : close(link, "protocol");
    case "keys":
      if (!isWelcome(link)) return close(link, "protocol");
      return [{ type: "keys", package: new Uint8Array(message.package) }];
    case "time":
      return isWelcome(link) ? [send(timeOf(link.context, message.id))] : close(link, "protocol");
    case "hello":
    case "auth":
    case "statement":
    case "schema":
    case "epoch":
    case "head":
    case "prove":
    case "keysok":
    case "timeok":
      return close(link, "protocol");
  }
}

/**
 * Announces what is sealed, ahead of the frames: so a cut tail shows. Asks for the proof that is due.
 */
export function announce(link: Link): readonly LinkAction[] {
  if (link.phase !== "ready") return [];
  const { source } = link.context;
  const streams = source.streams().map((held) => headOf(source, held));
  const heads = streams.length === 0 ? [] : [send({ type: "head", streams })];
  if (link.asked === undefined) return [...heads, ...askForProof(link)];
  link.unanswered++;
  return link.unanswered < MOST_UNANSWERED ? heads : close(link, "proof-late");
}

/**
 * Agrees on streams that are new to this link and moves on to the next epoch where one is all
 * acknowledged. Call it when the spool has changed and after each {@link receive}.
 */
export function refresh(link: Link): readonly LinkAction[] {
  if (link.phase !== "ready") return [];
  const stated = newStatements(link).map(send);
  const agreed = link.context.source.streams().flatMap((held) => {
    const stream = link.streams.get(hexOf(held.id));
    return stream === undefined ? agreeOn(link, held) : moveOn(stream, held);
  });
  return [...stated, ...agreed];
}

function onChallenge(link: Link, message: MessageOf<"challenge">): readonly LinkAction[] {
  if (link.phase !== "hello" || !isSame(message.hello, link.nonce)) return [];
  link.phase = "auth";
  const nonces = { hello: link.nonce, challenge: message.nonce };
  const digest = authDigest(link.context.logId, nonces, link.helloBytes);
  return [send({ type: "auth", signature: link.context.sign(digest) })];
}

function onWelcome(link: Link, message: MessageOf<"welcome">): readonly LinkAction[] {
  // A welcome that answers another hello is stale: its credit and heads mean nothing here (rule 4).
  if (link.phase !== "auth" || !isSame(message.hello, link.nonce)) return [];
  const followed = follow(link.context, message);
  if (followed.kind === "refuse") return close(link, followed.code, CLASH_RETRY_MS);
  Object.assign(link.context, followed.trust);
  const kept: LinkAction[] = followed.kind === "new"
    ? [{ type: "trust", trust: followed.trust, notes: followed.notes }]
    : [];
  const doubt = lookAfresh(link.context, message.checkpoint);
  if (doubt !== undefined) return [...kept, ...refuse(link, doubt)];
  Object.assign(link, { phase: "proving", credit: message.credit, welcome: message });
  kept.push(...askForProof(link));
  return link.asked === undefined ? [...kept, ...begin(link, message)] : kept;
}

function isWelcome({ phase }: Link): boolean {
  return phase === "proving" || phase === "ready";
}

/** Asks the hub to prove the newest checkpoint it has signed, unless that needs no proof. */
function askForProof(link: Link): readonly LinkAction[] {
  const { context } = link;
  const before = context.witnessed;
  const asked = dueProof(context);
  Object.assign(link, { asked, unanswered: 0 });
  if (asked !== undefined) {
    return [send({ type: "prove", from: asked.last.size, to: asked.next.size })];
  }
  const { witnessed } = context;
  if (witnessed === undefined || witnessed === before) return [];
  return [{ type: "witnessed", checkpoint: witnessed }];
}

function onProof(link: Link, message: MessageOf<"proof">): readonly LinkAction[] {
  const { asked, context, welcome } = link;
  const isAsked = message.from === asked?.last.size && message.to === asked.next.size;
  if (asked === undefined || !isAsked) return close(link, "protocol");
  link.asked = undefined;
  const doubt = settle(context, asked, message.hashes);
  if (doubt !== undefined) return refuse(link, doubt);
  const proved: readonly LinkAction[] = context.witnessed === asked.next
    ? [{ type: "witnessed", checkpoint: asked.next }]
    : [];
  if (link.phase === "ready" || welcome === undefined) return proved;
  const more = askForProof(link);
  return [...proved, ...more, ...(link.asked === undefined ? begin(link, welcome) : [])];
}

/** The hub has proved what it is: the agent says what it has. */
function begin(link: Link, message: MessageOf<"welcome">): readonly LinkAction[] {
  const clash = stateKeys(link, message.succession);
  if (clash !== undefined) {
    return [...clash.tell.map(send), ...close(link, clash.code, CLASH_RETRY_MS)];
  }
  link.phase = "ready";
  for (const head of message.streams) link.hubHeads.set(hexOf(head.stream), head);
  return refresh(link);
}

function onReady(
  link: Link,
  message: MessageOf<"epochok" | "ack" | "nack">,
  now: number,
): readonly LinkAction[] {
  switch (message.type) {
    case "epochok":
      return [...onEpochOk(link, message), ...refresh(link)];
    case "ack":
      return [...onAck(link, message), ...refresh(link)];
    case "nack":
      return [...onNack(link, message, now), ...refresh(link)];
  }
}

function onEpochOk(link: Link, message: MessageOf<"epochok">): readonly LinkAction[] {
  link.credit = Math.max(link.credit, message.credit);
  const stream = link.streams.get(hexOf(message.stream));
  if (stream?.phase !== "asking" || stream.epoch !== message.epoch) return [];
  stream.phase = "open";
  return [];
}

function onAck(link: Link, message: MessageOf<"ack">): readonly LinkAction[] {
  const doubt = look(link.context, message.checkpoint);
  if (doubt !== undefined) return refuse(link, doubt);
  link.credit = Math.max(link.credit, message.credit);
  const checkpoint = link.context.seen;
  const actions: LinkAction[] = [];
  for (const acked of message.streams) {
    const id = hexOf(acked.stream);
    const stream = link.streams.get(id);
    if (stream?.phase !== "open" || stream.epoch !== acked.epoch) continue;
    if (acked.seq >= stream.sent) return [...actions, ...close(link, "protocol")];
    if (acked.seq < stream.acked || checkpoint === undefined) continue;
    stream.acked = acked.seq + 1;
    // What was to be sent again has come after all.
    stream.next = Math.max(stream.next, stream.acked);
    const seq = { stream: id, epoch: acked.epoch, seq: acked.seq };
    actions.push({ type: "acked", acked: seq, checkpoint });
  }
  return actions;
}

function onNack(link: Link, message: MessageOf<"nack">, now: number): readonly LinkAction[] {
  const id = hexOf(message.stream);
  const stream = link.streams.get(id);
  if (stream === undefined || stream.phase === "halted" || stream.epoch !== message.epoch) {
    return [];
  }
  const { code, epoch, seq, hash, expect } = message;
  if (code === "epoch" || code === "chain" || code === "equivocation") {
    const above = code === "epoch" ? Math.max(epoch, expect - 1) : epoch;
    // The hub takes nothing more of this epoch on this connection: below `expect` is all it has.
    const held = code === "chain" ? { held: { epoch, next: expect } } : {};
    return halt(stream, { stream: id, above, reason: code, ...held });
  }
  if (stream.phase !== "open" || seq >= stream.next) return close(link, "protocol");
  const isChanged = message.permanent && wasChanged(link.context.source, message);
  if (message.permanent && !isChanged) {
    // What is in flight behind it is dropped by the hub: only a higher epoch goes on.
    Object.assign(stream, { phase: "halted", epoch });
    return [{ type: "refused", refused: { stream: id, epoch, seq, hash, code } }];
  }
  const next = isChanged ? Math.max(seq, stream.acked) : expect;
  if (next < stream.acked || next > stream.next) return close(link, "protocol");
  stream.next = next;
  stream.pausedUntil = now + (isChanged ? CHANGED_RETRY_MS : message.retryMs);
  return [];
}

function agreeOn(link: Link, held: HeldStream): readonly LinkAction[] {
  const id = hexOf(held.id);
  const { source, witnessed } = link.context;
  const agreed = agree(held, link.hubHeads.get(id), (at) => source.previousOf(at));
  link.hubHeads.delete(id);
  const none = { epoch: 0, next: 0, sent: 0, acked: 0, pausedUntil: 0 };
  const stream: StreamLink = { phase: "asking", ...none };
  link.streams.set(id, stream);
  switch (agreed.kind) {
    case "new":
      return halt(stream, agreed.needed);
    case "ask":
      source.resume?.({ stream: id, epoch: agreed.epoch, seq: 0 });
      return [{ type: "agreed", stream: id }, ...ask(stream, held, agreed.epoch)];
    case "open": {
      const { epoch, next, cursor } = agreed;
      source.resume?.({ stream: id, epoch, seq: next });
      Object.assign(stream, { phase: "open", epoch, next, sent: next, acked: next });
      if (witnessed === undefined) return [];
      return [
        { type: "agreed", stream: id, cursor },
        ...alreadyHeld(held, epoch, next).map((acked): LinkAction => ({
          type: "acked",
          acked: { stream: id, ...acked },
          checkpoint: witnessed,
        })),
        ...moveOn(stream, held),
      ];
    }
  }
}

function moveOn(stream: StreamLink, held: HeldStream): readonly LinkAction[] {
  if (stream.phase === "asking") return [];
  const later = held.epochs.find((e) => e.epoch > stream.epoch);
  if (later === undefined) return [];
  return mayClose(held, stream, later.epoch) ? ask(stream, held, later.epoch) : [];
}

function ask(stream: StreamLink, held: HeldStream, epoch: number): readonly LinkAction[] {
  Object.assign(stream, { phase: "asking", epoch, next: 0, sent: 0, acked: 0, pausedUntil: 0 });
  const { id, name, plugin, reason } = held;
  return [send({ type: "epoch", stream: id, name, plugin, epoch, reason })];
}

function halt(stream: StreamLink, needed: EpochNeeded): readonly LinkAction[] {
  Object.assign(stream, { phase: "halted", epoch: needed.above });
  return [{ type: "epoch", needed }];
}

function refuse(link: Link, doubt: Doubt): readonly LinkAction[] {
  return [{ type: "doubt", doubt }, ...close(link, doubt.code)];
}

function close(link: Link, code: string, retryMs = 0): readonly LinkAction[] {
  link.phase = "closed";
  return [send({ type: "bye", code, retryMs: 0 }), { type: "close", code, retryMs }];
}

function send(message: Message): LinkAction {
  return { type: "send", bytes: encodeMessage(message) };
}
