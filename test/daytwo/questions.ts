/**
 * What the hub of day two says when it is asked in KQL: rows of each agent, which never go down and
 * come to be as many as the ledger has.
 *
 * @module
 */
import { queryKql } from "../../sdk/api/kql.ts";
import { SOURCE } from "./agent.ts";
import { caughtUp } from "../flow/test_hub.ts";
import { pause, type World } from "./world.ts";

const QUERY = `Syslog | where _Source == "${SOURCE}"
| summarize Rows = count(), Lines = count_distinct(ProcessID) by _Agent`;
/** The last search is of a name that nobody has: it reads all. */
const OTHERS = [
  `Syslog | summarize Rows = count() by bin(TimeGenerated, 1m), SeverityLevel`,
  `Syslog | where TimeGenerated > ago(5m) | top 50 by TimeGenerated desc`,
  `Syslog | where SyslogMessage has "nobody" | count`,
];
const ASK_EVERY_MS = 5_000;
const MOST_TRIES = 30;
const TRY_EVERY_MS = 500;

interface Counted {
  readonly rows: number;
  /** Different ones: fewer than rows say that rows are there twice. */
  readonly lines: number;
}

/** Asks until it is stopped. */
export class Questions {
  asked = 0;
  #before: ReadonlyMap<string, Counted> = new Map();
  #failed: Error | undefined;
  readonly #world: World;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(world: World) {
    this.#world = world;
    this.#ended = this.#run();
  }

  /** @throws {Error} What an answer had that cannot be. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    if (this.#failed !== undefined) throw this.#failed;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        await this.#ask();
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ASK_EVERY_MS);
          signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
        });
      }
    } catch (error) {
      this.#failed = new Error(`A query failed after ${this.asked}`, { cause: error });
    }
  }

  async #ask(): Promise<void> {
    const now = await countedIn(this.#world);
    for (const [agent, { rows }] of this.#before) {
      const left = now.get(agent)?.rows ?? 0;
      if (left < rows) throw new Error(`Rows of agent ${agent} went from ${rows} to ${left}`);
    }
    this.#before = now;
    const client = await this.#world.hub.client();
    const query = OTHERS[this.asked % OTHERS.length] ?? QUERY;
    await client.call(queryKql, { query: {}, body: { query } });
    this.asked += 2;
  }
}

/**
 * Gives the rows that KQL sees, all agents together. What has just come is stored within a second.
 *
 * @throws {Error} Unless they come to be those of the ledger.
 */
export async function compareWithLedger(world: World): Promise<number> {
  await caughtUp(await world.hub.client());
  for (let tries = 1;; tries++) {
    const [ledger, counted] = [await world.stored(), await countedIn(world)];
    const wrong = [...ledger].flatMap(([agent, events]) => {
      const { rows = 0, lines = 0 } = counted.get(agent) ?? {};
      if (rows === events && lines === events) return [];
      return [`${agent} the ledger has ${events} events, KQL ${rows} rows, ${lines} different`];
    });
    if (wrong.length === 0) return counted.values().reduce((sum, { rows }) => sum + rows, 0);
    if (tries === MOST_TRIES) throw new Error(`Of agent ${wrong[0]}`);
    await pause(TRY_EVERY_MS);
  }
}

async function countedIn(world: World): Promise<ReadonlyMap<string, Counted>> {
  const client = await world.hub.client();
  const { tables } = await client.call(queryKql, { query: {}, body: { query: QUERY } });
  const counted = new Map<string, Counted>();
  for (const row of tables[0]?.rows ?? []) {
    const [agent, rows, lines] = row;
    counted.set(String(agent), { rows: Number(rows), lines: Number(lines) });
  }
  return counted;
}
