/**
 * Whose signature a frame must have: agents by the enrolments that a bundle carries.
 *
 * An agent's id is a hash of its first key, so that nobody can put another key in its place. Each
 * later key is named by a statement that the key before it has signed (`sdk/wire/statement.ts`); a
 * frame has one right key, that of its place.
 *
 * @module
 */
import type { FrameHeader } from "../wire/header.ts";
import {
  followStatement,
  parseStatement,
  type Statement,
  type Succession,
  SuccessionError,
} from "../wire/statement.ts";
import { bytesOfHex, hexOf } from "./hex.ts";
import type { Provider } from "./provider.ts";
import type { Verify } from "./sign.ts";
import { readAgent } from "./verify_entries.ts";
import { verifierOf } from "./verify_note.ts";

/** Bytes of a key's hash that are an agent's id, and a key's. */
const ID_BYTES = 16;
const KEY_ID_BYTES = 8;
/** Most agents of one bundle: bounds the memory. */
const MOST_AGENTS = 65_536;
/** Most heads of statements that are held at once, for the same reason. */
const MOST_HEADS = 1_000_000;

export interface AgentKeys {
  /** Takes an enrolment; says why it is none. */
  enrol(payload: Uint8Array): string | undefined;
  /** Takes a statement of succession; says why it is not its agent's next. */
  succeed(payload: Uint8Array): string | undefined;
  /** Why a frame's signature is not its agent's. */
  fault(header: FrameHeader, signed: Signed): Fault | undefined;
  hostOf(agent: string): string | undefined;
  faith(): readonly string[];
}

interface Signed {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

interface Fault {
  readonly code: "key" | "untrusted" | "signature";
  readonly why: string;
}

interface Agent {
  readonly host: string | undefined;
  readonly isTrusted: boolean;
  succession: Succession;
  /** By number. */
  readonly keys: Key[];
  /** By stream and epoch, of statements in their order: how far each covers, if that is farther. */
  readonly covers: Map<string, Cover[]>;
}

interface Key {
  /** In hex. */
  readonly id: string;
  readonly verify: Verify;
}

interface Cover {
  readonly next: number;
  /** Number of the statement. */
  readonly statement: number;
}

export function openAgentKeys(provider: Provider, trusted: readonly Uint8Array[]): AgentKeys {
  const agents = new Map<string, Agent>();
  const put = (publicKey: Uint8Array, host: string | undefined, isTrusted: boolean): void => {
    const hash = hexOf(provider.sha256(publicKey));
    const agent = bytesOfHex(hash.slice(0, 2 * ID_BYTES));
    const succession = { agent, number: 0, publicKey, hash: new Uint8Array(32) };
    const keys = [keyOf(publicKey, provider)];
    agents.set(hexOf(agent), { host, isTrusted, succession, keys, covers: new Map() });
  };
  let heads = 0;
  for (const publicKey of trusted) put(publicKey, undefined, true);
  const used = new Set<string>();
  return {
    enrol(payload) {
      const told = readAgent(payload);
      if (told === undefined) return "an enrolment in this bundle cannot be read";
      const publicKey = bytesOfHex(told.publicKey);
      const id = hexOf(provider.sha256(publicKey)).slice(0, 2 * ID_BYTES);
      if (id !== told.id) return `the enrolment of agent ${told.id} has a key that is not its own`;
      const known = agents.get(id);
      if (known !== undefined) agents.set(id, { ...known, host: told.host });
      else if (agents.size >= MOST_AGENTS) return "there are too many agents in this bundle";
      else put(publicKey, told.host, trusted.length === 0);
      return undefined;
    },
    succeed(payload) {
      try {
        const known = agents.get(hexOf(parseStatement(payload).agent));
        if (known === undefined) return "the bundle has no enrolment of the agent that states it";
        const { statement, after } = followStatement(payload, known.succession, provider);
        heads += statement.heads.length;
        if (heads > MOST_HEADS) return "the statements in this bundle have too many heads";
        known.succession = after;
        known.keys.push(keyOf(after.publicKey, provider));
        coverBy(statement, known.covers);
        return undefined;
      } catch (error) {
        if (error instanceof SuccessionError) return error.message;
        throw error;
      }
    },
    fault(header, signed) {
      const id = hexOf(header.agent);
      const known = agents.get(id);
      if (known === undefined) {
        return { code: "key", why: `the bundle has no enrolment of agent ${id}` };
      }
      used.add(id);
      return faultBy(known, header, signed);
    },
    hostOf: (agent) => agents.get(agent)?.host,
    faith() {
      if (trusted.length > 0) return [];
      return [...used].map((id) => {
        const host = agents.get(id)?.host ?? "";
        return `the hub's word that agent ${id} is host ${JSON.stringify(host)}`;
      });
    },
  };
}

function faultBy(
  known: Agent,
  header: FrameHeader,
  { message, signature }: Signed,
): Fault | undefined {
  const id = hexOf(header.agent);
  if (!known.isTrusted) {
    return { code: "untrusted", why: `agent ${id} is none of those whose key you trust` };
  }
  const named = hexOf(header.keyId);
  const due = keyDue(known, header);
  if (due.id !== named) {
    const why = known.keys.some((key) => key.id === named)
      ? `it is signed by a key of agent ${id} that was not in force when its place was sealed`
      : `it names a key that agent ${id} has never had`;
    return { code: "key", why };
  }
  if (due.verify(message, signature)) return undefined;
  return { code: "signature", why: `agent ${id} has not signed it` };
}

function keyOf(publicKey: Uint8Array, provider: Provider): Key {
  const id = hexOf(provider.sha256(publicKey)).slice(0, 2 * KEY_ID_BYTES);
  return { id, verify: verifierOf(publicKey, provider) };
}

function coverBy({ number, heads }: Statement, covers: Agent["covers"]): void {
  for (const { stream, epoch, next } of heads) {
    const at = `${hexOf(stream)}/${epoch}`;
    const covered = covers.get(at);
    if (covered === undefined) covers.set(at, [{ next, statement: number }]);
    else if (covered.at(-1)!.next < next) covered.push({ next, statement: number });
  }
}

/** Of the first statement that covers the frame's place, the key before; else the newest. */
function keyDue({ keys, covers }: Agent, { stream, epoch, seq }: FrameHeader): Key {
  const cover = covers.get(`${hexOf(stream)}/${epoch}`)?.find(({ next }) => seq < next);
  return keys[cover === undefined ? keys.length - 1 : cover.statement - 1]!;
}
