/**
 * Whose signature a frame must have: agents by the enrolments that a bundle carries.
 *
 * An agent's id is a hash of its first key, so that nobody can put another key in its place.
 *
 * @module
 */
import type { FrameHeader } from "../wire/header.ts";
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

export interface AgentKeys {
  /** Takes an enrolment; says why it is none. */
  enrol(payload: Uint8Array): string | undefined;
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
  /** By key id in hex. */
  readonly keys: Map<string, Verify>;
}

export function openAgentKeys(provider: Provider, trusted: readonly Uint8Array[]): AgentKeys {
  const agents = new Map<string, Agent>();
  const put = (publicKey: Uint8Array, host: string | undefined, isTrusted: boolean): void => {
    const hash = hexOf(provider.sha256(publicKey));
    const keys = new Map([[hash.slice(0, 2 * KEY_ID_BYTES), verifierOf(publicKey, provider)]]);
    agents.set(hash.slice(0, 2 * ID_BYTES), { host, isTrusted, keys });
  };
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
    fault({ agent, keyId }, { message, signature }) {
      const id = hexOf(agent);
      const known = agents.get(id);
      if (known === undefined) {
        return { code: "key", why: `the bundle has no enrolment of agent ${id}` };
      }
      used.add(id);
      if (!known.isTrusted) {
        return { code: "untrusted", why: `agent ${id} is none of those whose key you trust` };
      }
      const verify = known.keys.get(hexOf(keyId));
      if (verify === undefined) {
        return { code: "key", why: `it names a key that agent ${id} has never had` };
      }
      if (verify(message, signature)) return undefined;
      return { code: "signature", why: `agent ${id} has not signed it` };
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
