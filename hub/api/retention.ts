/**
 * Answers `/v1/retention` and `/v1/holds`.
 *
 * @module
 */
import {
  addHold,
  getRetention,
  listHolds,
  listReceipts,
  planRetention,
  releaseHold,
  runRetention,
} from "../../sdk/api/retention.ts";
import type { Retention, RetentionError } from "../retention/retention.ts";
import { lookerOf } from "./look.ts";
import { type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

/** What these routes need of the hub. */
export type RetentionParts = Omit<Retention, "follower" | "step">;

export function mountRetention(app: HubApp, parts: RetentionParts): void {
  mount(app, getRetention, () => parts.status());
  mount(app, planRetention, ({ request }) => parts.plan(request.signal));
  mount(
    app,
    runRetention,
    ({ body, caller, request }) =>
      parts.run({ by: lookerOf(caller), acceptClock: body.acceptClock }, request.signal),
  );
  mount(app, listReceipts, ({ query }) => parts.receipts(query));
  mount(app, listHolds, () => ({ holds: [...parts.holds()] }));
  mount(app, addHold, ({ body, caller }) => {
    const { name, table, agent, reason } = body;
    const [from, to] = [msOf(body.from), msOf(body.to)];
    if (from !== undefined && to !== undefined && from > to) {
      throw new ApiError("input", "Cannot add hold: from is after to, must be before it");
    }
    return parts.addHold({ name, table, from, to, agent, reason, by: lookerOf(caller) });
  });
  mount(app, releaseHold, async ({ params, body, caller }) => {
    await parts.releaseHold({ name: params.name, reason: body.reason, by: lookerOf(caller) });
    return { name: params.name, state: "released" as const };
  });
}

function msOf(instant: string | undefined): number | undefined {
  return instant === undefined ? undefined : Date.parse(instant);
}

/** As the caller is told. */
export function retentionRefusal(error: RetentionError): ApiError {
  const options = { cause: error };
  switch (error.code) {
    case "missing":
      return new ApiError("missing", error.message, options);
    case "exists":
    case "clock":
      return new ApiError("conflict", error.message, options);
    case "table":
      return new ApiError("input", error.message, options);
    case "behind":
      return new ApiError("unavailable", error.message, { ...options, retryAfter: 10 });
  }
}
