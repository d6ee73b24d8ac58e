/**
 * Alerts: the list, and one with its evidence.
 *
 * @module
 */
import { useState } from "preact/hooks";
import {
  type Alert,
  type AlertState,
  type Evidence,
  judgeAlert,
  type Judgement,
  setAlertState,
} from "../../sdk/api/alerts.ts";
import { count, time } from "./format.ts";
import { Fields } from "./fields.tsx";
import { hub, reasonOf } from "./hub.ts";
import { alerts, may, openAlerts, place, putAlert } from "./state.ts";

export function Alerts() {
  const [, id] = place.value.split("/");
  const chosen = alerts.value.find((alert) => alert.id === id) ?? alerts.value[0];
  if (chosen === undefined) {
    return (
      <section>
        <h2>Alerts</h2>
        <p class="quiet">No detector has found anything.</p>
      </section>
    );
  }
  return (
    <section aria-labelledby="alerts">
      <h2 id="alerts">
        Alerts <small>{count(openAlerts.value.length)} open of {count(alerts.value.length)}</small>
      </h2>
      <div class="split">
        <ul class="list">
          {alerts.value.map((alert) => (
            <li key={alert.id}>
              <a href={`#/alerts/${alert.id}`} aria-current={alert === chosen ? "true" : undefined}>
                <span class="row">
                  <Severity alert={alert} />
                  <strong>{alert.title}</strong>
                </span>
                <small>{alert.state} · {time(alert.lastSeen).slice(0, 19)}</small>
              </a>
            </li>
          ))}
        </ul>
        <Detail key={chosen.id} alert={chosen} />
      </div>
    </section>
  );
}

function Severity({ alert }: { alert: Alert }) {
  return (
    <span class={`badge ${alert.state === "closed" ? "done" : alert.severity}`}>
      {alert.severity}
    </span>
  );
}

function Detail({ alert }: { alert: Alert }) {
  return (
    <article class="detail" aria-label={alert.title}>
      <h3>{alert.title}</h3>
      <p>{alert.summary}</p>
      <dl>
        <Fact name="State" value={alert.state} />
        <Fact name="Entity" value={alert.entity || "–"} />
        <Fact name="Rule" value={alert.rule} />
        {alert.verdict && (
          <Fact
            name="Verdict"
            value={`${
              words(alert.verdict.verdict)
            } by ${alert.verdict.by}: ${alert.verdict.reason}`}
          />
        )}
        <Fact name="First seen" value={time(alert.firstSeen)} />
        <Fact name="Last seen" value={time(alert.lastSeen)} />
        <Fact name="Findings" value={count(alert.findings)} />
      </dl>
      {may("alerts:write") && <Decide alert={alert} />}
      <h4>Evidence</h4>
      {alert.evidence.length === 0
        ? <p class="quiet">None: the finding is that something did not happen.</p>
        : <EvidenceTable evidence={alert.evidence} />}
      {alert.changes.length > 0 && <History alert={alert} />}
    </article>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const STEPS: Readonly<Record<AlertState, readonly (readonly [AlertState, string])[]>> = {
  open: [["acknowledged", "Acknowledge"], ["closed", "Close"]],
  acknowledged: [["closed", "Close"], ["open", "Reopen"]],
  closed: [["open", "Reopen"]],
};

const VERDICTS: readonly (readonly [Judgement, string])[] = [
  ["true_positive", "True positive"],
  ["false_positive", "False positive"],
  ["benign", "Benign"],
];

function words(verdict: Judgement): string {
  return verdict.replace("_", " ");
}

function Decide({ alert }: { alert: Alert }) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const params = { id: alert.id };
  const put = async (changed: () => Promise<Alert>) => {
    try {
      putAlert(await changed());
      setReason("");
      setProblem("");
    } catch (error) {
      setProblem(reasonOf(error));
    }
  };
  const change = (state: AlertState) =>
    put(() => hub.call(setAlertState, { params, body: { state, reason } }));
  const judge = (verdict: Judgement) =>
    put(() => hub.call(judgeAlert, { params, body: { verdict, reason } }));
  const first = STEPS[alert.state][0]![0];
  return (
    <form
      class="row wrap"
      onSubmit={(event) => {
        event.preventDefault();
        void change(first);
      }}
    >
      <input
        required
        maxLength={512}
        aria-label="Reason"
        placeholder="Reason, kept with the alert"
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      {STEPS[alert.state].map(([state, label], i) => (
        <button
          key={state}
          type={i === 0 ? "submit" : "button"}
          class={i === 0 ? "primary" : ""}
          disabled={reason.trim() === ""}
          onClick={i === 0 ? undefined : () => void change(state)}
        >
          {label}
        </button>
      ))}
      {VERDICTS.map(([verdict, label]) => (
        <button
          key={verdict}
          type="button"
          disabled={reason.trim() === ""}
          aria-pressed={alert.verdict?.verdict === verdict}
          onClick={() => void judge(verdict)}
        >
          {label}
        </button>
      ))}
      {problem !== "" && <p role="alert" class="problem">{problem}</p>}
    </form>
  );
}

function EvidenceTable({ evidence }: { evidence: readonly Evidence[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Time</th>
            <th>Event</th>
            <th>Source</th>
            <th class="number" title="Entry and row in the ledger">Ledger</th>
          </tr>
        </thead>
        <tbody>
          {evidence.map((item) => (
            <tr key={`${item.entry}.${item.row}`}>
              <td class="number left">{time(item.time)}</td>
              <td class="text">
                <Fields row={item.fields} />
              </td>
              <td>
                {item.source} <small>{item.table}</small>
              </td>
              <td class="number">{item.entry}.{item.row}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function History({ alert }: { alert: Alert }) {
  return (
    <>
      <h4>History</h4>
      <ul class="plain">
        {alert.changes.map((change) => (
          <li key={change.at}>
            <span class="number">{time(change.at).slice(0, 19)}</span> {change.state} by{" "}
            {change.by}: {change.reason}
          </li>
        ))}
      </ul>
    </>
  );
}
