/**
 * The hub's page.
 *
 * @module
 */
import { effect } from "@preact/signals";
import { render } from "preact";
import { Alerts } from "./alert_list.tsx";
import { follow } from "./follow.ts";
import { rate } from "./format.ts";
import { Overview } from "./overview.tsx";
import { Query } from "./query.tsx";
import { SignIn, signIn, signOut } from "./sign_in.tsx";
import { feed, openAlerts, place, rates, session } from "./state.ts";
import "./style.css";
import { Tail } from "./tail.tsx";
import { Verify } from "./verify.tsx";

const VIEWS = {
  "": { name: "Overview", View: Overview },
  alerts: { name: "Alerts", View: Alerts },
  live: { name: "Live", View: Tail },
  query: { name: "Query", View: Query },
  verify: { name: "Verify", View: Verify },
} as const;

type ViewKey = keyof typeof VIEWS;

function isView(key: string): key is ViewKey {
  return Object.hasOwn(VIEWS, key);
}

function viewKey(): ViewKey {
  const key = place.value.split("/")[0] ?? "";
  return isView(key) ? key : "";
}

function Page() {
  if (session.value === "unknown") return null;
  const current = viewKey();
  if (session.value === "none") return current === "verify" ? <VerifyAlone /> : <SignIn />;
  const { View } = VIEWS[current];
  return (
    <>
      <header>
        <a class="name" href="#/">custos</a>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([key, { name }]) => (
            <a key={key} href={`#/${key}`} aria-current={key === current ? "page" : undefined}>
              {name}
              {key === "alerts" && openAlerts.value.length > 0 && (
                <span class="count">{openAlerts.value.length}</span>
              )}
            </a>
          ))}
        </nav>
        <Feed />
        <button type="button" class="plain" onClick={() => void signOut()}>Sign out</button>
      </header>
      <main>
        <View />
      </main>
      <footer>All times are UTC. Every query and live view is recorded in the ledger.</footer>
    </>
  );
}

/** Who has a bundle needs no account at the hub. */
function VerifyAlone() {
  return (
    <>
      <header>
        <a class="name" href="#/">custos</a>
        <nav aria-label="Views">
          <a href="#/verify" aria-current="page">Verify</a>
        </nav>
      </header>
      <main>
        <Verify />
      </main>
    </>
  );
}

function Feed() {
  const now = rates.value.at(-1)?.eventsPerSecond ?? 0;
  const text = { opening: "connecting", open: `${rate(now)} events/s`, lost: "hub not reachable" };
  const dot = { opening: "warn", open: "good", lost: "bad" };
  return (
    <span class="feed" role="status">
      <span class={`dot ${dot[feed.value]}`} />
      {text[feed.value]}
    </span>
  );
}

function readPlace(): void {
  place.value = location.hash.replace(/^#\/?/, "");
}

function start(): void {
  render(<Page />, document.getElementById("page")!);
  let following: AbortController | undefined;
  effect(() => {
    const isSignedIn = typeof session.value === "object";
    if (isSignedIn && following === undefined) {
      following = new AbortController();
      follow(following.signal);
    } else if (!isSignedIn) {
      following?.abort();
      following = undefined;
    }
  });
  void signIn().then(readPlace);
  addEventListener("hashchange", () => {
    // A new login link may be opened in the same tab.
    if (location.hash.startsWith("#login=")) void signIn().then(readPlace);
    else readPlace();
  });
}

start();
