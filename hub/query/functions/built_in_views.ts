/**
 * The hub's own views of its tables: OCSF 1.4 classes, ECS 8, OpenTelemetry's log data model.
 *
 * @module
 */
import type { View, ViewPart } from "./view.ts";

const LOGON_EVENTS = "$EventID in (4624, 4625, 4634, 4647, 4648)";
/**
 * What sshd says of a logon, also where rsyslog has counted repetitions. The address is the last one:
 * whoever logs on may write another into the name.
 */
const SSH_LINE = '@"^(?:message repeated \\d+ times: \\[ )?(Accepted|Failed) \\S+ for ' +
  '(?:invalid user )?(.*) from (\\S+) port \\d+"';
const SSH = `$ProcessName == "sshd" and $SyslogMessage matches regex ${SSH_LINE}`;
const SSH_USER = `extract(${SSH_LINE}, 2, $SyslogMessage)`;
const SSH_ADDRESS = `extract(${SSH_LINE}, 3, $SyslogMessage)`;
const SSH_FAILED = `extract(${SSH_LINE}, 1, $SyslogMessage) == "Failed"`;

/** OCSF's `activity_id` of a request: the order of the class's own table. */
const HTTP_ACTIVITY = 'case($csMethod == "", 0, $csMethod =~ "CONNECT", 1, ' +
  '$csMethod =~ "DELETE", 2, $csMethod =~ "GET", 3, $csMethod =~ "HEAD", 4, ' +
  '$csMethod =~ "OPTIONS", 5, $csMethod =~ "POST", 6, $csMethod =~ "PUT", 7, ' +
  '$csMethod =~ "TRACE", 8, 99)';

/** OCSF's `timestamp_t`. */
const UNIX_MS = "($TimeGenerated - datetime(1970-01-01)) / 1ms";
/** What OCSF demands of each event besides its class's own attributes. */
const OCSF_COLUMNS = {
  TimeGenerated: "datetime",
  time: "long",
  time_dt: "datetime",
  class_uid: "int",
  category_uid: "int",
  activity_id: "int",
  type_uid: "long",
  status_id: "int",
  severity_id: "int",
  "metadata.version": "string",
  "metadata.profiles": "dynamic",
  "metadata.product.name": "string",
  "metadata.product.vendor_name": "string",
} as const;
const OCSF_TIME = {
  TimeGenerated: "$TimeGenerated",
  time: UNIX_MS,
  time_dt: "$TimeGenerated",
  severity_id: "1",
  "metadata.version": '"1.4.0"',
  "metadata.profiles": 'dynamic(["host", "datetime"])',
};

const WINDOWS_HOST = "$Computer";
const SYSLOG_HOST = 'iff($HostName != "", $HostName, $Computer)';

const authentication: View = {
  name: "OCSF_Authentication",
  doc: "Logons and logoffs as OCSF's class Authentication (3002), of SecurityEvent and Syslog",
  columns: {
    ...OCSF_COLUMNS,
    "user.name": "string",
    "user.domain": "string",
    "src_endpoint.ip": "string",
    "src_endpoint.hostname": "string",
    "dst_endpoint.hostname": "string",
    "device.hostname": "string",
    logon_type_id: "int",
    status_code: "string",
    message: "string",
    "metadata.event_code": "string",
  },
  parts: [
    {
      table: "SecurityEvent",
      where: LOGON_EVENTS,
      columns: {
        ...OCSF_TIME,
        class_uid: "3002",
        category_uid: "3",
        activity_id: "iff($EventID in (4634, 4647), 2, 1)",
        type_uid: "iff($EventID in (4634, 4647), 300202, 300201)",
        status_id: "iff($EventID == 4625, 2, 1)",
        "user.name": "$TargetUserName",
        "user.domain": "$TargetDomainName",
        "src_endpoint.ip": "$IpAddress",
        "src_endpoint.hostname": "$WorkstationName",
        "dst_endpoint.hostname": WINDOWS_HOST,
        "device.hostname": WINDOWS_HOST,
        logon_type_id: "$LogonType",
        status_code: "$Status",
        message: "$Activity",
        "metadata.event_code": "$EventID",
        "metadata.product.name": '"Windows"',
        "metadata.product.vendor_name": '"Microsoft"',
      },
    },
    {
      table: "Syslog",
      where: SSH,
      columns: {
        ...OCSF_TIME,
        class_uid: "3002",
        category_uid: "3",
        activity_id: "1",
        type_uid: "300201",
        status_id: `iff(${SSH_FAILED}, 2, 1)`,
        "user.name": SSH_USER,
        "src_endpoint.ip": SSH_ADDRESS,
        "dst_endpoint.hostname": SYSLOG_HOST,
        "device.hostname": SYSLOG_HOST,
        message: "$SyslogMessage",
        "metadata.product.name": '"sshd"',
        "metadata.product.vendor_name": '"OpenSSH"',
      },
    },
  ],
};

const httpActivity: View = {
  name: "OCSF_HttpActivity",
  doc: "Requests as OCSF's class HTTP Activity (4002), of W3CIISLog",
  columns: {
    ...OCSF_COLUMNS,
    duration: "long",
    "http_request.http_method": "string",
    "http_request.url.path": "string",
    "http_request.url.query_string": "string",
    "http_request.url.hostname": "string",
    "http_request.user_agent": "string",
    "http_request.referrer": "string",
    "http_request.version": "string",
    "http_request.length": "long",
    "http_response.code": "int",
    "http_response.length": "long",
    "actor.user.name": "string",
    "src_endpoint.ip": "string",
    "dst_endpoint.ip": "string",
    "dst_endpoint.port": "int",
    "device.hostname": "string",
  },
  parts: [{
    table: "W3CIISLog",
    columns: {
      ...OCSF_TIME,
      class_uid: "4002",
      category_uid: "4",
      activity_id: HTTP_ACTIVITY,
      type_uid: `400200 + ${HTTP_ACTIVITY}`,
      status_id: "case(isnull(toint($scStatus)), 0, toint($scStatus) < 400, 1, 2)",
      duration: "$TimeTaken",
      "http_request.http_method": "$csMethod",
      "http_request.url.path": "$csUriStem",
      "http_request.url.query_string": "$csUriQuery",
      "http_request.url.hostname": "$csHost",
      "http_request.user_agent": "$csUserAgent",
      "http_request.referrer": "$csReferer",
      "http_request.version": "$csVersion",
      "http_request.length": "$csBytes",
      "http_response.code": "$scStatus",
      "http_response.length": "$scBytes",
      "actor.user.name": "$csUserName",
      "src_endpoint.ip": "$cIP",
      "dst_endpoint.ip": "$sIP",
      "dst_endpoint.port": "$sPort",
      "device.hostname": "$Computer",
      "metadata.product.name": '"IIS"',
      "metadata.product.vendor_name": '"Microsoft"',
    },
  }],
};

const AUTHENTICATION = 'dynamic(["authentication"])';
const START = 'dynamic(["start"])';
/** What each event has; `ecs.version` is required. */
const ECS_FIXED = {
  "@timestamp": "$TimeGenerated",
  "ecs.version": '"8.11.0"',
  "event.kind": '"event"',
};

const ecs: View = {
  name: "ECS_Events",
  doc: "Events under the field names of the Elastic Common Schema, of Syslog, W3CIISLog and " +
    "SecurityEvent",
  columns: {
    TimeGenerated: "datetime",
    "@timestamp": "datetime",
    "ecs.version": "string",
    "event.kind": "string",
    "event.category": "dynamic",
    "event.type": "dynamic",
    "event.dataset": "string",
    "event.action": "string",
    "event.code": "string",
    "event.outcome": "string",
    "event.provider": "string",
    "log.level": "string",
    "host.name": "string",
    "user.name": "string",
    "user.domain": "string",
    "source.ip": "string",
    "destination.ip": "string",
    "destination.port": "long",
    "process.name": "string",
    "process.pid": "long",
    "http.request.method": "string",
    "http.response.status_code": "long",
    "url.domain": "string",
    "url.path": "string",
    "url.query": "string",
    "user_agent.original": "string",
    message: "string",
  },
  parts: [
    {
      table: "Syslog",
      columns: {
        TimeGenerated: "$TimeGenerated",
        ...ECS_FIXED,
        "event.category": `iff(${SSH}, ${AUTHENTICATION}, dynamic(null))`,
        "event.type": `iff(${SSH}, ${START}, dynamic(null))`,
        "event.dataset": '"syslog"',
        "event.action": "$MsgId",
        "event.provider": "$ProcessName",
        "log.level": "$SeverityLevel",
        "host.name": SYSLOG_HOST,
        "source.ip": `iff($ProcessName == "sshd", ${SSH_ADDRESS}, "")`,
        "user.name": `iff($ProcessName == "sshd", ${SSH_USER}, "")`,
        "process.name": "$ProcessName",
        "process.pid": "$ProcessID",
        message: "$SyslogMessage",
      },
    },
    {
      table: "W3CIISLog",
      columns: {
        TimeGenerated: "$TimeGenerated",
        ...ECS_FIXED,
        "event.category": 'dynamic(["web"])',
        "event.type": 'dynamic(["access"])',
        "event.dataset": '"iis.access"',
        "event.action": "$csMethod",
        "event.code": "$scStatus",
        "event.outcome":
          'case(isnull(toint($scStatus)), "unknown", toint($scStatus) < 400, "success", "failure")',
        "event.provider": "$sSiteName",
        "host.name": "$Computer",
        "user.name": "$csUserName",
        "source.ip": "$cIP",
        "destination.ip": "$sIP",
        "destination.port": "$sPort",
        "http.request.method": "$csMethod",
        "http.response.status_code": "$scStatus",
        "url.domain": "$csHost",
        "url.path": "$csUriStem",
        "url.query": "$csUriQuery",
        "user_agent.original": "$csUserAgent",
      },
    },
    {
      table: "SecurityEvent",
      columns: {
        TimeGenerated: "$TimeGenerated",
        ...ECS_FIXED,
        "event.category": `iff(${LOGON_EVENTS}, ${AUTHENTICATION}, dynamic(null))`,
        "event.type":
          `case($EventID in (4634, 4647), dynamic(["end"]), ${LOGON_EVENTS}, ${START}, ` +
          "dynamic(null))",
        "event.dataset": '"windows.security"',
        "event.action": "$Activity",
        "event.code": "$EventID",
        "event.outcome":
          'case($EventID in (4625, 4771), "failure", $EventID == 4624, "success", "unknown")',
        "event.provider": "$EventSourceName",
        "host.name": WINDOWS_HOST,
        "user.name": "$TargetUserName",
        "user.domain": "$TargetDomainName",
        "source.ip": "$IpAddress",
        "process.name": "$ProcessName",
        message: "$Activity",
      },
    },
  ],
};

/** Syslog's levels as numbers, by the table in the data model's appendix. */
const SEVERITY = 'case($SeverityLevel == "emerg", 21, $SeverityLevel == "alert", 19, ' +
  '$SeverityLevel == "crit", 18, $SeverityLevel == "err", 17, $SeverityLevel == "warning", 13, ' +
  '$SeverityLevel == "notice", 10, $SeverityLevel == "info", 9, $SeverityLevel == "debug", 5, 0)';

const otelSyslog: ViewPart = {
  table: "Syslog",
  columns: {
    TimeGenerated: "$TimeGenerated",
    Timestamp: "$TimeGenerated",
    SeverityText: "$SeverityLevel",
    SeverityNumber: SEVERITY,
    Body: "$SyslogMessage",
    EventName: "$MsgId",
    Resource: `bag_pack("host.name", ${SYSLOG_HOST}, "service.name", $ProcessName)`,
    Attributes: 'bag_pack("syslog.facility", $Facility, "syslog.procid", $ProcessID, ' +
      '"syslog.msgid", $MsgId)',
  },
};

const otel: View = {
  name: "OTel_Logs",
  doc: "Log records in OpenTelemetry's data model, of OTelLogs and Syslog",
  columns: {
    TimeGenerated: "datetime",
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
  },
  parts: [
    {
      table: "OTelLogs",
      columns: {
        TimeGenerated: "$TimeGenerated",
        Timestamp: "$TimeGenerated",
        ObservedTimestamp: "$ObservedTime",
        TraceId: "$TraceId",
        SpanId: "$SpanId",
        TraceFlags: "$Flags",
        SeverityText: "$SeverityText",
        SeverityNumber: "$SeverityNumber",
        Body: 'iff($Body != "", $Body, tostring($BodyFields))',
        Resource: "$Resource",
        InstrumentationScope: "$ScopeName",
        Attributes: "$Attributes",
        EventName: "$EventName",
      },
    },
    otelSyslog,
  ],
};

/** All of them. */
export const BUILT_IN_VIEWS: readonly View[] = [authentication, httpActivity, ecs, otel];
