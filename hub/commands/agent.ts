/**
 * `custos-hub agent`: the agents that have enrolled, and shutting one out.
 *
 * @module
 */
import { type AgentState, listAgents, revokeAgent } from "../../sdk/api/agents.ts";
import { type Call, choice, type Command, EXIT, required, UsageError } from "./command.ts";
import { clientUsage, withHub } from "./hub_client.ts";
import { tableText } from "./table_text.ts";

export const agent: Command = {
  name: "agent",
  summary: "Lists agents, revokes one that is stolen, copied or retired.",
  usage: `ls [--hub URL] [--key KEY]
       custos-hub agent revoke ID --why TEXT [--hub URL] [--key KEY]

${clientUsage("agents:write")}
  --why      why it is revoked; kept in the ledger with who did it
  --output   text or json

A revoked agent never comes back: its link is closed at once and its key is refused for good. What
it keeps in its spool stays there. To let the host in again, enrol it with an empty data folder.`,
  options: {
    hub: { type: "string" },
    key: { type: "string" },
    why: { type: "string" },
    output: { type: "string" },
  },
  words: 2,
  run(call) {
    const [verb, ...words] = call.positionals;
    if (verb === "ls") return list(call);
    if (verb === "revoke") return revoke(call, words);
    const what = verb === undefined ? "no action is named" : `"${verb}" is no action`;
    throw new UsageError(`${what}, must be ls or revoke`);
  },
};

function list(call: Call): Promise<number> {
  return withHub(call, "agents:write", async (hub) => {
    const { agents } = await hub.call(listAgents, { signal: call.signal });
    if (isJson(call)) { for (const one of agents) call.out(`${JSON.stringify(one)}\n`); }
    else {call.out(
        tableText(["agent", "host", "state", "link", "certificate", "clock"], agents.map(rowOf)),
      );}
    return EXIT.ok;
  });
}

function revoke(call: Call, [id, ...rest]: readonly string[]): Promise<number> {
  if (id === undefined || rest.length > 0 || !/^[0-9a-f]{32}$/.test(id)) {
    throw new UsageError("one agent must be named by its id, see custos-hub agent ls");
  }
  const why = required(call, "why");
  return withHub(call, "agents:write", async (hub) => {
    const body = { why };
    const revoked = await hub.call(revokeAgent, { params: { id }, body, signal: call.signal });
    call.out(isJson(call) ? `${JSON.stringify(revoked)}\n` : `Agent ${id} is revoked\n`);
    return EXIT.ok;
  });
}

function rowOf({ agent: id, host, state, connected, certificate, clock, revoked }: AgentState) {
  return {
    agent: id,
    host,
    state: revoked === null ? state : `revoked: ${revoked.why}`,
    link: connected === null ? "closed" : `open since ${connected.since}`,
    clock: clock === null ? "" : `${clock.offsetMs} ms ± ${clock.boundMs}`,
    certificate: certificate === null ? "none" : `until ${certificate.notAfter}`,
  };
}

function isJson(call: Call): boolean {
  return choice(call, "output", ["text", "json"]) === "json";
}
