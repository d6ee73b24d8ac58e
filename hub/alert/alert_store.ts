/**
 * Alerts on disk: in the control file, in the order in which they were opened.
 *
 * @module
 */
import type { Alert, AlertState, Judgement, RuleRecord } from "../../sdk/api/alerts.ts";
import type { Control, ControlRow } from "../control.ts";

/** An alert with the count of its changes. */
export interface Stored {
  readonly alert: Alert;
  readonly revision: number;
}

/** The alerts of one hub; every call is one statement, the caller holds the transaction. */
export interface AlertStore {
  /** Number of the first finding that was not taken. */
  position(): number;
  setPosition(after: number): void;
  /** True once for each finding, for ever. */
  isNew(finding: string): boolean;
  byId(id: string): Stored | undefined;
  /** The one of a rule and an entity that is not closed. */
  unclosed(rule: string, entity: string): Stored | undefined;
  put(stored: Stored): void;
  /** Newest first, from below the number that `after` stands for. */
  page(query: PageQuery): { readonly alerts: readonly Alert[]; readonly next: string | null };
  count(state: AlertState): number;
  /** How right each rule was, by id. */
  records(): readonly RuleRecord[];
}

export interface PageQuery {
  readonly state?: AlertState | undefined;
  /** `next` of the page before; anything else begins at the newest. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Opens the store in `control`. */
export function openAlertStore(control: Control): AlertStore {
  control.exec(`
    create table if not exists alert (
      number integer primary key autoincrement, id text not null unique, rule text not null,
      entity text not null, state text not null, revision integer not null, alert text not null
    ) strict;
    create unique index if not exists alert_unclosed on alert (rule, entity)
      where state <> 'closed';
    create index if not exists alert_state on alert (state, number);
    create table if not exists alert_verdict (
      id text primary key, rule text not null, verdict text not null
    ) strict, without rowid;
    create table if not exists alert_finding (id text primary key) strict, without rowid;
    create table if not exists alert_position (
      one integer primary key check (one = 1), after integer not null
    ) strict;
  `);
  return {
    position: () => Number(control.get("select after from alert_position")?.["after"] ?? 0),
    setPosition: (after) =>
      void control.run("insert or replace into alert_position values (1, ?)", after),
    isNew: (id) => control.run("insert or ignore into alert_finding values (?)", id) === 1,
    byId: (id) => storedOf(control.get("select * from alert where id = ?", id)),
    unclosed: (rule, entity) =>
      storedOf(
        control.get(
          "select * from alert where rule = ? and entity = ? and state <> 'closed'",
          rule,
          entity,
        ),
      ),
    put: (stored) => put(control, stored),
    page: (query) => page(control, query),
    count: (state) =>
      Number(control.get("select count(*) as n from alert where state = ?", state)?.["n"]),
    records: () => records(control),
  };
}

function put(control: Control, { alert, revision }: Stored): void {
  const { id, rule, entity, state, verdict } = alert;
  control.run(
    `insert into alert (id, rule, entity, state, revision, alert) values (?, ?, ?, ?, ?, ?)
     on conflict (id) do update set
       state = excluded.state, revision = excluded.revision, alert = excluded.alert`,
    id,
    rule,
    entity,
    state,
    revision,
    JSON.stringify(alert),
  );
  if (verdict === undefined) return;
  control.run("insert or replace into alert_verdict values (?, ?, ?)", id, rule, verdict.verdict);
}

function records(control: Control): readonly RuleRecord[] {
  const counted = new Map<string, number>();
  for (
    const row of control.all("select rule, verdict, count(*) as n from alert_verdict group by 1, 2")
  ) {
    counted.set(`${String(row["verdict"])} ${String(row["rule"])}`, Number(row["n"]));
  }
  const rows = control.all(
    `select rule, n, alert from alert natural join
       (select rule, count(*) as n, max(number) as number from alert group by rule) order by rule`,
  );
  return rows.map((row) => {
    const rule = String(row["rule"]);
    const of = (verdict: Judgement): number => counted.get(`${verdict} ${rule}`) ?? 0;
    const [truePositives, falsePositives] = [of("true_positive"), of("false_positive")];
    const both = truePositives + falsePositives;
    return {
      rule,
      title: alertOf(row).title,
      alerts: Number(row["n"]),
      truePositives,
      falsePositives,
      benign: of("benign"),
      precision: both === 0 ? null : truePositives / both,
    };
  });
}

function page(
  control: Control,
  { state, after, limit }: PageQuery,
): ReturnType<AlertStore["page"]> {
  const below = after !== undefined && /^\d{1,15}$/.test(after)
    ? Number(after)
    : Number.MAX_SAFE_INTEGER;
  // One more than asked for tells whether there is a next page.
  const rows = state === undefined
    ? control.all(
      "select * from alert where number < ? order by number desc limit ?",
      below,
      limit + 1,
    )
    : control.all(
      "select * from alert where state = ? and number < ? order by number desc limit ?",
      state,
      below,
      limit + 1,
    );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    alerts: shown.map(alertOf),
    next: rows.length > limit && last !== undefined ? String(last["number"]) : null,
  };
}

function storedOf(row: ControlRow | undefined): Stored | undefined {
  return row && { alert: alertOf(row), revision: Number(row["revision"]) };
}

function alertOf(row: ControlRow): Alert {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only put() writes it
  return JSON.parse(String(row["alert"])) as Alert;
}
