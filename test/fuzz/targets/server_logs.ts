/**
 * Fuzz targets: texts of events that servers write.
 *
 * @module
 */
import { auditRow } from "../../../plugins/sql_server/audit.ts";
import type { Target } from "../target.ts";

const AUDIT = "audit_schema_version:1\nevent_time:2026-06-01 08:00:00.1234567\naction_id:LGIF\n" +
  "succeeded:false\nsession_id:61\nserver_principal_name:ada\nstatement:SELECT\n1\n" +
  "additional_information:\nuser_defined_information:\n";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const SERVER_LOG_TARGETS: readonly Target[] = [
  {
    name: "sql-audit",
    corpus: [encoder.encode(AUDIT)],
    take: (bytes) => typeof auditRow(decoder.decode(bytes)) === "string" ? "refused" : "accepted",
  },
];
