/**
 * Answers `/v1/status`, `/v1/sources` and `/v1/tables`.
 *
 * @module
 */
import { listTables, type TableEntry } from "../../sdk/api/events.ts";
import { getStatus, type HubStatus, listSources, type Source } from "../../sdk/api/status.ts";
import { type HubApp, mount } from "./mount.ts";

/** What these routes need of the hub. */
export interface StatusParts {
  status(): HubStatus;
  sources(): readonly Source[];
  tables(): readonly TableEntry[];
}

export function mountStatus(app: HubApp, parts: StatusParts): void {
  mount(app, getStatus, () => parts.status());
  mount(app, listSources, () => ({ sources: [...parts.sources()] }));
  mount(app, listTables, () => ({ tables: [...parts.tables()] }));
}
