/**
 * What is still to be told, on disk: one row for each webhook and each change of an alert.
 *
 * @module
 */
import type { Control, ControlRow } from "../control.ts";

/** One message on its way to one webhook. Times in ms since the Unix epoch. */
export interface Message {
  readonly number: number;
  readonly webhook: string;
  /** See `messageId`. */
  readonly id: string;
  readonly body: string;
  readonly createdMs: number;
  /** Tries so far. */
  readonly attempts: number;
  readonly dueMs: number;
}

/** A message that was given up. */
export interface Failure {
  readonly webhook: string;
  readonly id: string;
  readonly atMs: number;
  readonly why: string;
}

/** The durable queue of the notifier. */
export interface NotifyQueue {
  /** Adds a message once; runs in the caller's transaction. */
  add(message: Pick<Message, "webhook" | "id" | "body" | "createdMs">): void;
  /** Of the messages of `webhook` due at `nowMs` with the fewest tries, the oldest. */
  due(webhook: string, nowMs: number): Message | undefined;
  /** When the next message of `webhook` is due. */
  nextDueMs(webhook: string): number | undefined;
  delivered(message: Message): void;
  retry(message: Message, dueMs: number): void;
  /** Takes it out of the queue and notes why. */
  giveUp(message: Message, atMs: number, why: string): void;
  /** Messages that wait, of all webhooks, oldest first. */
  waiting(): readonly Message[];
  /** Latest first. */
  failures(limit: number): readonly Failure[];
}

const MOST_FAILURES = 1_000;

/** Opens the queue in `control`. */
export function openNotifyQueue(control: Control): NotifyQueue {
  control.exec(`
    create table if not exists notify_message (
      number integer primary key autoincrement, webhook text not null, id text not null,
      body text not null, created_ms integer not null, attempts integer not null,
      due_ms integer not null, unique (webhook, id)
    ) strict;
    create table if not exists notify_failure (
      number integer primary key autoincrement, webhook text not null, id text not null,
      at_ms integer not null, why text not null
    ) strict;
  `);
  return {
    add: (message) => add(control, message),
    due: (webhook, nowMs) => control.all(DUE, webhook, nowMs).map(messageOf)[0],
    nextDueMs(webhook) {
      const due = control.get(NEXT_DUE, webhook)?.["due"];
      return typeof due === "number" ? due : undefined;
    },
    delivered: ({ number }) => void control.run(REMOVE, number),
    retry: ({ number }, dueMs) => void control.run(RETRY, Math.ceil(dueMs), number),
    giveUp: (message, atMs, why) => {
      control.transaction(() => giveUp(control, message, { atMs, why }));
    },
    waiting: () => control.all("select * from notify_message order by number").map(messageOf),
    failures: (limit) => control.all(FAILURES, limit).map(failureOf),
  };
}

const DUE = `select * from notify_message where webhook = ? and due_ms <= ?
  order by attempts, number limit 1`;
const NEXT_DUE = "select min(due_ms) as due from notify_message where webhook = ?";
const REMOVE = "delete from notify_message where number = ?";
const RETRY = "update notify_message set attempts = attempts + 1, due_ms = ? where number = ?";
const FAILURES = "select * from notify_failure order by number desc limit ?";

function add(control: Control, message: Parameters<NotifyQueue["add"]>[0]): void {
  const { webhook, id, body, createdMs } = message;
  control.run(
    `insert or ignore into notify_message (webhook, id, body, created_ms, attempts, due_ms)
     values (?, ?, ?, ?, 0, ?)`,
    webhook,
    id,
    body,
    createdMs,
    createdMs,
  );
}

function giveUp(
  control: Control,
  { number, webhook, id }: Message,
  { atMs, why }: { readonly atMs: number; readonly why: string },
): void {
  control.run(REMOVE, number);
  control.run(
    "insert into notify_failure (webhook, id, at_ms, why) values (?, ?, ?, ?)",
    webhook,
    id,
    atMs,
    why,
  );
  control.run(
    "delete from notify_failure where number <= (select max(number) from notify_failure) - ?",
    MOST_FAILURES,
  );
}

function failureOf(row: ControlRow): Failure {
  return {
    webhook: String(row["webhook"]),
    id: String(row["id"]),
    atMs: Number(row["at_ms"]),
    why: String(row["why"]),
  };
}

function messageOf(row: ControlRow): Message {
  return {
    number: Number(row["number"]),
    webhook: String(row["webhook"]),
    id: String(row["id"]),
    body: String(row["body"]),
    createdMs: Number(row["created_ms"]),
    attempts: Number(row["attempts"]),
    dueMs: Number(row["due_ms"]),
  };
}
