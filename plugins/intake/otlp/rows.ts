/**
 * One event for each log record, with what holds for its resource and its scope.
 *
 * @module
 */
import type { Json } from "../../../sdk/table.ts";
import { flattened, idOf, isList, isObject, type Pushed, type Taken } from "../event.ts";
import type { Attributes, LogRecord, NoRecord, ResourceLogs, ScopeLogs } from "./logs.ts";

const NS_PER_TICK = 100n;

export function rowsOf(logs: readonly ResourceLogs[]): Taken {
  return logs.flatMap(({ attributes, scopes }) => {
    const resource = resourceOf(attributes);
    return scopes.flatMap((scope) => {
      const shared = { ...resource, ...scopeOf(scope) };
      return scope.records.map((record) => rowOf(record, shared));
    });
  });
}

function resourceOf(attributes: Attributes): Pushed {
  const rest = new Map(attributes);
  const service = named(rest, "service.name");
  const host = named(rest, "host.name");
  return {
    ...(service !== undefined && { ServiceName: service }),
    ...(host !== undefined && { HostName: host }),
    ...(rest.size > 0 && { Resource: flat(rest) }),
  };
}

function scopeOf({ name, version, attributes }: ScopeLogs): Pushed {
  return {
    ...(name !== "" && { ScopeName: name }),
    ...(version !== "" && { ScopeVersion: version }),
    ...(attributes.size > 0 && { ScopeAttributes: flat(attributes) }),
  };
}

function rowOf(record: LogRecord | NoRecord, shared: Pushed): Taken[number] {
  if ("why" in record) return record;
  const { time, observed, severity, severityText, flags, eventName } = record;
  const traceId = idOf(record.traceId);
  const spanId = idOf(record.spanId);
  const attributes = withIds(record, { traceId, spanId });
  const best = time === 0n ? observed : time;
  return {
    ...shared,
    ...(best !== 0n && { TimeGenerated: best / NS_PER_TICK }),
    ...(observed !== 0n && { ObservedTime: observed / NS_PER_TICK }),
    ...(severity !== 0 && { SeverityNumber: severity }),
    ...(severityText !== "" && { SeverityText: severityText }),
    ...(eventName !== "" && { EventName: eventName }),
    ...(traceId !== undefined && { TraceId: traceId }),
    ...(spanId !== undefined && { SpanId: spanId }),
    ...(flags !== 0 && { Flags: flags }),
    ...bodyOf(record.body),
    ...(attributes.size > 0 && { Attributes: flat(attributes) }),
  };
}

interface Ids {
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** The attributes, with what stands for an id and is none. */
function withIds(record: LogRecord, { traceId, spanId }: Ids): Attributes {
  const attributes = new Map(record.attributes);
  if (record.traceId !== "" && traceId === undefined) attributes.set("trace_id", record.traceId);
  if (record.spanId !== "" && spanId === undefined) attributes.set("span_id", record.spanId);
  return attributes;
}

function bodyOf(body: Json | undefined): Pushed {
  if (body === undefined) return {};
  if (isObject(body)) return { BodyFields: Object.fromEntries(flattened(body)) };
  if (isList(body)) return { BodyFields: body };
  return { Body: String(body) };
}

function named(attributes: Map<string, Json>, name: string): string | undefined {
  const value = attributes.get(name);
  if (typeof value !== "string" || value === "") return undefined;
  attributes.delete(name);
  return value;
}

function flat(attributes: Attributes): Json {
  return Object.fromEntries(flattened(Object.fromEntries(attributes)));
}
