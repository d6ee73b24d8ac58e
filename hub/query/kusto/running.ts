/**
 * Queries that run, so that whoever sent one can see and cancel it; and the last ones that ended.
 *
 * @module
 */

/** What became of a query. */
export type RunState = "InProgress" | "Completed" | "Failed" | "Cancelled";

/** One query. Times are ms since the Unix epoch. */
export interface Run {
  /** As the client calls it. */
  readonly clientRequestId: string;
  readonly activityId: string;
  /** Id of the caller: nobody else sees the query. */
  readonly caller: string;
  readonly user: string;
  readonly application: string;
  readonly text: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly state: RunState;
  readonly rows: number;
  readonly bytes: number;
  readonly failure: string;
}

/** A query while it runs. */
export interface RunningQuery {
  /** Aborts when somebody cancels it. */
  readonly signal: AbortSignal;
  /** Whether it had not ended before. */
  end(end: Pick<Run, "state" | "rows" | "bytes" | "failure">): boolean;
}

/** The queries of a hub. */
export interface Running {
  start(
    query: Pick<
      Run,
      "clientRequestId" | "activityId" | "caller" | "user" | "application" | "text"
    >,
  ): RunningQuery;
  /** Those of `caller`, newest first. */
  list(caller: string): readonly Run[];
  /** How many of `caller`'s queries with that id were running and are told to stop. */
  cancel(caller: string, clientRequestId: string): number;
}

/** Queries that ended and are still listed. */
const MOST_ENDED = 200;

/** Makes an empty list. */
export function createRunning(now: () => number): Running {
  const running = new Map<string, { readonly run: Run; readonly stop: AbortController }>();
  const ended: Run[] = [];
  return {
    start(query) {
      const stop = new AbortController();
      const run: Run = {
        ...query,
        startedAt: now(),
        endedAt: undefined,
        state: "InProgress",
        rows: 0,
        bytes: 0,
        failure: "",
      };
      running.set(query.activityId, { run, stop });
      return {
        signal: stop.signal,
        end(end) {
          if (!running.delete(query.activityId)) return false;
          ended.unshift({ ...run, ...end, endedAt: now() });
          ended.length = Math.min(ended.length, MOST_ENDED);
          return true;
        },
      };
    },
    list(caller) {
      const live = [...running.values()].map(({ run }) => run).toReversed();
      return [...live, ...ended].filter((run) => run.caller === caller);
    },
    cancel(caller, clientRequestId) {
      const found = [...running.values()].filter(({ run }) =>
        run.caller === caller && run.clientRequestId === clientRequestId
      );
      for (const { stop } of found) stop.abort();
      return found.length;
    },
  };
}
