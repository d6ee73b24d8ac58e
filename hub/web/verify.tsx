/**
 * Verify: judges a bundle of evidence in this browser. Needs neither hub nor session.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type {
  Broken,
  Link,
  SeenRow,
  StoredRow,
  StreamSpan,
  Verdict,
} from "../../sdk/proof/verdict.ts";
import { LINKS } from "../../sdk/proof/verdict.ts";
import { LINK_WORDS, plain, timeOf } from "../../sdk/proof/verdict_words.ts";
import { count, time } from "./format.ts";
import type { Judged, ToJudge } from "./judge_messages.ts";

/** Larger ones are for `custos verify`, which takes any. */
const MAX_FILE_BYTES = 1024 * 1024 * 1024;

type State =
  | { readonly kind: "none" }
  | { readonly kind: "judging"; readonly done: number; readonly bytes: number }
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  | { readonly kind: "problem"; readonly why: string };

const state = signal<State>({ kind: "none" });
const file = signal<File | undefined>(undefined);
const trust = signal("");
let worker: Worker | undefined;
let asked = 0;

/** The worker is loaded with the view: from then on no network is needed. */
function openWorker(): Worker {
  const path = document.getElementById("page")!.dataset["judge"]!;
  const opened = new Worker(path, { type: "module", name: "judge" });
  opened.addEventListener("message", ({ data }: MessageEvent<Judged>) => take(data));
  opened.addEventListener("error", () => {
    worker = undefined;
    state.value = { kind: "problem", why: "Cannot judge: the verifier failed, reload the page" };
  });
  return opened;
}

function take(judged: Judged): void {
  if (judged.id !== asked) return;
  if (judged.kind === "progress") {
    state.value = { kind: "judging", done: judged.bytes, bytes: file.value?.size ?? 0 };
  } else state.value = judged;
}

function judge(): void {
  const chosen = file.value;
  if (chosen === undefined) return;
  if (chosen.size > MAX_FILE_BYTES) {
    const why = "Cannot judge: the file is larger than 1 GiB, use custos verify for it";
    state.value = { kind: "problem", why };
    return;
  }
  state.value = { kind: "judging", done: 0, bytes: chosen.size };
  const message: ToJudge = { id: ++asked, file: chosen, trust: trust.value };
  worker ??= openWorker();
  worker.postMessage(message);
}

function choose(files: FileList | null | undefined): void {
  file.value = files?.[0];
  state.value = { kind: "none" };
  judge();
}

export function Verify() {
  useEffect(() => {
    worker ??= openWorker();
  }, []);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    choose(event.dataTransfer?.files);
  };
  return (
    <>
      <section
        aria-labelledby="verify"
        onDragOver={(event) => event.preventDefault()}
        onDrop={drop}
      >
        <h2 id="verify">
          Verify a bundle of evidence{" "}
          <small>judged in this browser by the verifier of custos verify; nothing is sent</small>
        </h2>
        <Form />
      </section>
      <section aria-live="polite" aria-label="Verdict">
        <Outcome />
      </section>
    </>
  );
}

function Form() {
  const submit = (event: Event) => {
    event.preventDefault();
    judge();
  };
  return (
    <form class="query verify" onSubmit={submit}>
      <label for="bundle">Bundle, up to 1 GiB; it may be dropped here</label>
      <input
        id="bundle"
        type="file"
        onChange={(event) => choose(event.currentTarget.files)}
      />
      <label for="trust">
        Keys that you trust, one a line: <code>hub KEY</code>, <code>witness NAME KEY</code>,{" "}
        <code>agent KEY</code>
      </label>
      <textarea
        id="trust"
        rows={4}
        spellcheck={false}
        autocomplete="off"
        value={trust.value}
        onInput={(event) => trust.value = event.currentTarget.value}
      />
      <p class="quiet">
        A KEY is 64 hex digits or a C2SP verifier key, and comes from whoever runs the hub, by
        another way than the bundle. What no key is given for is taken on faith, and said. This page
        came from a hub: for evidence against that hub use <code>custos verify</code>.
      </p>
      <div class="row">
        <button class="primary" type="submit" disabled={file.value === undefined}>Verify</button>
      </div>
    </form>
  );
}

function Outcome() {
  const now = state.value;
  switch (now.kind) {
    case "none":
      return null;
    case "judging":
      return (
        <p>
          <progress max={now.bytes} value={now.done} aria-label="Judged" /> {count(now.done / 1024)}
          {" "}
          of {count(now.bytes / 1024)} KiB
        </p>
      );
    case "problem":
      return <p role="alert" class="problem">{now.why}</p>;
    case "verdict":
      return <Found verdict={now.verdict} />;
  }
}

function Found({ verdict }: { verdict: Verdict }) {
  const { broken, log, entries, streams, rows, stored, witnesses, faith } = verdict;
  return (
    <div class="detail">
      <h3 class={broken === undefined ? "good-text" : "bad-text"}>
        {broken === undefined ? "Every link holds" : `Broken: ${broken.link}`}
      </h3>
      {broken !== undefined && (
        <p>
          {plain(broken.why)} <small class="quiet">({broken.code}{placeOf(broken)})</small>
        </p>
      )}
      <Links verdict={verdict} />
      {faith.length > 0 && (
        <>
          <h4>Taken on faith, for want of a key</h4>
          <ul class="faith">{faith.map((what) => <li key={what}>{plain(what)}</li>)}</ul>
        </>
      )}
      <h4>What it holds{broken === undefined ? "" : ", up to there"}</h4>
      <dl>
        <Fact name="Log" value={log?.origin ?? "none could be read"} />
        {log !== undefined && <Fact name="Entries of the tree" value={count(log.size)} />}
        {log !== undefined && <Fact name="Root" value={log.root} />}
        <Fact name="Entries judged" value={count(entries)} />
        {witnesses.map(({ name, time: at }) => (
          <Fact
            key={name}
            name={`Witness ${name}`}
            value={`cosigned at ${time(timeOf(BigInt(at) * 10_000_000n))} UTC`}
          />
        ))}
      </dl>
      {streams.length > 0 && <Streams streams={streams} />}
      {rows.map((row) => <Row key={`${row.index}/${row.row}`} seen={row} />)}
      {stored.map((row) => <Stored key={`${row.index}/${row.row}`} stored={row} />)}
    </div>
  );
}

/** Where one is broken, the others were not judged to their end. */
function Links({ verdict }: { verdict: Verdict }) {
  return (
    <ol class="links">
      {LINKS.map((link) => {
        const [is, words] = stateOf(link, verdict);
        return (
          <li key={link} data-link={link} data-state={is}>
            <span class={`dot ${is}`} />
            <b>{link}</b> <span class="quiet">{words}</span>
          </li>
        );
      })}
    </ol>
  );
}

function stateOf(link: Link, { broken, witnesses }: Verdict): readonly [string, string] {
  if (broken !== undefined) {
    return broken.link === link ? ["bad", "broken"] : ["", "not judged to the end"];
  }
  if (link === "witness" && witnesses.length === 0) return ["warn", "there is none"];
  return ["good", LINK_WORDS[link]];
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{plain(name)}</dt>
      <dd>{plain(value)}</dd>
    </div>
  );
}

function Streams({ streams }: { streams: readonly StreamSpan[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Source</th>
            <th>Agent</th>
            <th>Frames</th>
            <th class="number">Events</th>
            <th class="number">Gaps</th>
            <th>First event, UTC</th>
            <th>Last event, UTC</th>
          </tr>
        </thead>
        <tbody>
          {streams.map((span) => (
            <tr key={span.agent + span.stream + span.first.epoch + span.first.seq}>
              <td>{plain(span.source ?? span.stream)}</td>
              <td title={span.agent}>{plain(span.host ?? span.agent)}</td>
              <td>
                {span.first.epoch}/{span.first.seq} to {span.last.epoch}/{span.last.seq}
              </td>
              <td class="number">{count(span.events)}</td>
              <td class="number">{count(span.gaps)}</td>
              <td>{time(timeOf(span.firstTime))}</td>
              <td>{time(timeOf(span.lastTime))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ seen }: { seen: SeenRow }) {
  const { table, row, index, frame, host, fields } = seen;
  return (
    <>
      <h4>
        Row {row} of {plain(table)}, frame {frame.epoch}/{frame.seq} (entry {index}) of{" "}
        {plain(host ?? frame.agent)}
      </h4>
      <dl>
        {fields.map(({ name, value }) => <Fact key={name} name={name} value={value} />)}
      </dl>
    </>
  );
}

function Stored({ stored }: { stored: StoredRow }) {
  const { table, row, index, leaf, hash, tombstone, fields } = stored;
  const why = tombstone === undefined
    ? "the bundle does not have the frame"
    : `the frame was deleted by tombstone ${tombstone}`;
  return (
    <>
      <h4>Row {row} of {plain(table)}, of entry {index}</h4>
      <p>
        Proved to the file, not to its frame: {why}. The file is {hash}, sealed by entry {leaf}.
      </p>
      <dl>
        {fields.map(({ name, value }) => <Fact key={name} name={name} value={value} />)}
      </dl>
    </>
  );
}

function placeOf({ index, frame }: Broken): string {
  const entry = index === undefined ? "" : `, entry ${index}`;
  return frame === undefined
    ? entry
    : `${entry}, frame ${frame.epoch}/${frame.seq} of stream ${frame.stream} of agent ${frame.agent}`;
}
