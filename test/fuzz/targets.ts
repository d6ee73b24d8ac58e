/**
 * All places where bytes from outside come in.
 *
 * @module
 */
import type { Target } from "./target.ts";
import { API_TARGET } from "./targets/api.ts";
import { diskTargets } from "./targets/disk.ts";
import { EVIDENCE_TARGETS } from "./targets/evidence.ts";
import { restoreTargets } from "./targets/restore.ts";
import { KEY_TARGETS } from "./targets/keys.ts";
import { PACKED_TARGETS } from "./targets/packed.ts";
import { SERVER_LOG_TARGETS } from "./targets/server_logs.ts";
import { SESSION_TARGET } from "./targets/session.ts";
import { SIGMA_TARGETS } from "./targets/sigma.ts";
import { SOURCE_TARGETS } from "./targets/sources.ts";
import { STATEMENT_TARGET } from "./targets/statements.ts";
import { TEXT_TARGETS } from "./targets/text.ts";
import { WINDOWS_EVENT_TARGET } from "./targets/windows_events.ts";
import { WIRE_TARGETS } from "./targets/wire.ts";

export async function allTargets(): Promise<readonly Target[]> {
  const disks = [...await diskTargets(), ...await restoreTargets()];
  return [
    ...WIRE_TARGETS,
    ...EVIDENCE_TARGETS,
    STATEMENT_TARGET,
    SESSION_TARGET,
    ...disks,
    ...KEY_TARGETS,
    ...TEXT_TARGETS,
    ...SERVER_LOG_TARGETS,
    ...SIGMA_TARGETS,
    ...PACKED_TARGETS,
    ...SOURCE_TARGETS,
    WINDOWS_EVENT_TARGET,
    API_TARGET,
  ];
}
