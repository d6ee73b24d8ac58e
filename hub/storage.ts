/**
 * Stage 5 of 7, store: hot files, compaction, and the queries that read both.
 *
 * @module
 */
import { join } from "node:path";
import { ADDRESS_CATEGORIES } from "../sdk/scrub/address.ts";
import type { Schema } from "../sdk/table.ts";
import { findStored } from "./bundle/stored.ts";
import type { Control } from "./control.ts";
import { every, type HubEnv } from "./env.ts";
import type { RecordNote } from "./notes.ts";
import { oneAtATime } from "./one_at_a_time.ts";
import type { StoredSource } from "./prove/stored.ts";
import { openFunctionStore } from "./query/functions/function_store.ts";
import { openQuery, type Query } from "./query/query.ts";
import { openCompiler } from "./query/run/compiler.ts";
import { type KqlQueries, openKqlQueries } from "./query/run/kql_queries.ts";
import { withPlanCache } from "./query/run/plan_cache.ts";
import { openStoreFiles, type StoreFiles } from "./retention/store_files.ts";
import { runUntilClosed } from "./run_until_closed.ts";
import { compactOnce } from "./store/compact.ts";
import { openIndexes } from "./store/cold/open_indexes.ts";
import { openEngine } from "./store/engine.ts";
import { type Manifest, openManifest } from "./store/manifest.ts";
import { openStore, type Store } from "./store/store.ts";
import {
  type ColdFiles,
  COPY_LIMITS,
  type CopyCounts,
  type CopyLimits,
  openColdFiles,
} from "./store/target/cold_files.ts";
import type { ColdTarget } from "./store/target/cold_target.ts";
import { type MoveState, openMover } from "./store/target/keep_moving.ts";

const COMPACT_EVERY_MS = 10_000;
/** A start has other things to do first. */
const WARM_MS = 10_000;

/** What storage is built on. */
export interface StorageOptions {
  readonly env: HubEnv;
  /** The hub's data folder. */
  readonly folder: string;
  readonly control: Control;
  readonly onFatal: (error: unknown) => void;
  readonly recordNote: RecordNote;
  readonly cold: ColdStorage | undefined;
}

/** A target for cold files, and what may be kept of them here. */
export interface ColdStorage {
  readonly target: ColdTarget;
  readonly limits: CopyLimits;
  /** True: files come from there, and none goes there. */
  readonly isBack: boolean;
}

/** The store, and what asks it. */
export interface Storage {
  readonly store: Store;
  readonly query: Query;
  /** Its files, as retention sees them. */
  readonly storeFiles: StoreFiles;
  /** Queries in KQL, with what agents say of their tables. */
  readonly openKql: (schemas: () => Iterable<Schema>) => KqlQueries;
  /** The cold file that has a row. */
  readonly findStored: StoredSource["findStored"];
  /** Undefined where all files are in the store's folder. */
  readonly coldState: () => ColdState | undefined;
}

export type ColdState = MoveState & CopyCounts;

export async function openStorage(
  options: StorageOptions,
  opened: AsyncDisposableStack,
): Promise<Storage> {
  const { env, control } = options;
  const { files } = env;
  const folder = join(options.folder, "store");
  const manifest = openManifest(control);
  const engine = opened.use(openEngine({ after: env.after }));
  const store = opened.use(
    await openStore({
      manifest,
      folder,
      files,
      categories: ADDRESS_CATEGORIES,
      after: env.after,
      pause: env.pause,
    }),
  );
  const { cold, coldState } = openCold(options, opened, { manifest, folder });
  const compacting = { manifest, engine, files, folder, record: options.recordNote, cold };
  const alone = oneAtATime();
  const log = env.log("hub/store");
  runUntilClosed(
    options,
    opened,
    (signal) =>
      every(env, { ms: COMPACT_EVERY_MS, signal }, async () => {
        try {
          while (!signal.aborted && await alone(() => compactOnce(compacting, signal)));
        } catch (error) {
          // The old files stay and are read as before: it is tried again.
          if (!signal.aborted) log.warning("Cannot compact", { why: String(error) });
        }
      }),
  );
  const functions = openFunctionStore(control);
  const reading = { manifest, engine, folder, cold, indexes: openIndexes(files, folder) };
  const compiler = opened.use(withPlanCache(openCompiler({ after: env.after }), env));
  opened.defer(env.after(WARM_MS, () => compiler.warm()));
  return {
    store,
    storeFiles: openStoreFiles({ manifest, control, files, folder, cold, alone }),
    query: openQuery(reading),
    openKql: (schemas) =>
      openKqlQueries({ ...reading, compiler, schemas, functions, now: env.now }),
    async findStored(place) {
      using snapshot = manifest.pin();
      return await findStored({ snapshot, files, cold }, place, new AbortController().signal);
    },
    coldState,
  };
}

/** Where cold files are, and what moves them, for as long as the hub runs. */
function openCold(
  options: StorageOptions,
  opened: AsyncDisposableStack,
  { manifest, folder }: { readonly manifest: Manifest; readonly folder: string },
): { readonly cold: ColdFiles; readonly coldState: Storage["coldState"] } {
  const { env: { files, after, now, log }, cold: storage } = options;
  const { target, limits = COPY_LIMITS, isBack = false } = storage ?? {};
  const cold = openColdFiles({ manifest, files, folder, target, limits, after });
  if (target === undefined) return { cold, coldState: () => undefined };
  const moving = { manifest, files, folder, target, cold, isBack, now };
  const mover = openMover(moving, { after, log: log("hub/store") });
  runUntilClosed(options, opened, (signal) => mover.run(signal));
  return { cold, coldState: () => ({ ...mover.state, ...cold.counts }) };
}
