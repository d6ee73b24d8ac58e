/**
 * Why a query has no answer, in Kusto's words.
 *
 * @module
 */
import { EngineError } from "../../store/engine_error.ts";
import { TargetError } from "../../store/target/cold_target.ts";
import { type FailureKind, KustoFailure } from "../kusto/failure.ts";
import type { CompileReply } from "./compiler_messages.ts";

type Refused = Extract<CompileReply, { kind: "refused" }>;

/** The failure of a text that could not be compiled. */
export function refusal({ code, message, line, column, expected }: Refused): KustoFailure {
  if (code === "internal") {
    return new KustoFailure(
      "internal",
      "Cannot query: the hub failed to read it, its log says why",
      {
        cause: message,
      },
    );
  }
  const place = line === undefined || column === undefined ? undefined : {
    line,
    column,
    ...(expected !== undefined && { expected }),
  };
  return new KustoFailure(code, message, place && { place });
}

const KINDS: Readonly<Record<EngineError["code"], FailureKind>> = {
  memory: "memory",
  crashed: "memory",
  denied: "internal",
  file: "internal",
  statement: "internal",
  query: "value",
  value: "value",
  deadline: "timeout",
  aborted: "cancelled",
  busy: "throttled",
  closed: "unavailable",
};

const LOW_MEMORY = "Query execution lacks memory resources to complete (80DA0007): " +
  "Partial query failure: Low memory condition (E_LOW_MEMORY_CONDITION)";

/** `error` as a failure; what is none stays what it is. */
export function failureOf(error: unknown): unknown {
  if (error instanceof TargetError) return targetFailure(error);
  if (!(error instanceof EngineError)) return error;
  const kind = KINDS[error.code];
  switch (kind) {
    case "memory":
      return new KustoFailure(kind, LOW_MEMORY, { cause: error });
    case "internal":
      if (error.code === "file") return new KustoFailure(kind, error.message, { cause: error });
      // Its message may name files of the hub.
      return new KustoFailure(kind, "Cannot query: the hub failed, its log says why", {
        cause: error,
      });
    case "value":
      return new KustoFailure(kind, `Cannot query: ${reasonOf(error.message)}`, { cause: error });
    default:
      return new KustoFailure(kind, error.message, { cause: error });
  }
}

/** Its messages name the target and a file there, and no secret. */
function targetFailure(error: TargetError): KustoFailure {
  const kinds: Partial<Record<TargetError["code"], FailureKind>> = {
    aborted: "cancelled",
    deadline: "timeout",
    limit: "limit",
  };
  return new KustoFailure(kinds[error.code] ?? "unavailable", error.message, { cause: error });
}

/** What the engine says, without its own word for the kind of error. */
function reasonOf(message: string): string {
  return message.replace(/^(?:[A-Z]\w*(?: [A-Z]\w*)? Error: )/, "");
}
