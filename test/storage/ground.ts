/**
 * A folder, an engine and a compiler that histories of a storage are run on.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCompiler } from "../../hub/query/run/compiler.ts";
import { openEngine } from "../../hub/store/engine.ts";
import { after } from "../../hub/store/test_room.ts";
import { type Happened, type History, simulate } from "./simulate.ts";

export interface Histories extends AsyncDisposable {
  readonly happened: Happened;
  /** Each in an empty folder. */
  run(history: History): Promise<void>;
}

/** Deadlines are not what is looked at: a machine with other work takes its time. */
const patient = (ms: number, run: () => void): () => void => after(ms * 40, run);

export function openHistories(): Histories {
  const engine = openEngine({ after: patient, processes: 2 });
  const compiler = openCompiler({ after: patient });
  const happened = { answers: 0, kills: 0, compactions: 0, killedCompactions: 0 };
  return {
    happened,
    async run(history) {
      const folder = mkdtempSync(join(tmpdir(), "custos-storage-"));
      try {
        await simulate(history, { folder, engine, compiler }, happened);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    async [Symbol.asyncDispose]() {
      await compiler[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}
