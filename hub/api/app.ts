/**
 * The hub's HTTP application: every declared route, and nothing else but the page's files.
 *
 * Built from interfaces, so that tests call `app.request()` without a server.
 *
 * @module
 */
import { ROUTES } from "../../sdk/api/routes.ts";
import { type AgentParts, mountAgents } from "./agents.ts";
import { type AlertParts, mountAlerts } from "./alerts.ts";
import { type EventParts, mountEvents } from "./events.ts";
import { createGuard, type GuardParts } from "./guard.ts";
import { secureHeaders } from "./headers.ts";
import type { KustoParts } from "../query/kusto/query_job.ts";
import { type KeyParts, mountKeys } from "./keys.ts";
import { mountKql } from "./kql.ts";
import { kustoRefusal, mountKusto } from "./kusto.ts";
import { type LiveParts, mountLive } from "./live.ts";
import type { RecordLook } from "./look.ts";
import { createHono, type HubApp } from "./mount.ts";
import { mountDocument } from "./openapi.ts";
import { type Asset, mountPage } from "./page.ts";
import { mountProofs, type ProofParts } from "./proofs.ts";
import type { Grants } from "../reveal/grants.ts";
import { mountRetention, type RetentionParts } from "./retention.ts";
import { mountReveal } from "./reveal.ts";
import { mountSession, type SessionParts } from "./session.ts";
import { mountStatus, type StatusParts } from "./status.ts";

type WithoutLook<T> = Omit<T, "recordLook">;

/** All that the application needs of the hub. */
export interface ApiParts {
  readonly version: string;
  readonly guard: Omit<GuardParts, "sessions" | "now" | "secure">;
  readonly session: SessionParts & Pick<GuardParts, "sessions">;
  readonly status: StatusParts;
  readonly events: WithoutLook<Omit<EventParts, "tables">>;
  readonly kusto: KustoParts;
  readonly alerts: WithoutLook<AlertParts>;
  readonly live: WithoutLook<LiveParts>;
  readonly agents: AgentParts;
  readonly keys: KeyParts;
  readonly reveal: Grants;
  readonly retention: RetentionParts;
  readonly proofs: WithoutLook<ProofParts>;
  readonly page: ReadonlyMap<string, Asset>;
  readonly recordLook: RecordLook;
  /** Told of every failure that is not the caller's. */
  readonly onFailure: (error: unknown) => void;
}

/** Builds the application. */
export function createApp(parts: ApiParts): HubApp {
  const { recordLook, session, status } = parts;
  const app = createHono({
    guard: createGuard({ ...session, ...parts.guard }),
    finish: (reply) => secureHeaders(reply, session.secure),
    onFailure: parts.onFailure,
    refusal: kustoRefusal,
  });
  mountStatus(app, status);
  mountEvents(app, { ...parts.events, tables: () => status.tables(), recordLook });
  mountKql(app, parts.kusto);
  mountKusto(app, parts.kusto);
  mountLive(app, { ...parts.live, recordLook });
  mountAlerts(app, { ...parts.alerts, recordLook });
  mountAgents(app, parts.agents);
  mountKeys(app, parts.keys);
  mountReveal(app, parts.reveal);
  mountRetention(app, parts.retention);
  mountSession(app, session);
  mountProofs(app, { ...parts.proofs, recordLook });
  mountDocument(app, ROUTES, parts.version);
  mountPage(app, parts.page);
  return app;
}
