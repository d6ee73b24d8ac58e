/**
 * `custos-hub hold`: what must not be deleted, however old it is.
 *
 * @module
 */
import { addHold, type LegalHold, listHolds, releaseHold } from "../../sdk/api/retention.ts";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { clientUsage, withHub } from "./hub_client.ts";
import { tableText } from "./table_text.ts";

export const hold: Command = {
  name: "hold",
  summary: "Puts events under legal hold, lists and releases holds.",
  usage: `add NAME --table TABLE [--from TIME] [--to TIME] [--agent ID] --reason TEXT
       custos-hub hold ls
       custos-hub hold release NAME --reason TEXT

  --table    whose events; "*" for all tables
  --from, --to  a time such as 2026-08-01T00:00:00Z, both inclusive; default: without end. Events
             count by their own time and by when the hub received them
  --agent    of this agent alone, by its id; a file with rows of several agents is held as a whole
  --reason   why; kept in the ledger with who did it
${clientUsage("retention:write")}; ls needs status:read
  --output   text or json

Nothing under hold is deleted. A hold counts from the moment that add has returned; what is under a
tombstone and still there is kept too. What was deleted before is gone.`,
  options: {
    hub: { type: "string" },
    key: { type: "string" },
    table: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    agent: { type: "string" },
    reason: { type: "string" },
    output: { type: "string" },
  },
  words: 2,
  run(call) {
    const [verb, name] = call.positionals;
    if (verb === "ls") return list(call);
    if (verb === "add") return add(call, name);
    if (verb === "release") return release(call, name);
    const what = verb === undefined ? "no action is named" : `"${verb}" is no action`;
    throw new UsageError(`${what}, must be add, ls or release`);
  },
};

const COLUMNS = ["name", "table", "from", "to", "agent", "by", "at", "reason"];

function list(call: Call): Promise<number> {
  return withHub(call, "status:read", async (hub) => {
    const { holds } = await hub.call(listHolds, { signal: call.signal });
    show(call, holds);
    return EXIT.ok;
  });
}

function add(call: Call, name: string | undefined): Promise<number> {
  const wanted = {
    name: nameOf(name),
    table: required(call, "table"),
    reason: required(call, "reason"),
    ...optional(call, "from"),
    ...optional(call, "to"),
    ...optional(call, "agent"),
  };
  return withHub(call, "retention:write", async (hub) => {
    show(call, [await hub.call(addHold, { body: wanted, signal: call.signal })]);
    return EXIT.ok;
  });
}

function release(call: Call, name: string | undefined): Promise<number> {
  const params = { name: nameOf(name) };
  const body = { reason: required(call, "reason") };
  return withHub(call, "retention:write", async (hub) => {
    const released = await hub.call(releaseHold, { params, body, signal: call.signal });
    call.out(
      isJson(call) ? `${JSON.stringify(released)}\n` : `Hold ${released.name} is released\n`,
    );
    return EXIT.ok;
  });
}

function nameOf(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new UsageError("the hold's NAME is missing, such as case-42");
}

function optional<K extends "from" | "to" | "agent">(call: Call, key: K): { [P in K]?: string } {
  const value = text(call, key);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key loses its type
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}

function show(call: Call, holds: readonly LegalHold[]): void {
  if (isJson(call)) { for (const one of holds) call.out(`${JSON.stringify(one)}\n`); }
  else if (holds.length === 0) call.out("Nothing is under hold\n");
  else call.out(tableText(COLUMNS, holds));
}

function isJson(call: Call): boolean {
  return choice(call, "output", ["text", "json"]) === "json";
}
