/**
 * `custos keys`: the tenant's key holder. It runs on a machine of its own, without a hub's or an
 * agent's data, and is the only place where all token keys are.
 *
 * @module
 */
import { ClientError } from "../../sdk/client/client.ts";
import { agents, push, renewRevealKey, rotate, token } from "../keys/hub_verbs.ts";
import { askReveal, grant, grants, reveal } from "../keys/reveal_verbs.ts";
import { approve, backup, init, restore, revealKey, revoke, show } from "../keys/verbs.ts";
import { type Call, type Command, EXIT, UsageError } from "./command.ts";

export const keys: Command = {
  name: "keys",
  summary: "Holds the tenant's token keys, outside the hub",
  usage: `VERB --store DIR [--hub URL] [--key KEY]

  init [--reveal] [--import FILE] [--epoch N] [--kms PROGRAM]
                        makes the keys; --reveal also one that values can be opened with,
                        --import takes a token.key of agents that had one of their own
  show                  the holder's public key for the agents' config, and the epochs
  agents                the hub's agents: approved or not, what they have
  approve AGENT...      lets an agent have the keys; its host's "custos enroll" printed the id
  revoke AGENT...       no more packages for it
  push                  seals the keys to every approved agent, by way of the hub
  rotate [--in 1h] [--overlap 168h]
                        makes the next epoch; with --hub it is pushed at once
  renew-reveal-key      makes the key that values are opened with, the first or another; what was
                        sealed to those before can still be opened; with --hub it is pushed at once
  token --kind K --value V --why TEXT
                        the value's tokens in every epoch, for a rule or a query; written down
  ask-reveal --why TEXT [--for 1h] TOKEN...
                        asks the hub for a grant to see what tokens stand for
  grants, grant ID --why TEXT
                        lists grants; approves one that somebody else has asked for
  reveal --grant ID     opens what the hub hands out under an approved grant
  backup --to FILE      copies the holder's file
  reveal-key --to FILE  copies the private reveal keys, for custos quarantine show
  restore --from FILE   puts a copy where the file was lost

  --store DIR   the holder's folder
  --hub URL     the hub's page, such as http://127.0.0.1:4310
  --key KEY     an API key with keys:write, or reveal:request to ask and open, reveal:approve to list
                and approve; default: the variable CUSTOS_KEY`,
  options: {
    store: { type: "string" },
    hub: { type: "string" },
    key: { type: "string" },
    reveal: { type: "boolean" },
    import: { type: "string" },
    epoch: { type: "string" },
    kms: { type: "string" },
    in: { type: "string" },
    overlap: { type: "string" },
    kind: { type: "string" },
    value: { type: "string" },
    why: { type: "string" },
    for: { type: "string" },
    grant: { type: "string" },
    to: { type: "string" },
    from: { type: "string" },
  },
  async run(call) {
    const [name, ...rest] = call.positionals;
    const verb = VERBS[name ?? ""];
    if (verb === undefined) {
      const is = name === undefined ? "no verb is named" : `"${name}" is no verb`;
      throw new UsageError(`${is}, must be one of ${Object.keys(VERBS).join(", ")}`);
    }
    const takesWords = WORDY.has(name ?? "");
    if (!takesWords && rest.length > 0) throw new UsageError(`"${rest.join(" ")}" is too much`);
    try {
      return await verb(call, rest);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      call.err(error.message);
      return EXIT.failed;
    }
  },
};

/** Verbs that take ids or tokens. */
const WORDY: ReadonlySet<string> = new Set(["approve", "revoke", "ask-reveal", "grant"]);

const VERBS: Readonly<Record<string, (call: Call, words: readonly string[]) => Promise<number>>> = {
  init,
  show,
  agents,
  approve,
  revoke,
  push,
  rotate,
  "renew-reveal-key": renewRevealKey,
  token,
  "ask-reveal": askReveal,
  grants,
  grant,
  reveal,
  backup,
  "reveal-key": revealKey,
  restore,
};
