/**
 * All routes of the hub: what the OpenAPI document and the access test go through.
 *
 * @module
 */
import { createEnrolToken, listAgents, revokeAgent } from "./agents.ts";
import { getAlert, judgeAlert, listAlerts, listRules, setAlertState } from "./alerts.ts";
import { getDocument } from "./document.ts";
import { listTables, queryEvents } from "./events.ts";
import { listAgentKeys, putKeyPackage, recordLookup } from "./keys.ts";
import { kustoAuth, kustoCommand, kustoPing, kustoQueryV1, kustoQueryV2 } from "./kusto.ts";
import { queryKql } from "./kql.ts";
import { live } from "./live.ts";
import { getCheckpoint, getConsistency, getTile, proveFrame, proveRow } from "./proofs.ts";
import { approveGrant, listGrants, requestGrant, takeBoxes } from "./reveal.ts";
import {
  addHold,
  getRetention,
  listHolds,
  listReceipts,
  planRetention,
  releaseHold,
  runRetention,
} from "./retention.ts";
import type { Route } from "./route.ts";
import { closeSession, getSession, openSession } from "./session.ts";
import { getStatus, listSources } from "./status.ts";

/** Every route, in the order of the document. */
export const ROUTES: readonly Route[] = [
  getStatus,
  listSources,
  listTables,
  queryEvents,
  queryKql,
  kustoQueryV1,
  kustoQueryV2,
  kustoCommand,
  kustoAuth,
  kustoPing,
  live,
  listAlerts,
  getAlert,
  setAlertState,
  judgeAlert,
  listRules,
  createEnrolToken,
  listAgents,
  revokeAgent,
  listAgentKeys,
  putKeyPackage,
  recordLookup,
  requestGrant,
  listGrants,
  approveGrant,
  takeBoxes,
  getRetention,
  planRetention,
  runRetention,
  listReceipts,
  listHolds,
  addHold,
  releaseHold,
  openSession,
  getSession,
  closeSession,
  getCheckpoint,
  getTile,
  getConsistency,
  proveFrame,
  proveRow,
  getDocument,
];
