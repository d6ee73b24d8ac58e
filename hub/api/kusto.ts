/**
 * Answers Kusto's protocol, and refuses what asks for it in Kusto's words.
 *
 * @module
 */
import {
  kustoAuth,
  kustoCommand,
  kustoPing,
  kustoQueryV1,
  kustoQueryV2,
} from "../../sdk/api/kusto.ts";
import type { ProblemCode } from "../../sdk/api/problem.ts";
import { answerKusto } from "../query/kusto/answer_request.ts";
import type { KustoParts } from "../query/kusto/query_job.ts";
import { type FailureKind, failureReply, KustoFailure } from "../query/kusto/failure.ts";
import { type HubApp, mount } from "./mount.ts";
import type { ApiError } from "./refusal.ts";

/** Well-known names of Azure: a client that is told a token asks none of them. */
const SIGN_IN = {
  LoginEndpoint: "https://login.microsoftonline.com",
  LoginMfaRequired: false,
  KustoClientAppId: "db662dc1-0cfe-4e1c-a843-19a68e65be58",
  KustoClientRedirectUri: "https://microsoft/kustoclient",
  KustoServiceResourceId: "https://kusto.kusto.windows.net",
  FirstPartyAuthorityUrl: "https://login.microsoftonline.com/f8cdef31-a31e-4b4a-93e4-5f571e91255a",
};

export function mountKusto(app: HubApp, parts: KustoParts): void {
  mount(app, kustoQueryV1, (call) => answerKusto(parts, { ...call, route: "v1" }));
  mount(app, kustoQueryV2, (call) => answerKusto(parts, { ...call, route: "v2" }));
  mount(app, kustoCommand, (call) => answerKusto(parts, { ...call, route: "mgmt" }));
  mount(app, kustoAuth, () => ({ AzureAD: SIGN_IN }));
  mount(app, kustoPing, () => ({ ApplicationHealthState: "Healthy" as const }));
}

const KINDS: Readonly<Record<ProblemCode, FailureKind>> = {
  input: "request",
  unauthenticated: "unauthenticated",
  forbidden: "forbidden",
  host: "forbidden",
  origin: "forbidden",
  missing: "request",
  conflict: "request",
  too_large: "limit",
  too_many: "throttled",
  failed: "internal",
  unavailable: "unavailable",
};

/** The refusal in Kusto's shape, where `request` is one of its protocol. */
export function kustoRefusal(request: Request, error: ApiError): Response | undefined {
  const { pathname } = new URL(request.url);
  if (!/^\/v[12]\/rest\//.test(pathname)) return undefined;
  const isIngest = pathname.startsWith("/v1/rest/ingest") && error.code === "missing";
  const message = isIngest
    ? "Cannot ingest: a hub takes events from its agents alone, which scrub and seal them; " +
      "send them to an agent's listening source"
    : error.message;
  return failureReply(new KustoFailure(KINDS[error.code], message), {
    timestamp: new Date().toISOString(),
    clientRequestId: request.headers.get("x-ms-client-request-id")?.slice(0, 200) ?? "",
    activityId: "",
  });
}
