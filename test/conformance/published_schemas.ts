/**
 * What published schemas say of the names that the hub's views use: type of each, what is demanded,
 * and which values an attribute may have.
 *
 * - ECS 8.11: `elastic/ecs` `generated/csv/fields.csv`, columns Field and Type.
 * - OCSF 1.4: `ocsf/ocsf-schema` `events/iam/authentication.json`,
 *   `events/network/http_activity.json`, `events/base_event.json`, `objects/*.json`,
 *   `dictionary.json`.
 * - OpenTelemetry: "Logs Data Model", fields and appendix A (RFC 5424 syslog).
 *
 * @module
 */

/** ECS fields by their type. */
export const ECS_FIELDS: Readonly<Record<string, string>> = {
  "@timestamp": "date",
  "ecs.version": "keyword",
  "event.action": "keyword",
  "event.category": "keyword[]",
  "event.code": "keyword",
  "event.dataset": "keyword",
  "event.kind": "keyword",
  "event.outcome": "keyword",
  "event.provider": "keyword",
  "event.type": "keyword[]",
  "log.level": "keyword",
  "host.name": "keyword",
  "user.name": "keyword",
  "user.domain": "keyword",
  "source.ip": "ip",
  "destination.ip": "ip",
  "destination.port": "long",
  "process.name": "keyword",
  "process.pid": "long",
  "http.request.method": "keyword",
  "http.response.status_code": "long",
  "url.domain": "keyword",
  "url.path": "wildcard",
  "url.query": "keyword",
  "user_agent.original": "keyword",
  message: "match_only_text",
};

/** Fields that each event must have. */
export const ECS_REQUIRED = ["@timestamp", "ecs.version"];

/** Values that ECS allows. */
export const ECS_VALUES: Readonly<Record<string, readonly string[]>> = {
  "event.kind": [
    "alert",
    "asset",
    "enrichment",
    "event",
    "metric",
    "state",
    "pipeline_error",
    "signal",
  ],
  "event.outcome": ["failure", "success", "unknown"],
  "event.category": ["authentication", "session", "web", "process", "iam", "host", "network"],
  "event.type": ["access", "start", "end", "info", "error", "denied", "allowed"],
};

/** Types of OCSF attributes, objects spelled out with dots. */
export const OCSF_ATTRIBUTES: Readonly<Record<string, string>> = {
  time: "timestamp_t",
  time_dt: "datetime_t",
  class_uid: "integer_t",
  category_uid: "integer_t",
  activity_id: "integer_t",
  type_uid: "long_t",
  status_id: "integer_t",
  status_code: "string_t",
  severity_id: "integer_t",
  duration: "long_t",
  message: "string_t",
  logon_type_id: "integer_t",
  "metadata.version": "string_t",
  "metadata.profiles": "string_t[]",
  "metadata.event_code": "string_t",
  "metadata.product.name": "string_t",
  "metadata.product.vendor_name": "string_t",
  "user.name": "username_t",
  "user.domain": "string_t",
  "actor.user.name": "username_t",
  "src_endpoint.ip": "ip_t",
  "src_endpoint.hostname": "hostname_t",
  "dst_endpoint.ip": "ip_t",
  "dst_endpoint.port": "port_t",
  "dst_endpoint.hostname": "hostname_t",
  "device.hostname": "hostname_t",
  "http_request.http_method": "string_t",
  "http_request.url.path": "string_t",
  "http_request.url.query_string": "string_t",
  "http_request.url.hostname": "hostname_t",
  "http_request.user_agent": "string_t",
  "http_request.referrer": "string_t",
  "http_request.version": "string_t",
  "http_request.length": "integer_t",
  "http_response.code": "integer_t",
  "http_response.length": "integer_t",
};

const OCSF_BASE = [
  "activity_id",
  "category_uid",
  "class_uid",
  "metadata",
  "severity_id",
  "time",
  "type_uid",
];

export interface OcsfClass {
  readonly class_uid: number;
  readonly category_uid: number;
  readonly activities: readonly number[];
  readonly required: readonly string[];
  readonly atLeastOne: readonly string[];
}

/** By the view that is of the class. */
export const OCSF_CLASSES: Readonly<Record<string, OcsfClass>> = {
  OCSF_Authentication: {
    class_uid: 3002,
    category_uid: 3,
    activities: [0, 1, 2, 3, 4, 5, 99],
    required: [...OCSF_BASE, "user"],
    atLeastOne: ["service", "dst_endpoint"],
  },
  OCSF_HttpActivity: {
    class_uid: 4002,
    category_uid: 4,
    activities: [0, 1, 2, 3, 4, 5, 6, 7, 8, 99],
    required: [...OCSF_BASE, "dst_endpoint"],
    atLeastOne: ["http_request", "http_response"],
  },
};

/** Demanded within objects, where the object is there. */
export const OCSF_IN_OBJECTS = ["metadata.version", "metadata.product.name", "http_response.code"];

/** Fields of a log record. */
export const OTEL_FIELDS: Readonly<Record<string, string>> = {
  Timestamp: "datetime",
  ObservedTimestamp: "datetime",
  TraceId: "string",
  SpanId: "string",
  TraceFlags: "int",
  SeverityText: "string",
  SeverityNumber: "int",
  Body: "string",
  Resource: "dynamic",
  InstrumentationScope: "string",
  Attributes: "dynamic",
  EventName: "string",
};

/** Names of the appendix, beside those of the semantic conventions. */
export const OTEL_SYSLOG = ["syslog.facility", "syslog.version", "syslog.procid", "syslog.msgid"];

/** Severity numbers of syslog's levels. */
export const OTEL_SEVERITIES: Readonly<Record<string, number>> = {
  emerg: 21,
  alert: 19,
  crit: 18,
  err: 17,
  warning: 13,
  notice: 10,
  info: 9,
  debug: 5,
};
