/**
 * What the agent knows of the process of one source: for `custos status`.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Confined } from "./confine/spec.ts";
import type { PluginErrorCode } from "./plugin_error.ts";
import { residentBytes } from "./resident.ts";

/** A source's process as `custos status` shows it. */
export interface ProcessStatus {
  /** Undefined while none runs. */
  readonly pid: number | null;
  /** How many have been started. */
  readonly starts: number;
  /** Why the last one that failed did. */
  readonly lastFailure: PluginErrorCode | null;
  /** What confines it; undefined until one has started. */
  readonly confined?: Confined;
  readonly memoryBytes: number;
  readonly cpuMs: number;
}

/** Takes note of processes as they start and end. */
export class ProcessNote {
  #pid: number | undefined;
  #starts = 0;
  #lastFailure: PluginErrorCode | null = null;
  #confined: Confined | undefined;

  failed(code: PluginErrorCode): void {
    this.#lastFailure = code;
  }

  confined(by: Confined): void {
    this.#confined = by;
  }

  running(pid: number | undefined): void {
    this.#pid = pid;
    if (pid !== undefined) this.#starts++;
  }

  status(): ProcessStatus {
    const pid = this.#pid;
    return {
      pid: pid ?? null,
      starts: this.#starts,
      lastFailure: this.#lastFailure,
      ...(this.#confined !== undefined && { confined: this.#confined }),
      memoryBytes: pid === undefined ? 0 : residentBytes(pid),
      cpuMs: pid === undefined ? 0 : cpuMs(pid),
    };
  }
}

const MS_PER_TICK = 10;

/** CPU that `pid` has used; 0 where the system does not tell. proc(5): utime, stime. */
function cpuMs(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return 0;
  }
}
