/**
 * Answers `/v1/reveal`.
 *
 * @module
 */
import { approveGrant, listGrants, requestGrant, takeBoxes } from "../../sdk/api/reveal.ts";
import { type GrantError, type Grants } from "../reveal/grants.ts";
import { type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

export function mountReveal(app: HubApp, grants: Grants): void {
  mount(app, requestGrant, ({ body, caller }) => grants.request(body, caller));
  mount(app, listGrants, () => ({ grants: [...grants.list()] }));
  mount(
    app,
    approveGrant,
    ({ params, body, caller }) => grants.approve(params.id, caller, body.why),
  );
  mount(app, takeBoxes, async ({ params, caller, request }) => ({
    boxes: [...await grants.take(params.id, caller, request.signal)],
  }));
}

/** As the caller is told. */
export function grantRefusal(error: GrantError): ApiError {
  const options = { cause: error };
  switch (error.code) {
    case "unknown":
      return new ApiError("missing", error.message, options);
    case "same-person":
    case "not-yours":
      return new ApiError("forbidden", error.message, options);
    case "too-many":
      return new ApiError("too_many", error.message, { ...options, retryAfter: 60 });
    case "not-approved":
    case "over":
      return new ApiError("conflict", error.message, options);
  }
}
