/**
 * Detector: a host has enrolled again under another key.
 *
 * Most often its disk was lost, and with it what the old agent held and had not sent yet: nobody is
 * left to sign that loss. It may be a second machine under a taken name as well.
 *
 * @module
 */
import { type AgentEntry, readAgentEntry } from "../ingest/entries.ts";
import { type Detector, type Hit, type Moment, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { hubInstant } from "./evidence.ts";
import { NOTE_TABLE } from "./ingest_notes.ts";

/** What its findings are named by. */
export const HOST_AGAIN_RULE = {
  id: "host-enrolled-again",
  title: "A host has enrolled again under another key",
  severity: "medium",
} as const;

/** Agents and hosts that are remembered. */
const MOST_ENTITIES = 200_000;

/** Remembers agents, and of each host the last one that is active. */
export function hostAgainDetector(): Detector {
  const known = new Entities<string>(MOST_ENTITIES);
  return {
    table: undefined,
    columns: [],
    batch: () => NOTHING,
    entry({ kind, payload }, moment) {
      const agent = kind === "agent" ? readAgentEntry(payload) : undefined;
      // A later entry of an agent that is known tells of its certificates or state.
      if (agent === undefined || known.get(agentKey(agent)) !== undefined) return NOTHING;
      const before = known.get(hostKey(agent));
      const forgotten = known.set(agentKey(agent), "") + known.set(hostKey(agent), agent.id);
      const hits = before === undefined ? [] : [hitOf(agent, before, moment)];
      return { hits, forgotten };
    },
    tick: () => NOTHING,
    save: () => known.save(),
    load: (cells) => known.load(cells),
  };
}

function agentKey({ id }: AgentEntry): string {
  return `agent ${id}`;
}

function hostKey({ host }: AgentEntry): string {
  return `host ${host}`;
}

function hitOf({ id, host }: AgentEntry, before: string, { entry, hubMs }: Moment): Hit {
  const place = { entry, row: 0, table: NOTE_TABLE, agent: id, source: "" };
  const fields = { Host: host, Before: before };
  return {
    kind: "hit",
    entity: `_Agent=${before}`,
    summary: `This agent's host has enrolled as ${id}: what it held and had not sent is lost if ` +
      "its disk is, and it should be revoked",
    events: 1,
    evidence: [{ ...place, time: hubInstant(hubMs), fields }],
  };
}
