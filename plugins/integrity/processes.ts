/**
 * Processes that were started since the last look.
 *
 * @module
 */
import type { RowOf } from "../../sdk/mod.ts";
import {
  bootTime,
  commandLineOf,
  type Process,
  processIds,
  processOf,
  programOf,
  startTime,
  usersOf,
} from "./proc.ts";
import type { processEvents } from "./table.ts";
import type { HostIo } from "./rooted.ts";

type ProcessRow = RowOf<typeof processEvents.columns>;

export interface ProcessLook {
  readonly io: HostIo;
  readonly userName: (uid: number) => string | undefined;
  readonly emit: (row: ProcessRow) => void;
}

/** Knows which processes ran when it looked last. */
export class ProcessWatch {
  #known: Set<number> | undefined;
  /** The latest start that was seen, in ticks since boot; undefined if none ever was. */
  latest: number | undefined;

  /** `latest` is what an earlier run of the agent has seen in this boot. */
  constructor(latest: number | undefined) {
    this.latest = latest;
  }

  /** Tells of processes that are new. The first look ever only takes note. */
  look({ io, userName, emit }: ProcessLook): void {
    const boot = bootTime(io);
    const before = this.#known;
    const seen = this.latest;
    const known = new Set(processIds(io));
    for (const pid of known) {
      if (before?.has(pid) === true) continue;
      const process = processOf(io, pid);
      if (process === undefined) {
        known.delete(pid);
        continue;
      }
      this.latest = Math.max(this.latest ?? 0, process.started);
      // After a restart of the agent only starts tell what was there before.
      const isNew = before !== undefined || (seen !== undefined && process.started > seen);
      if (isNew && boot !== undefined) {
        emit(rowOf(process, startTime(process, boot), { io, userName }));
      }
    }
    this.#known = known;
  }
}

function rowOf(
  process: Process,
  time: number,
  { io, userName }: Pick<ProcessLook, "io" | "userName">,
): ProcessRow {
  const { pid, parent, comm } = process;
  const program = programOf(io, pid);
  const users = usersOf(io, pid);
  const command = commandLineOf(io, pid);
  return {
    TimeGenerated: time,
    EventType: "ProcessCreated",
    TargetProcessId: pid,
    TargetProcessName: program?.path,
    TargetProcessComm: comm,
    TargetProcessCommandLine: command === "" ? undefined : command,
    TargetProcessCurrentDirectory: io.stat(`/proc/${pid}/cwd`)?.target,
    TargetProcessFileDeleted: program?.isDeleted,
    TargetUsername: users && userName(users.effective),
    TargetUserId: users?.effective,
    ActorUserId: users?.real,
    ActingProcessId: parent,
    ActingProcessName: programOf(io, parent)?.path,
  };
}
