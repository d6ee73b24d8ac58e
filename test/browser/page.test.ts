import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveMessage } from "../../sdk/api/live.ts";
import { SCOPES } from "../../sdk/api/scope.ts";
import { ALERT, createFake, type Fake } from "../../hub/api/fakes.ts";
import { type PageServer, servePage } from "../../hub/api/serve.ts";
import { createLive, type Live } from "../../hub/live/live.ts";
import { batchOf, itemOf } from "../../hub/live/fakes.ts";
import { buildPage } from "../../hub/web/build.ts";
import { missing, openBrowser } from "./chromium.ts";

interface Stage extends AsyncDisposable {
  readonly server: PageServer;
  readonly fake: Fake;
  readonly live: Live;
  /** A fresh one-time link. */
  link(): string;
}

async function start(): Promise<Stage> {
  const page = await buildPage();
  const live = createLive(0, () => Date.now());
  let fake: Fake;
  const server = servePage({ host: "127.0.0.1", port: 0 }, (hosts) => {
    fake = createFake((parts) => ({
      ...parts,
      page,
      guard: { ...parts.guard, hosts: () => hosts },
      live: { open: (wanted) => live.open(wanted) },
      alerts: {
        ...parts.alerts,
        setState: ({ id, state, by, reason }) => {
          const at = "2026-08-01T12:00:00.000Z";
          const changed = { ...ALERT, state, changes: [{ at, by, state, reason }] };
          live.alert(changed);
          return Promise.resolve(id === ALERT.id ? changed : undefined);
        },
      },
    }));
    return fake.app;
  });
  return {
    server,
    fake: fake!,
    live,
    link: () =>
      `${server.url}/#login=${fake.sessions.createLogin({ name: "owner", scopes: SCOPES })}`,
    async [Symbol.asyncDispose]() {
      live.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const options = { skip: missing, timeout: 60_000 };

test(
  "the page signs in by the one-time link, hides the code and shows sources",
  options,
  async () => {
    await using stage = await start();
    await using browser = await openBrowser();
    const { page } = browser;
    const link = stage.link();
    await page.goto(link);
    await page.getByRole("cell", { name: "web-1" }).waitFor();
    assert.doesNotMatch(page.url(), /login/);
    assert.deepEqual(browser.complaints, []);
    const elsewhere = browser.requests.filter((url) => !url.startsWith(stage.server.url));
    assert.deepEqual(elsewhere, []);
    const shown = await page.evaluate("document.cookie");
    assert.equal(shown, "");

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are not signed in").waitFor();
    await page.goto(link);
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").innerText(), /the link was used/);
  },
);

test("the page lists alerts with their evidence and closes one by keyboard", options, async () => {
  await using stage = await start();
  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(stage.link());
  await page.getByRole("link", { name: "Alerts" }).click();
  await page.getByText("Failed password").waitFor();
  await page.getByLabel("Reason").focus();
  await page.keyboard.type("seen by the night shift");
  await page.keyboard.press("Enter");
  await page.getByText("seen by the night shift").waitFor();
  assert.match(await page.locator("dl").innerText(), /acknowledged/);
  assert.deepEqual(browser.complaints, []);
});

test("the live tail shows rows, pauses and filters by table", options, async () => {
  await using stage = await start();
  await using browser = await openBrowser();
  const { page } = browser;
  let index = 0;
  const arrive = async (table: string, text: string) => {
    const batch = batchOf(table, { SyslogMessage: [text] });
    await stage.live.follower.take([itemOf({ index: index++, batch, source: "syslog" })]);
    stage.live.tick();
  };
  /** What is not read yet by the page's feed is lost to it: until it shows, it comes again. */
  const arrives = async (table: string, text: string) => {
    for (;;) {
      await arrive(table, text);
      const shown = page.getByText(text).first().waitFor({ timeout: 300 });
      if (await shown.then(() => true, () => false)) return;
    }
  };
  await page.goto(stage.link());
  await page.getByRole("link", { name: "Live" }).click();
  await arrives("Syslog", "first light");
  await page.getByRole("button", { name: "Pause" }).click();
  await arrive("Syslog", "unseen");
  await page.getByText(/paused, [1-9]/).waitFor();
  assert.equal(await page.getByText("unseen").count(), 0);
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByLabel("Table").selectOption("Syslog");
  await arrive("Perf", "other table");
  await arrives("Syslog", "second light");
  assert.equal(await page.getByText("other table").count(), 0);
  assert.deepEqual(browser.complaints, []);
});

test("the query form asks what it shows and renders text as text", options, async () => {
  await using stage = await start();
  await using browser = await openBrowser("dark");
  const { page } = browser;
  await page.goto(stage.link());
  await page.getByRole("link", { name: "Query" }).click();
  await page.getByLabel("Table").waitFor();
  await page.getByRole("button", { name: "Add filter" }).click();
  await page.getByLabel("Column").selectOption("Facility");
  await page.getByLabel("Value").fill("<img src=x onerror=alert(1)>");
  await page.getByLabel("Why you look").fill("ticket 7");
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText("2 rows in").waitFor();
  const [query] = stage.fake.queries;
  assert.equal(query!.table, "Syslog");
  assert.equal(query!.why, "ticket 7");
  assert.deepEqual(query!.where, [{
    column: "Facility",
    op: "contains",
    value: "<img src=x onerror=alert(1)>",
  }]);
  assert.deepEqual(browser.complaints, []);
});

test("markup in an event stays text", options, async () => {
  await using stage = await start();
  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(stage.link());
  await page.getByRole("link", { name: "Alerts" }).click();
  await page.getByText("Failed password").waitFor();
  const hostile = "<img src=/x onerror=\"document.title='owned'\"><script>1</script>";
  const message: LiveMessage = { kind: "alert", alert: { ...ALERT, title: hostile } };
  for (;;) {
    stage.live.alert(message.alert);
    const shown = page.getByText(hostile).first().waitFor({ timeout: 300 });
    if (await shown.then(() => true, () => false)) break;
  }
  assert.equal(await page.title(), "custos");
  assert.equal(await page.locator("img").count(), 0);
});

test("on a phone everything in the header is inside the window", options, async () => {
  await using stage = await start();
  await using browser = await openBrowser();
  const { page } = browser;
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(stage.link());
  await page.getByRole("cell", { name: "web-1" }).waitFor();
  const parts = page.locator("header a, header button, header .feed");
  for (const part of await parts.all()) {
    const box = await part.boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 390, await part.innerText());
  }
  assert.ok(await parts.count() >= 6);
});
