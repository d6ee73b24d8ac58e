/**
 * What `custos status` shows of the whole agent.
 *
 * @module
 */
import { hostname } from "node:os";
import type { LoadedConfig, SourceConfig } from "./config/load.ts";
import type { SpooledStream, Status } from "./control/protocol.ts";
import { endText } from "./link_words.ts";
import type { HubTrust } from "./hub_trust.ts";
import type { Enrolment, Identity } from "./identity.ts";
import type { LinkCertificates } from "./link_certificate.ts";
import type { Pipeline } from "./pipeline.ts";
import type { LinkContext } from "./send/link_state.ts";
import type { Sender } from "./send/sender.ts";
import type { Signing } from "./signing.ts";
import { statusOf } from "./source.ts";
import type { Spool } from "./spool/spool.ts";
import type { Tallies } from "./tally.ts";
import type { TokenKeys } from "./token_keys.ts";

/** A source and its way to the spool. */
export interface Running {
  readonly source: SourceConfig;
  readonly pipeline: Pipeline;
}

/** The link, once the agent has enrolled. */
export interface LinkParts {
  sender?: Sender;
  context?: LinkContext;
  trust?: HubTrust;
  certificates?: LinkCertificates;
}

/** All of it, as it is now. */
export function statusOfAgent(parts: {
  readonly config: LoadedConfig["config"];
  readonly identity: Identity;
  readonly enrolment: Enrolment | undefined;
  readonly keys: TokenKeys;
  readonly running: readonly Running[];
  readonly tallies: Tallies;
  readonly spool: Spool;
  readonly link: LinkParts;
  readonly signing: Signing;
  readonly started: number;
}): Status {
  const { config, identity, enrolment, keys, running, spool, link, signing, started } = parts;
  const sources = running.map(({ source, pipeline }) => statusOf(source, pipeline));
  const { bytes, unackedFrames, lastFailure } = spool.status();
  const sender = link.sender?.status;
  const lastEnd = link.trust?.isForked === true ? "fork" : sender?.lastEnd;
  const troubles = [
    ...sources.filter(({ state }) => state === "failed" || state === "quarantined")
      .map((s) => `${s.source}: ${s.state === "failed" ? "" : "quarantined: "}${s.why}`),
    ...(lastFailure === undefined ? [] : [`spool: ${lastFailure}`]),
    ...(keys.trouble === undefined ? [] : [keys.trouble]),
    ...(enrolment === undefined ? ['not enrolled: run "custos enroll"'] : []),
    ...(sender !== undefined && sender.state !== "ready"
      ? [`link: ${endText(lastEnd ?? "opening")}`]
      : []),
  ];
  const { user, system } = process.cpuUsage();
  return {
    agent: Buffer.from(identity.agent).toString("hex"),
    host: config.agent.host ?? hostname(),
    healthy: troubles.length === 0,
    troubles,
    uptimeMs: Math.round(performance.now() - started),
    link: {
      state: sender?.state ?? "stopped",
      lastEnd: lastEnd ?? null,
      hub: enrolment && sender ? sender.url : null,
    },
    spool: {
      bytes,
      unackedFrames,
      oldestUnackedMs: oldestOf(parts.tallies),
      streams: heldIn(spool),
    },
    key: signing.change.status,
    memoryBytes: process.memoryUsage().rss,
    cpuMs: (user + system) / 1000,
    sources,
  };
}

function heldIn(spool: Spool): readonly SpooledStream[] {
  return spool.streams().map(({ id, epochs }) => ({
    stream: Buffer.from(id).toString("hex"),
    epochs: epochs.map(({ epoch, first }) => ({ epoch, first })),
  }));
}

function oldestOf({ oldest }: Tallies): number {
  return oldest === undefined ? 0 : Math.round(performance.now() - oldest);
}
