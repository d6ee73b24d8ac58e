/**
 * A real agent in a process of its own, for tests that stop and kill it.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type Child, runToEnd, startChild } from "../../compile/demo/child.ts";

/** How an agent is called and where it works. */
export interface AgentPlace {
  /** The program and its first words. */
  readonly program: readonly string[];
  /** Its folder, for config, data and errors. */
  readonly folder: string;
}

const ERRORS = "agent.err";

const Status = v.object({
  event: v.literal("status"),
  healthy: v.boolean(),
  troubles: v.array(v.string()),
  link: v.object({ hub: v.nullable(v.string()) }),
  key: v.object({ number: v.number() }),
  spool: v.object({ bytes: v.number(), unackedFrames: v.number() }),
  sources: v.array(v.object({
    source: v.string(),
    state: v.string(),
    why: v.string(),
    read: v.number(),
    sealed: v.number(),
    acked: v.number(),
    inFlight: v.number(),
    shed: v.number(),
    filtered: v.number(),
    gaps: v.number(),
    conserved: v.boolean(),
    process: v.optional(v.object({ starts: v.number(), lastFailure: v.nullable(v.string()) })),
  })),
});
/** What an agent tells of itself each second. */
export type AgentStatus = v.InferOutput<typeof Status>;

/** Writes the config; `sections` are added as they are. */
export function writeConfig(
  place: AgentPlace,
  { agent, ...sections }: { readonly agent?: object; readonly [section: string]: unknown },
): void {
  const own = { data_dir: dataOf(place), host: "test-host", ...agent };
  const config = { version: 1, agent: own, ...sections };
  // JSON is YAML.
  writeFileSync(configOf(place), JSON.stringify(config));
}

/** The agent's data folder. */
export function dataOf({ folder }: AgentPlace): string {
  return join(folder, "data");
}

/** Runs one command to its end and gives what it told. */
export function runAgentCommand(
  place: AgentPlace,
  words: readonly string[],
): Promise<readonly unknown[]> {
  return runToEnd(optionsOf(place, words));
}

/** A running agent; disposing of it stops it cleanly. */
export interface TestAgent extends Child {
  /** What it tells next. */
  next(): Promise<IteratorResult<unknown>>;
}

/** Starts `custos run`. */
export function startAgent(place: AgentPlace, words: readonly string[] = []): TestAgent {
  const child = startChild(optionsOf(place, ["run", ...words]));
  const lines = child.lines[Symbol.asyncIterator]();
  return { ...child, next: () => lines.next() };
}

/** Starts `custos run` and kills it after `ms`. */
export async function killAgentAfter(place: AgentPlace, ms: number): Promise<void> {
  const child = startAgent(place);
  await new Promise<void>((resolve) => void setTimeout(resolve, ms));
  process.kill(child.pid, "SIGKILL");
  await child.ended;
}

/** What the agent and its commands wrote to standard error. */
export function agentLog({ folder }: AgentPlace): Buffer {
  return readFileSync(join(folder, ERRORS));
}

/** Waits for a status that `isIt`; each status on the way must conserve events. */
export async function statusWhen(
  agent: TestAgent,
  isIt: (status: AgentStatus) => boolean | Promise<boolean>,
): Promise<AgentStatus> {
  for (let line = await agent.next(); line.done !== true; line = await agent.next()) {
    const status = v.parse(Status, line.value);
    const wrong = status.sources.find(({ conserved }) => !conserved);
    if (wrong !== undefined) {
      throw new Error(`Events are not conserved: ${JSON.stringify(wrong)}`);
    }
    if (await isIt(status)) return status;
  }
  throw new Error(`The agent ended by itself\n${agent.errors()}`);
}

/** Whether the hub has all that was read and neither shed nor left to another source. */
export function isAllAcked({ spool, sources }: AgentStatus): boolean {
  return spool.unackedFrames === 0 &&
    sources.every(({ read, acked, shed, filtered }) => read === acked + shed + filtered);
}

function optionsOf(place: AgentPlace, words: readonly string[]) {
  const { program, folder } = place;
  const command = [...program, ...words, "-c", configOf(place), "--output", "json"];
  return { name: "agent", command, cwd: folder, env: {}, errorLog: join(folder, ERRORS) };
}

function configOf({ folder }: AgentPlace): string {
  return join(folder, "custos.yaml");
}
