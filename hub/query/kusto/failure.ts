/**
 * How Kusto says no: the OneApi error, which its clients parse and show.
 *
 * @module
 */

/** What a failure is, for the codes and types that clients switch on. */
export type FailureKind =
  | "syntax"
  | "semantic"
  | "unsupported"
  | "value"
  | "request"
  | "missing"
  | "forbidden"
  | "unauthenticated"
  | "limit"
  | "truncated"
  | "memory"
  | "timeout"
  | "cancelled"
  | "throttled"
  | "unavailable"
  | "internal";

interface Shape {
  readonly status: number;
  readonly code: string;
  /** Of `Kusto.Data.Exceptions`. */
  readonly type: string;
  /** Whether the same request will never succeed. */
  readonly permanent: boolean;
  /** What stands before the message, as Kusto words it. */
  readonly prefix?: string;
}

const BAD = { status: 400, code: "General_BadRequest", permanent: true };
const LIMITS = "KustoServicePartialQueryFailureLimitsExceededException";

const SHAPES: Readonly<Record<FailureKind, Shape>> = {
  syntax: { ...BAD, type: "SyntaxException", prefix: "Syntax error: " },
  semantic: { ...BAD, type: "SemanticException", prefix: "Semantic error: " },
  unsupported: { ...BAD, type: "KustoBadRequestException", prefix: "Not supported: " },
  value: { ...BAD, type: "KustoBadRequestException" },
  request: { ...BAD, type: "KustoBadRequestException" },
  missing: { ...BAD, code: "BadRequest_EntityNotFound", type: "EntityNotFoundException" },
  forbidden: {
    status: 403,
    code: "Forbidden",
    type: "KustoRequestDeniedException",
    permanent: true,
  },
  unauthenticated: {
    status: 401,
    code: "Unauthorized",
    type: "KustoRequestDeniedException",
    permanent: true,
  },
  limit: { ...BAD, code: "LimitsExceeded", type: LIMITS },
  truncated: { status: 200, code: "LimitsExceeded", type: LIMITS, permanent: false },
  memory: { ...BAD, code: "LimitsExceeded", type: LIMITS },
  timeout: { status: 504, code: "Timeout", type: "KustoServiceTimeoutException", permanent: false },
  cancelled: {
    status: 400,
    code: "QueryCanceled",
    type: "KustoServicePartialQueryFailureException",
    permanent: true,
  },
  throttled: {
    status: 429,
    code: "TooManyRequests",
    type: "KustoRequestThrottledException",
    permanent: false,
  },
  unavailable: {
    status: 503,
    code: "ServiceUnavailable",
    type: "KustoServiceException",
    permanent: false,
  },
  internal: {
    status: 500,
    code: "Internal service error",
    type: "KustoServiceException",
    permanent: false,
  },
};

/** Where in the text a failure is; both count from 1. */
export interface FailurePlace {
  readonly line: number;
  readonly column: number;
  /** What would have been right there. */
  readonly expected?: string;
}

/** Why a request of Kusto's protocol was refused. */
export class KustoFailure extends Error {
  override readonly name = "KustoFailure";
  readonly kind: FailureKind;
  readonly place: FailurePlace | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options?: ErrorOptions & { readonly place?: FailurePlace },
  ) {
    super(message, options);
    this.kind = kind;
    this.place = options?.place;
  }

  /** Of the reply that has nothing but this failure. */
  get status(): number {
    return SHAPES[this.kind].status;
  }
}

/** What a failure is told with. */
export interface FailureContext {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly clientRequestId: string;
  readonly activityId: string;
}

/** The OneApi object. */
export function oneApi(failure: KustoFailure, context: FailureContext): Record<string, unknown> {
  const { code, type, permanent } = SHAPES[failure.kind];
  const place = failure.place;
  return {
    error: {
      code,
      message: "Request is invalid and cannot be executed.",
      "@type": `Kusto.Data.Exceptions.${type}`,
      "@message": failureText(failure),
      "@context": {
        timestamp: context.timestamp,
        serviceAlias: "CUSTOS",
        clientRequestId: context.clientRequestId,
        activityId: context.activityId,
      },
      "@permanent": permanent,
      ...(place && {
        "@line": place.line,
        "@position": place.column,
        ...(place.expected !== undefined && { "@expected": place.expected }),
      }),
    },
  };
}

/** The message with its place, as Kusto words it. */
export function failureText({ kind, message, place }: KustoFailure): string {
  const at = place === undefined ? "" : ` [line:position=${place.line}:${place.column}]`;
  return `${SHAPES[kind].prefix ?? ""}${message}${at}`;
}

/** The whole reply to a request that failed. */
export function failureReply(failure: KustoFailure, context: FailureContext): Response {
  return Response.json(oneApi(failure, context), { status: failure.status });
}
