/**
 * Fuzz targets: what the plugins for servers' logs read.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { auditRow } from "../../../plugins/sql_server/audit.ts";
import { readErrorLog, startsRecord } from "../../../plugins/sql_server/error_log.ts";
import type { Target } from "../target.ts";

const PLUGINS = join(import.meta.dirname, "../../../plugins");
const inputs = (plugin: string, ...cases: readonly string[]): readonly Uint8Array[] =>
  cases.map((name) => readFileSync(join(PLUGINS, plugin, "cases", name, "input")));

const AUDIT = "audit_schema_version:1\nevent_time:2026-06-01 08:00:00.1234567\naction_id:LGIF\n" +
  "succeeded:false\nsession_id:61\nserver_principal_name:ada\nstatement:SELECT\n1\n" +
  "additional_information:\nuser_defined_information:\n";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const SERVER_LOG_TARGETS: readonly Target[] = [
  {
    name: "sql-error-log",
    corpus: inputs("sql_server", "error_log", "malformed"),
    take: (bytes) => {
      let last = "empty";
      readErrorLog(decoder.decode(bytes), {
        emit: (row) => void (last = row.Succeeded === undefined ? "message" : "login"),
        reject: () => void (last = "rejected"),
        timezone: "UTC",
        instance: undefined,
      });
      for (let at = bytes.indexOf(10) + 1; at > 0; at = bytes.indexOf(10, at) + 1) {
        startsRecord(bytes, at);
      }
      return last;
    },
  },
  {
    name: "sql-audit",
    corpus: [encoder.encode(AUDIT)],
    take: (bytes) => typeof auditRow(decoder.decode(bytes)) === "string" ? "refused" : "accepted",
  },
];
