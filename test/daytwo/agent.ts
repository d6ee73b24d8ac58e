/**
 * One of the agents of day two: a process, a log that grows, and what the agent tells of itself.
 *
 * @module
 */
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type Child, runToEnd, startChild } from "../../compile/demo/child.ts";
import { type AgentPlace, dataOf, writeConfig } from "../flow/test_agent.ts";

const Enrolled = v.looseObject({ agent: v.string() });
const Status = v.object({
  event: v.literal("status"),
  troubles: v.array(v.string()),
  spool: v.object({ unackedFrames: v.number() }),
  sources: v.array(
    v.object({ source: v.string(), read: v.number(), conserved: v.boolean() }),
  ),
});
type Status = v.InferOutput<typeof Status>;

/** The one source that is counted. */
export const SOURCE = "sys";

export class DayAgent {
  readonly number: number;
  /** Lines that were written to its log; each has its number. */
  written = 0;
  /** Ids under which it has enrolled; the last one is in use. */
  readonly ids: string[] = [];
  /** Numbers of lines that went with its disk: nobody can have them. */
  readonly gone = new Set<number>();
  /** What it has told last. */
  status: Status | undefined;
  /** Statuses that did not conserve events. */
  broken = 0;
  readonly #folder: string;
  #program: string;
  #holder: string | undefined;
  #child: Child | undefined;

  constructor(number: number, folder: string, program: string) {
    this.number = number;
    this.#folder = join(folder, `agent-${number}`);
    this.#program = program;
    mkdirSync(this.#folder, { recursive: true });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get place(): AgentPlace {
    return { program: [this.#program], folder: this.#folder };
  }

  /** What it runs at its next start. */
  configure({ program = this.#program, holder = this.#holder }: {
    readonly program?: string;
    /** Of the token keys; absent before there is one. */
    readonly holder?: string | undefined;
  }): void {
    this.#program = program;
    this.#holder = holder;
    writeConfig(this.place, {
      agent: { data_dir: dataOf(this.place), host: `host-${this.number}` },
      ...(holder !== undefined && { scrub: { holder } }),
      sources: {
        [SOURCE]: {
          plugin: "syslog",
          config: { files: [join(this.#folder, "*.log")], timezone: "UTC" },
        },
      },
    });
  }

  async enroll(link: string, token: string): Promise<void> {
    const { program, folder } = this.place;
    const words = ["enroll", "--hub", link, "--token", token, "-c", "custos.yaml"];
    const told = await runToEnd({
      ...{ name: "enroll", cwd: folder, env: {}, errorLog: join(folder, "agent.err") },
      command: [...program, ...words, "--output", "json"],
    });
    this.ids.push(v.parse(Enrolled, told[0]).agent);
  }

  start(): void {
    const { program, folder } = this.place;
    const child = startChild({
      ...{ name: "agent", cwd: folder, env: {}, errorLog: join(folder, "agent.err") },
      command: [...program, "run", "-c", "custos.yaml", "--output", "json"],
    });
    this.#child = child;
    this.status = undefined;
    void this.#follow(child);
  }

  async stop(): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
    this.#child = undefined;
  }

  /** As a power cut; its disk does not come back, nor the logs on it. */
  async loseDisk(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined) {
      process.kill(child.pid, "SIGKILL");
      await child.ended.catch(() => 1);
    }
    rmSync(dataOf(this.place), { recursive: true });
    rmSync(join(this.#folder, "messages.log"));
  }

  write(lines: number): void {
    let text = "";
    for (let i = 0; i < lines; i++) {
      const at = new Date().toISOString();
      text += `<34>1 ${at} h app ${this.written++} - - session of user-${i} opened\n`;
    }
    appendFileSync(join(this.#folder, "messages.log"), text);
  }

  async #follow(child: Child): Promise<void> {
    for await (const line of child.lines) {
      const parsed = v.safeParse(Status, line);
      if (!parsed.success || this.#child !== child) continue;
      this.status = parsed.output;
      if (parsed.output.sources.some(({ conserved }) => !conserved)) this.broken++;
    }
  }
}
