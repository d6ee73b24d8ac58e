/**
 * `custos scrub try|explain|canary`: what scrubbing does with a text, an event, each column.
 *
 * @module
 */
import { type Call, type Command, UsageError } from "./command.ts";
import { canary } from "./scrub_canary.ts";
import { explain } from "./scrub_explain.ts";
import { tryScrub } from "./scrub_try.ts";

const ACTIONS: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  try: tryScrub,
  explain,
  canary,
};

export const scrub: Command = {
  name: "scrub",
  summary: "Shows what scrubbing does with a text, an event, each column",
  usage: `try|explain|canary [-c FILE] ...

  try TEXT...|-                       each text as it would leave this host in a column of free
                                      text, and what was found in it; - reads a text a line
  try --table T|--source S EVENT...|- the same for events, JSON objects as custos read prints them;
                                      --table where a source has several and the event names none
    --plain                           prints what was found in clear, too
  explain                             by source, table and column: class, treatment, and why
  canary                              plants values that nobody has in every column, in ten
                                      encodings, and looks for them in what would leave; fails if
                                      one survives that must not ("not cl.": SECURITY.md does not
                                      claim that encoding). With keys of its own

The policy and the token key are those of the config, if there is one; without an agent's key the
tokens are of a key that is forgotten at the end. Places are bytes of UTF-8.`,
  options: {
    table: { type: "string" },
    source: { type: "string" },
    plain: { type: "boolean" },
  },
  async run(call) {
    const [what] = call.positionals;
    const action = ACTIONS[what ?? ""];
    if (action !== undefined) return await action(call);
    const is = what === undefined ? "no action is named" : `"${what}" is no action`;
    throw new UsageError(`${is}, must be ${Object.keys(ACTIONS).join(", ")}`);
  },
};
