/**
 * What an agent tells the hub of its succession (`sdk/wire/statement.ts`): all statements that the
 * hub lacks, in order, before the frames that the newest key has signed.
 *
 * @module
 */
import { type Message, type MessageOf } from "../../sdk/wire/link.ts";
import { hexOf } from "./agreement.ts";
import type { Link } from "./link_state.ts";

/** What the hub and the agent hold of its keys does not mend by itself, in ms. */
export const CLASH_RETRY_MS = 60_000;

/** The agent's durable statements. */
export interface Statements {
  readonly succession: { readonly number: number };
  /** Hash of statement `number`; zeros for 0, undefined where it is no longer known. */
  hashOf(number: number): Uint8Array | undefined;
  /** Those with a higher number, in order; undefined if some are gone. */
  statementsAfter(number: number): readonly Uint8Array[] | undefined;
}

/** Agent and hub do not know the same keys: the link ends. */
export interface KeyClash {
  /**
   * `hub-release`: the hub is older than the keys. `statements-gone`: it has lost statements that
   * are no longer here. `succession`: it has others, or later ones.
   */
  readonly code: "hub-release" | "statements-gone" | "succession";
  /** First, so that the hub notes it. */
  readonly tell: readonly Message[];
}

/** Compares what the welcome says of the agent's keys; nothing has been sent yet. */
export function stateKeys(
  link: Link,
  hub: MessageOf<"welcome">["succession"],
): KeyClash | undefined {
  const { statements } = link.context;
  link.context.takesStatements = hub !== undefined;
  if (statements === undefined) return undefined;
  const { number } = statements.succession;
  if (hub === undefined) return number === 0 ? undefined : { code: "hub-release", tell: [] };
  const mine = statements.hashOf(hub.number);
  const isOurs = hub.number <= number && (mine === undefined || hexOf(mine) === hexOf(hub.hash));
  if (!isOurs) {
    // The hub refuses it, and that is what people must see.
    const newest = statements.statementsAfter(Math.max(0, number - 1)) ?? [];
    return { code: "succession", tell: newest.map(messageOf) };
  }
  if (statements.statementsAfter(hub.number) === undefined) {
    return { code: "statements-gone", tell: [] };
  }
  link.stated = hub.number;
  return undefined;
}

/** Statements that are due on this connection; they count as sent. */
export function newStatements(link: Link): readonly Message[] {
  const { statements } = link.context;
  if (statements === undefined || statements.succession.number === link.stated) return [];
  const due = statements.statementsAfter(link.stated) ?? [];
  link.stated = statements.succession.number;
  return due.map(messageOf);
}

function messageOf(bytes: Uint8Array): Message {
  return { type: "statement", bytes };
}
