/**
 * Stage 5 of 7, store: the loop that moves cold files, waits longer while the target fails, and says
 * how it does.
 *
 * @module
 */
import type { Log } from "../../../sdk/log.ts";
import { every, sleep } from "../../env.ts";
import { filesToMove, moveFiles, type MoveOptions, sweepTarget, type Swept } from "./move_files.ts";

/** How files and target do. */
export interface MoveState {
  /** Where files go. */
  readonly place: string;
  readonly thereFiles: number;
  readonly thereBytes: number;
  /** Files that have yet to move. */
  readonly waitingFiles: number;
  readonly waitingBytes: number;
  /** Of files that nobody needs and the target may still have. */
  readonly strays: number;
  /** Why the last attempt failed; null once one has succeeded. */
  readonly trouble: string | null;
  /** Names that the last look at the target has missed, and those it did not know. */
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

export interface Mover {
  readonly state: MoveState;
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface MoverEnv {
  /** Runs `run` after `ms`; gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly log: Pick<Log, "warning" | "info">;
}

const EVERY_MS = 10_000;
const MAX_PAUSE_MS = 600_000;
const SWEEP_MS = 86_400_000;

export function openMover(options: MoveOptions, env: MoverEnv): Mover {
  let trouble: string | null = null;
  let swept: Swept = { missing: [], unknown: [] };
  let sweepAt = 0;
  const once = async (signal: AbortSignal): Promise<void> => {
    await moveFiles(options, signal);
    if (options.now() < sweepAt) return;
    swept = await sweepTarget(options, signal);
    sweepAt = options.now() + SWEEP_MS;
  };
  return {
    get state() {
      const { manifest, target, isBack } = options;
      const there = [...manifest.snapshot.files.values()].flat()
        .filter(({ place }) => place !== undefined);
      const waiting = filesToMove(options);
      return {
        place: target.place,
        thereFiles: there.length,
        thereBytes: bytesOf(there),
        waitingFiles: waiting.length,
        waitingBytes: bytesOf(waiting),
        strays: manifest.strays(isBack).length,
        trouble,
        ...swept,
      };
    },
    async run(signal) {
      let pauseMs = 0;
      await every(env, { ms: EVERY_MS, signal }, async () => {
        try {
          await once(signal);
          if (trouble !== null) env.log.info("The cold target works again");
          [trouble, pauseMs] = [null, 0];
        } catch (error) {
          if (signal.aborted) return;
          const why = error instanceof Error ? error.message : String(error);
          if (why !== trouble) env.log.warning("Cannot move cold files, they stay here", { why });
          trouble = why;
          pauseMs = Math.min(MAX_PAUSE_MS, Math.max(EVERY_MS, pauseMs * 2));
          await sleep(env, pauseMs, signal);
        }
      });
    },
  };
}

function bytesOf(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
