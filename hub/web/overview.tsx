/**
 * Overview: events per second, and each source with its health.
 *
 * @module
 */
import type { Source } from "../../sdk/api/status.ts";
import { RateChart } from "./chart.tsx";
import { count, id, rate, span, time } from "./format.ts";
import { agents, openAlerts, problems, rates, sources } from "./state.ts";

/** A source without a frame for this long is called quiet, in ms. */
const QUIET_MS = 60_000;

export function Overview() {
  const total = sources.value.reduce((sum, { events }) => sum + events, 0);
  return (
    <>
      {problems.value.length > 0 && (
        <section class="problems" aria-label="Problems" role="alert">
          {problems.value.map((problem) => <p key={problem} class="bad-text">{problem}</p>)}
        </section>
      )}
      <section class="figures" aria-label="Figures">
        <Figure name="events/s" value={rate(rates.value.at(-1)?.eventsPerSecond ?? 0)} />
        <Figure name="events recorded" value={count(total)} />
        <Figure name="agents connected" value={count(agents.value)} />
        <Figure name="sources" value={count(sources.value.length)} />
        <Figure name="open alerts" value={count(openAlerts.value.length)} href="#/alerts" />
      </section>
      <section aria-labelledby="rate">
        <h2 id="rate">Events per second</h2>
        <RateChart />
      </section>
      <section aria-labelledby="sources">
        <h2 id="sources">Sources</h2>
        {sources.value.length === 0
          ? <p class="quiet">No agent has sent anything yet.</p>
          : <SourceTable />}
      </section>
    </>
  );
}

function Figure({ name, value, href }: { name: string; value: string; href?: string }) {
  return (
    <div class="figure">
      <b>{href === undefined ? value : <a href={href}>{value}</a>}</b>
      <span>{name}</span>
    </div>
  );
}

function SourceTable() {
  const rows = sources.value.toSorted((a, b) =>
    a.agent.localeCompare(b.agent) || a.source.localeCompare(b.source)
  );
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Source</th>
            <th>Agent</th>
            <th>Tables</th>
            <th class="number">Events/s</th>
            <th class="number">Events</th>
            <th>Last event</th>
            <th class="number">Lag</th>
            <th class="number">Seq</th>
            <th>Every event accounted for</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((source) => <SourceRow key={source.agent + source.source} source={source} />)}
        </tbody>
      </table>
    </div>
  );
}

function SourceRow({ source }: { source: Source }) {
  const isQuiet = source.lastSeen === null || Date.now() - Date.parse(source.lastSeen) > QUIET_MS;
  const plugin = source.plugin === "" || source.plugin === source.source ? "" : source.plugin;
  return (
    <tr>
      <td>
        <span class={`dot ${isQuiet ? "warn" : "good"}`} title={isQuiet ? "quiet" : "sending"} />
        {source.source} <small>{plugin}</small>
      </td>
      <td title={source.agent}>{source.host === "" ? id(source.agent) : source.host}</td>
      <td>{source.tables.filter((table) => table !== "Gap").join(", ")}</td>
      <td class="number">{rate(source.eventsPerSecond)}</td>
      <td class="number">{count(source.events)}</td>
      <td class="number left">{time(source.lastEvent)}</td>
      <td class="number">{span(source.lagMs)}</td>
      <td class="number">{source.lastSeq === null ? "–" : count(source.lastSeq)}</td>
      <td class="text">
        <Account source={source} />
      </td>
    </tr>
  );
}

/** The conservation law in words: where the events went that are not stored. */
function Account({ source: { conservation, gaps } }: { source: Source }) {
  const lost = gaps === 0 ? "" : `${count(gaps)} signed gap${gaps === 1 ? "" : "s"}`;
  if (conservation === null) return <span class="quiet">{lost || "not counted yet"}</span>;
  const { read, stored, inFlight, shed, quarantined, filtered, unknown, holds } = conservation;
  const policies = Object.keys(conservation.filteredBy).join(", ");
  const filteredBy = policies === "" ? "filtered" : `filtered by ${policies}`;
  const parts = { "in flight": inFlight, shed, quarantined, [filteredBy]: filtered, unknown };
  const others = Object.entries(parts).filter(([, n]) => n > 0).map(([name, n]) =>
    `${count(n)} ${name}`
  );
  return (
    <span title={`since the agent started, as it counted at ${time(conservation.at)}`}>
      <b class={holds ? "good-text" : "bad-text"}>{holds ? "yes" : "no"}</b>{" "}
      <small>
        {[`${count(stored)} of ${count(read)} stored`, ...others, lost].filter(Boolean).join(", ")}
      </small>
    </span>
  );
}
